/** Event streams over real sockets: what a reader that resumes, stalls or leaves does to the server. */
import { connect, type Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import { Registry } from "prom-client";
import { afterEach, expect, test } from "vitest";
import { z } from "zod";
import { GRAPH_FIXTURE } from "../../lib/query/fixtures/graph-fixture.ts";
import { printGraph } from "../../lib/query/fixtures/print-graph.ts";
import { silentLog } from "../telemetry/log.ts";
import { closeEventStreams } from "./events.ts";
import { type EventSink, route } from "./route.ts";
import { LiveFeed } from "./routes/live-feed.ts";
import { apiServer } from "./server.ts";

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const run of cleanUps.splice(0)) await run();
});

async function serve(start: (sink: EventSink, lastEventId: string | undefined) => void) {
  const live = route({
    method: "GET",
    path: "/live",
    summary: "",
    events: true,
    answer: z.unknown(),
    handle: ({ headers }) => {
      const id = headers["last-event-id"];
      return { kind: "events", start: (sink) => start(sink, typeof id === "string" ? id : undefined) };
    },
  });
  const ready = () => ({ ready: true, waitingFor: [] });
  const app = apiServer({ routes: [live], registry: new Registry(), log: silentLog, version: "0", hosts: [], ready });
  const port = Number(new URL(await app.listen({ host: "127.0.0.1", port: 0 })).port);
  cleanUps.push(() => app.close());
  const connections = () => new Promise<number>((done) => app.server.getConnections((_error, n) => done(n)));
  return { app, port, connections };
}

/** A client with the request sent; `text` is what came. Errors of a connection that the server cuts are expected. */
function client(port: number, headers = "", method = "GET"): { socket: Socket; text: () => string } {
  const socket = connect(port, "127.0.0.1");
  const parts: string[] = [];
  socket.setEncoding("utf8").on("data", (part: string) => parts.push(part));
  socket.on("error", () => {});
  socket.write(`${method} /api/v1/live HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`);
  cleanUps.push(() => socket.destroy());
  return { socket, text: () => parts.join("") };
}

/** A feed whose every delta is as large as its snapshot: one node of `bytes` that changes each slot. */
function largeFeed(bytes: number) {
  const time = { nowMs: 1_000_000 };
  let version = 0;
  const [node] = GRAPH_FIXTURE.nodes;
  if (node === undefined) throw new Error("no nodes");
  const compute = async () => {
    version++;
    return printGraph({ ...GRAPH_FIXTURE, edges: [], nodes: [{ ...node, name: String(version).padEnd(bytes, "x") }] });
  };
  const feed = new LiveFeed(compute, { boot: "b", slotMs: 10_000, nowMs: () => time.nowMs });
  const slot = async (): Promise<void> => {
    time.nowMs += 10_000;
    await feed.tick();
  };
  return { feed, slot };
}

test("a reader that resumes 30 MB late and reads nothing leaves the server running", async () => {
  const { feed, slot } = largeFeed(1_500_000);
  await feed.tick();
  for (let i = 0; i < 20; i++) await slot();
  const { port } = await serve((sink, id) => void feed.join(sink, id));
  const stalled = client(port, "Last-Event-ID: b-101\r\n");
  stalled.socket.pause();
  await expect.poll(() => feed.readerCount).toBe(1);
  const reading = client(port, "Last-Event-ID: b-101\r\n");
  await expect.poll(() => reading.text().endsWith("\n\n\r\n")).toBe(true);
  expect(reading.text().match(/^event: .*$/gm)).toEqual(["event: snapshot"]);
  expect(reading.text()).toContain("id: b-120\n");
});

test("frames sent to a stream that was closed or dropped go nowhere and harm nobody", async () => {
  const sinks: EventSink[] = [];
  const { port } = await serve((sink) => sinks.push(sink));
  const [first, second] = [client(port), client(port)];
  await expect.poll(() => sinks.length).toBe(2);
  const [closed, dropped] = sinks;
  // More than a socket buffers: the end is still on its way when the late frame comes, and must not be lost by it.
  first.socket.pause();
  closed?.send(`data: ${"x".repeat(20_000_000)}\n\n`);
  closed?.close();
  closed?.send("event: late\n\n");
  closed?.close();
  dropped?.drop();
  dropped?.send("event: late\n\n");
  dropped?.close();
  await setImmediate();
  first.socket.resume();
  await expect.poll(() => [first.text().endsWith("0\r\n\r\n"), second.socket.destroyed]).toEqual([true, true]);
  expect(first.text() + second.text()).not.toContain("late");
  await expect.poll(() => sinks.map((sink) => sink.signal.aborted)).toEqual([true, true]);
  const third = client(port);
  await expect.poll(() => third.text()).toContain("retry: 2000");
});

test("a reader more than 8 MB behind loses its connection, and its memory with it", async () => {
  const { feed, slot } = largeFeed(5_000_000);
  const { port, connections } = await serve((sink, id) => void feed.join(sink, id));
  const { socket } = client(port);
  socket.pause();
  await expect.poll(() => feed.readerCount).toBe(1);
  expect(await connections()).toBe(1);
  for (let i = 0; i < 6; i++) await slot();
  expect(feed.readerCount).toBe(0);
  await expect.poll(connections).toBe(0);
});

test("a reader that resets its connection is not kept", async () => {
  const { feed, slot } = largeFeed(100_000);
  const { port, connections } = await serve((sink, id) => void feed.join(sink, id));
  const { socket } = client(port);
  await expect.poll(() => feed.readerCount).toBe(1);
  socket.resetAndDestroy();
  await slot();
  await expect.poll(() => feed.readerCount).toBe(0);
  await expect.poll(connections).toBe(0);
});

test("a stopping server ends its streams", async () => {
  const { feed } = largeFeed(1_000);
  const { port } = await serve((sink, id) => void feed.join(sink, id));
  const { text } = client(port);
  await expect.poll(() => feed.readerCount).toBe(1);
  closeEventStreams();
  // The last chunk of a chunked body is empty: a whole answer, not a cut one.
  await expect.poll(() => text().endsWith("0\r\n\r\n")).toBe(true);
  expect(feed.readerCount).toBe(0);
});
