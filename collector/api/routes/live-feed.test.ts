/** The live feed: snapshot then deltas, resume by id, one computation for all readers, slow readers closed. */
import { expect, test } from "vitest";
import { GRAPH_FIXTURE } from "../../../lib/query/fixtures/graph-fixture.ts";
import { printGraph } from "../../../lib/query/fixtures/print-graph.ts";
import { applyDelta } from "../../../lib/query/graph-delta.ts";
import { type Graph, graphDeltaSchema, graphSchema } from "../../../lib/query/schema/graph.ts";
import type { EventSink } from "../route.ts";
import { LiveFeed, LiveFeeds } from "./live-feed.ts";

interface Event {
  readonly id?: string;
  readonly event: string;
  readonly data: unknown;
}

class Reader implements EventSink {
  readonly events: Event[] = [];
  waitingBytes = 0;
  dropped = false;
  closesAfter = 0;
  private readonly abort = new AbortController();
  readonly signal = this.abort.signal;

  send(frame: string): void {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(frame)?.[1];
    const id = field("id");
    this.events.push({
      ...(id === undefined ? {} : { id }),
      event: field("event") ?? "",
      data: JSON.parse(field("data") ?? "null"),
    });
    if (this.events.length === this.closesAfter) this.close();
  }

  close(): void {
    this.abort.abort();
  }

  drop(): void {
    this.dropped = true;
    this.abort.abort();
  }
}

/** `copies` of the fixture's nodes: a delta is a smaller part of a larger graph. */
function rig(copies = 1) {
  const time = { nowMs: 1_000_000 };
  const state = { computations: 0 };
  const graph = (): Graph => {
    state.computations++;
    const [first, ...rest] = GRAPH_FIXTURE.edges;
    if (first === undefined) throw new Error("no edges");
    const window = { ...GRAPH_FIXTURE.window, end: time.nowMs };
    const nodes = Array.from({ length: copies }, (_, i) =>
      GRAPH_FIXTURE.nodes.map((node) => (i === 0 ? node : { ...node, id: `${node.id}-${i}` })),
    ).flat();
    return { ...GRAPH_FIXTURE, window, nodes, edges: [{ ...first, requestsPerSec: state.computations }, ...rest] };
  };
  const compute = async () => printGraph(graph());
  const options = { boot: "b1", slotMs: 10_000, nowMs: () => time.nowMs };
  const feed = new LiveFeed(compute, options);
  const slot = async (): Promise<void> => {
    time.nowMs += 10_000;
    await feed.tick();
  };
  return { time, state, compute, options, feed, slot };
}

test("a reader gets a snapshot and then one delta a slot, with only what changed", async () => {
  const { feed, slot, state } = rig();
  const readers = [new Reader(), new Reader(), new Reader()];
  await Promise.all(readers.map((reader) => feed.join(reader, undefined)));
  expect(state.computations).toBe(1);
  await slot();
  await feed.tick();
  expect(state.computations).toBe(2);
  const [snapshot, delta, ...rest] = readers[1]?.events ?? [];
  expect(rest.filter((event) => event.event !== "ping")).toEqual([]);
  expect([snapshot?.id, delta?.id]).toEqual(["b1-100", "b1-101"]);
  const changed = graphDeltaSchema.parse(delta?.data);
  expect(changed.edges.put.length).toBe(1);
  expect(changed.nodes).toEqual({ put: [], remove: [] });
  const held = applyDelta(graphSchema.parse(snapshot?.data), changed);
  expect(held.edges.find((edge) => edge.id === changed.edges.put[0]?.id)?.requestsPerSec).toBe(2);
});

test("a reader that names an id still held gets what it missed; an unknown id gets a snapshot", async () => {
  const { feed, slot } = rig();
  await feed.join(new Reader(), undefined);
  for (let i = 0; i < 5; i++) await slot();
  const back = new Reader();
  await feed.join(back, "b1-102");
  expect(back.events.map((event) => event.id)).toEqual(["b1-103", "b1-104", "b1-105"]);
  const current = new Reader();
  await feed.join(current, "b1-105");
  expect(current.events).toEqual([]);
  for (const id of ["b0-102", "b1-99", "nonsense"]) {
    const reader = new Reader();
    await feed.join(reader, id);
    expect(reader.events.map((event) => [event.event, event.id])).toEqual([["snapshot", "b1-105"]]);
  }
});

test("thirty deltas are kept and no more", async () => {
  const { feed, slot } = rig(20);
  await feed.join(new Reader(), undefined);
  for (let i = 0; i < 40; i++) await slot();
  const held = new Reader();
  await feed.join(held, "b1-110");
  expect(held.events.length).toBe(30);
  const gone = new Reader();
  await feed.join(gone, "b1-109");
  expect(gone.events.map((event) => event.event)).toEqual(["snapshot"]);
});

