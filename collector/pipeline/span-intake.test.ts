/** The intake: what reaches the store, and the share of server spans that never met their client. */
import { expect, test } from "vitest";
import { parseSpanId, parseTraceId, type Span } from "../../lib/model/span.ts";
import { MemorySpanStore } from "../store/memory-span-store.ts";
import { SpanEdges } from "./span-edges.ts";
import { SpanIntake } from "./span-intake.ts";

const NOW = 1_700_000_000_000;

function hex(seed: number): Span["spanId"] {
  const id = parseSpanId(seed.toString(16).padStart(16, "0"));
  if (id === undefined) throw new Error("malformed id in a test");
  return id;
}

function span(own: number, parent: number | undefined, fields: Partial<Span> = {}): Span {
  const traceId = parseTraceId("1".repeat(32));
  if (traceId === undefined) throw new Error("malformed id in a test");
  return {
    traceId,
    spanId: hex(own),
    ...(parent === undefined ? {} : { parentSpanId: hex(parent) }),
    shared: false,
    kind: "server",
    startNs: BigInt(NOW) * 1_000_000n,
    durationNs: 1n,
    service: "web",
    operation: "x",
    status: "unset",
    attributes: new Map(),
    resource: new Map(),
    events: [],
    links: [],
    ...fields,
  };
}

test("what was answered can be read, and what was left out is counted", async () => {
  const store = new MemorySpanStore();
  const intake = new SpanIntake({ store, clock: { nowMs: () => NOW } });
  const zipkin = [
    { traceId: "a1", id: "1", timestamp: NOW * 1000, duration: 5, localEndpoint: { serviceName: "web" } },
    { traceId: "a1", id: "2", timestamp: (NOW + 600_001) * 1000, duration: 5 },
    { traceId: "", id: "3", timestamp: NOW * 1000 },
  ];
  const taken = await intake.take("zipkinJson", new TextEncoder().encode(JSON.stringify(zipkin)));
  expect(taken).toMatchObject({
    ok: true,
    value: { spans: 1, rejects: [{ code: "trace_id_invalid" }, { code: "in_future", count: 1 }] },
  });
  expect(store.stats().spans).toBe(1);
  expect(intake.stats()).toEqual({ spans: 1, unpairedShare: null });
});

test("years-old spans are kept", async () => {
  const store = new MemorySpanStore();
  const intake = new SpanIntake({ store, clock: { nowMs: () => NOW } });
  const zipkin = [{ traceId: "a1", id: "1", timestamp: 1_000_000, duration: 5 }];
  expect(await intake.take("zipkinJson", new TextEncoder().encode(JSON.stringify(zipkin)))).toMatchObject({
    value: { spans: 1 },
  });
});

test("what the store lets go is told for a minute", async () => {
  let nowMs = NOW;
  const intake = new SpanIntake({ store: new MemorySpanStore({ maxSpans: 1 }), clock: { nowMs: () => nowMs } });
  const take = (id: string) => {
    const body = JSON.stringify([{ traceId: id, id: "1", timestamp: NOW * 1000, duration: 5 }]);
    return intake.take("zipkinJson", new TextEncoder().encode(body));
  };
  await take("a1");
  expect(intake.evictions()).toEqual({ spans: 0, recent: false });
  await take("a2");
  nowMs += 59_999;
  expect(intake.evictions()).toEqual({ spans: 1, recent: true });
  nowMs += 1;
  expect(intake.evictions()).toEqual({ spans: 1, recent: false });
  await take("a3");
  expect(intake.evictions()).toEqual({ spans: 2, recent: true });
});

test("bytes that are reserved are bounded and given back", () => {
  const intake = new SpanIntake({ store: new MemorySpanStore(), clock: { nowMs: () => NOW }, maxBytesInFlight: 10 });
  expect([intake.reserve(6), intake.reserve(5), intake.reserve(4)]).toEqual([true, false, true]);
  intake.release(10);
  expect(intake.bytesInFlight()).toBe(0);
});

/** Edges of these spans, at a time that the test moves. */
function edges() {
  const clock = { nowMs: () => clock.at, at: NOW };
  const made = new SpanEdges(clock);
  const see = (spans: readonly Span[], at: number) => {
    clock.at = at;
    return made.take(spans);
  };
  const share = (at: number): number | null => {
    clock.at = at;
    return made.stats().unpairedShare;
  };
  return { see, share, stats: () => made.stats() };
}

test("a server whose parent is there, before or after, is paired; one whose parent is not is unpaired after 10 s", () => {
  const { see, share, stats } = edges();
  see([span(1, undefined, { kind: "client" }), span(2, 1)], NOW);
  see([span(4, 3), span(6, 5)], NOW + 1_000);
  see([span(3, undefined, { kind: "client" })], NOW + 5_000);
  expect(stats()).toEqual({ spans: 5, unpairedShare: 0 });
  expect(share(NOW + 10_999)).toBe(0);
  expect(share(NOW + 11_000)).toBeCloseTo(1 / 3);
});

test("roots and clients are not judged", () => {
  const { see, share } = edges();
  const ingress = span(4, undefined, { shared: true });
  see([span(1, undefined), span(2, 9, { kind: "client" }), span(3, 9, { kind: "internal" }), ingress], NOW);
  expect(share(NOW + 60_000)).toBeNull();
});

test("the server half of a shared id waits for the client half, not for its parent", () => {
  const { see, share } = edges();
  see([span(1, undefined), span(2, 1, { shared: true }), span(3, 1, { shared: true })], NOW);
  see([span(2, 1, { kind: "client" })], NOW + 1);
  expect(share(NOW + 20_000)).toBe(0.5);
});

test("verdicts are forgotten after five minutes, and memory is bounded: what found no room is counted", () => {
  const { see, share } = edges();
  let early = 0;
  for (let i = 0; i < 120; i++) {
    const spans = Array.from({ length: 1_000 }, (_, k) => span(10_000_000 + i * 1_000 + k, 1 + i * 1_000 + k));
    early += see(spans, NOW).get("pairing_full") ?? 0;
  }
  expect(early).toBe(20_000);
  expect(share(NOW + 11_000)).toBe(1);
  expect(share(NOW + 400_000)).toBeNull();
});
