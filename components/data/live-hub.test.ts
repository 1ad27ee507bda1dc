import { describe, expect, it } from "vitest";
import { GRAPH_FIXTURE } from "../../lib/query/fixtures/graph-fixture.ts";
import type { GraphDelta } from "../../lib/query/schema/graph.ts";
import { type HubMessage, type HubPort, LiveHub, type Stream } from "./live-hub.ts";

/** A stream whose events the test sends. */
class FakeStream implements Stream {
  closed = false;
  private readonly events = new Map<string, (data: string) => void>();
  private error: ((closed: boolean) => void) | null = null;
  private opened: (() => void) | null = null;

  onOpen(run: () => void): void {
    this.opened = run;
  }

  onEvent(name: string, run: (data: string) => void): void {
    this.events.set(name, run);
  }

  onError(run: (closed: boolean) => void): void {
    this.error = run;
  }

  close(): void {
    this.closed = true;
  }

  send(name: string, value: unknown): void {
    this.events.get(name)?.(JSON.stringify(value));
  }

  open(): void {
    this.opened?.();
  }

  fail(closed: boolean): void {
    this.error?.(closed);
  }
}

function setup() {
  const streams: { path: string; stream: FakeStream }[] = [];
  const timers: { readonly run: () => void; readonly delayMs: number }[] = [];
  const hub = new LiveHub({
    open: (path) => {
      const stream = new FakeStream();
      streams.push({ path, stream });
      return stream;
    },
    later: (run, delayMs) => {
      const timer = { run, delayMs };
      timers.push(timer);
      return () => {
        const at = timers.indexOf(timer);
        if (at >= 0) timers.splice(at, 1);
      };
    },
  });
  const page = () => {
    const seen: HubMessage[] = [];
    const port: HubPort = { post: (message) => seen.push(message) };
    return { port, seen, types: () => seen.map((m) => (m.type === "state" ? m.state : m.type)) };
  };
  const last = () => {
    const found = streams.at(-1)?.stream;
    if (found === undefined) throw new Error("no stream was opened");
    return found;
  };
  return { hub, streams, timers, page, last };
}

const WATCH = { type: "watch", path: "/graph/live", visible: true } as const;
const DELTA: GraphDelta = {
  window: GRAPH_FIXTURE.window,
  completeness: GRAPH_FIXTURE.completeness,
  nodes: { put: [], remove: GRAPH_FIXTURE.nodes.slice(0, 1).map((n) => n.id) },
  edges: { put: [], remove: [] },
};

describe("the live hub", () => {
  it("opens one stream however many pages watch, and greets a late page with the graph as it is now", () => {
    const { hub, streams, page, last } = setup();
    const [first, second] = [page(), page()];
    hub.handle(first.port, WATCH);
    last().send("snapshot", GRAPH_FIXTURE);
    last().send("delta", DELTA);
    hub.handle(second.port, WATCH);
    expect(streams).toHaveLength(1);
    expect(first.types()).toEqual(["connecting", "snapshot", "open", "delta"]);
    const [greeting] = second.seen;
    if (greeting?.type !== "snapshot") throw new Error("a late page gets a snapshot");
    expect(greeting.graph.nodes).toHaveLength(GRAPH_FIXTURE.nodes.length - 1);
  });

  it("closes the stream when every page is hidden and opens a new one when a page shows again", () => {
    const { hub, streams, page, last } = setup();
    const [first, second] = [page(), page()];
    hub.handle(first.port, WATCH);
    hub.handle(second.port, WATCH);
    hub.handle(first.port, { type: "visible", visible: false });
    expect(last().closed).toBe(false);
    hub.handle(second.port, { type: "visible", visible: false });
    expect(last().closed).toBe(true);
    expect(hub.openPaths()).toEqual([]);
    hub.handle(first.port, { type: "visible", visible: true });
    expect(streams).toHaveLength(2);
  });

  it("closes the stream of a page that leaves and keeps those of others", () => {
    const { hub, page, streams } = setup();
    const [first, second] = [page(), page()];
    hub.handle(first.port, WATCH);
    hub.handle(second.port, { ...WATCH, path: "/graph/live?view=service" });
    hub.handle(first.port, { type: "leave" });
    expect(streams.map(({ stream }) => stream.closed)).toEqual([true, false]);
  });

  it("says broken while the browser reconnects, and open again with the stream", () => {
    const { hub, page, last } = setup();
    const { port, types } = page();
    hub.handle(port, WATCH);
    last().send("snapshot", GRAPH_FIXTURE);
    last().fail(false);
    last().open();
    expect(types()).toEqual(["connecting", "snapshot", "open", "broken", "open"]);
  });

  it("says failed when the stream is refused and tries a new one later", () => {
    const { hub, page, last, streams, timers } = setup();
    const { port, types } = page();
    hub.handle(port, WATCH);
    last().fail(true);
    expect(types()).toEqual(["connecting", "failed"]);
    timers.find(({ delayMs }) => delayMs === 10_000)?.run();
    expect(streams).toHaveLength(2);
    last().send("snapshot", GRAPH_FIXTURE);
    expect(types()).toEqual(["connecting", "failed", "snapshot", "open"]);
  });

  it("takes a stream on which nothing is said for three pings as failed, however well its connection stands", () => {
    const { hub, page, last, streams, timers } = setup();
    const { port, types } = page();
    const silences = () => timers.filter(({ delayMs }) => delayMs === 45_000);
    hub.handle(port, WATCH);
    const [first] = silences();
    for (const said of ["snapshot", "delta", "ping"]) {
      const before = silences();
      last().send(said, said === "snapshot" ? GRAPH_FIXTURE : said === "delta" ? DELTA : { nowMs: 0 });
      expect(silences()).toHaveLength(1);
      expect(silences()[0], said).not.toBe(before[0]);
    }
    expect(silences()[0]).not.toBe(first);
    silences()[0]?.run();
    expect(types()).toEqual(["connecting", "snapshot", "open", "delta", "failed"]);
    expect([last().closed, silences()]).toEqual([true, []]);
    timers.find(({ delayMs }) => delayMs === 10_000)?.run();
    expect(streams).toHaveLength(2);
    hub.handle(port, { type: "leave" });
    expect(timers).toEqual([]);
  });

  it("takes an answer it does not understand as a failed stream", () => {
    const { hub, page, last } = setup();
    const { port, types } = page();
    hub.handle(port, WATCH);
    last().send("snapshot", { nodes: "many" });
    expect(last().closed).toBe(true);
    expect(types()).toEqual(["connecting", "failed"]);
  });

  it("sends nothing to a page that watches another picture now", () => {
    const { hub, page, streams } = setup();
    const { port, seen } = page();
    hub.handle(port, WATCH);
    hub.handle(port, { ...WATCH, path: "/graph/live?view=app" });
    expect(streams[0]?.stream.closed).toBe(true);
    streams[0]?.stream.send("snapshot", GRAPH_FIXTURE);
    expect(seen.some((message) => message.type === "snapshot")).toBe(false);
  });
});