test("a reader that missed more than a snapshot's worth gets the snapshot instead", async () => {
  const { feed, slot } = rig();
  await feed.join(new Reader(), undefined);
  for (let i = 0; i < 25; i++) await slot();
  const back = new Reader();
  await feed.join(back, "b1-101");
  expect(back.events.map((event) => [event.event, event.id])).toEqual([["snapshot", "b1-125"]]);
});

test("a reader that goes while it is told what it missed is told no more, and is not kept", async () => {
  const { feed, slot } = rig();
  await feed.join(new Reader(), undefined);
  for (let i = 0; i < 5; i++) await slot();
  const leaving = new Reader();
  leaving.closesAfter = 2;
  await feed.join(leaving, "b1-101");
  expect(leaving.events.length).toBe(2);
  expect(feed.readerCount).toBe(1);
});

test("a first frame of any size drops nobody; one still untaken when the next comes does", async () => {
  const { feed, slot } = rig();
  const reader = new Reader();
  reader.waitingBytes = 20 * 1024 * 1024;
  await feed.join(reader, undefined);
  expect(reader.dropped).toBe(false);
  reader.waitingBytes = 0;
  await slot();
  expect(reader.dropped).toBe(false);
});

test("after the wall clock stepped back an hour the feed goes on, and ids from before it mean nothing", async () => {
  const { feed, slot, time, state } = rig();
  const reader = new Reader();
  await feed.join(reader, undefined);
  for (let i = 0; i < 3; i++) await slot();
  time.nowMs -= 3_600_000;
  await feed.tick();
  await slot();
  expect(state.computations).toBe(6);
  const ids = reader.events.filter((event) => event.event !== "ping").map((event) => event.id);
  expect(ids).toEqual(["b1-100", "b1-101", "b1-102", "b1-103", "b1.1--257", "b1.1--256"]);
  expect(reader.events.filter((event) => event.event === "ping").length).toBeGreaterThan(1);
  const resumed = new Reader();
  await feed.join(resumed, "b1.1--257");
  expect(resumed.events.map((event) => event.id)).toEqual(["b1.1--256"]);
  const old = new Reader();
  await feed.join(old, "b1-103");
  expect(old.events.map((event) => event.event)).toEqual(["snapshot"]);
});

test("a feed left before the clock stepped back goes a minute after, not an hour", async () => {
  const { time, compute, options } = rig();
  time.nowMs = 10_000_000;
  const feeds = new LiveFeeds(options);
  const reader = new Reader();
  await feeds.feed("q", compute)?.join(reader, undefined);
  reader.close();
  time.nowMs -= 3_600_000;
  await feeds.tick();
  time.nowMs += 61_000;
  await feeds.tick();
  expect(feeds.size).toBe(0);
});

test("a reader more than 8 MB behind is dropped and the others go on", async () => {
  const { feed, slot } = rig();
  const slow = new Reader();
  const quick = new Reader();
  await feed.join(slow, undefined);
  await feed.join(quick, undefined);
  slow.waitingBytes = 9 * 1024 * 1024;
  await slot();
  expect(slow.dropped).toBe(true);
  expect(slow.events.map((event) => event.event)).toEqual(["snapshot"]);
  expect(feed.readerCount).toBe(1);
  await slot();
  expect(quick.events.filter((event) => event.event === "delta").length).toBe(2);
});

test("readers are pinged every 15 s, and a feed that nobody reads for a minute goes", async () => {
  const { time, compute, options } = rig();
  const feeds = new LiveFeeds(options);
  const feed = feeds.feed("q", compute);
  const reader = new Reader();
  await feed?.join(reader, undefined);
  expect(feeds.feed("q", compute)).toBe(feed);
  time.nowMs += 15_000;
  await feeds.tick();
  expect(reader.events.map((event) => event.event)).toEqual(["snapshot", "ping", "delta"]);
  reader.close();
  time.nowMs += 61_000;
  await feeds.tick();
  expect(feeds.size).toBe(0);
});

test("a slot whose state is not made yet is told of once it is, with the number of its slot", async () => {
  const { options, compute, time } = rig();
  let isMade = true;
  const feed = new LiveFeed(async (isFirst) => (isFirst || isMade ? compute() : null), options);
  const reader = new Reader();
  await feed.join(reader, undefined);
  isMade = false;
  time.nowMs += 10_000;
  await feed.tick();
  expect(reader.events.map(({ event }) => event)).toEqual(["snapshot"]);
  isMade = true;
  time.nowMs += 1_000;
  await feed.tick();
  expect(reader.events.map(({ id }) => id)).toEqual(["b1-100", "b1-101"]);
});
