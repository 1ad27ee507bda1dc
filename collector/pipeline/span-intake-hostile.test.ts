/**
 * Shapes that a broken or hostile sender can give its spans: the cost of writing, reading and searching them is compared
 * with as many well-formed ones in the same run. A quadratic path is hundreds of times slower at these sizes.
 */
import { expect, test } from "vitest";
import type { Span } from "../../lib/model/span.ts";
import { spansBetween } from "../../lib/query/trace-places.ts";
import { MemorySpanStore } from "../store/memory-span-store.ts";
import { BASE_MS, testSpan, testSpanId, testTraceId } from "../store/span-store-contract.ts";
import { SpanEdges } from "./span-edges.ts";

const N = 40_000;
const EDGE = { nodeId: "", cluster: "", namespace: "", name: "s1" };
const WINDOW = { start: BASE_MS, end: BASE_MS + 3_600_000, order: "start", limit: 10 } as const;

function many(count: number, make: (i: number) => Span): Span[] {
  return Array.from({ length: count }, (_, i) => make(i));
}

/** Everything a body of spans goes through once it is read, and what a person then asks. Milliseconds. */
async function costMs(spans: readonly Span[]): Promise<number> {
  const store = new MemorySpanStore();
  const began = performance.now();
  await store.write(spans);
  await store.write(spans.slice(0, 10));
  new SpanEdges({ nowMs: () => BASE_MS }).take(spans);
  await store.search({ ...WINDOW, service: ["web"] });
  const between = { source: EDGE, target: { ...EDGE, name: "s2" } };
  expect(await store.search({ ...WINDOW, between })).toMatchObject({ ok: true });
  spansBetween(await store.trace(testTraceId(1)), { source: EDGE, target: EDGE });
  await store.values();
  const ms = performance.now() - began;
  expect(store.stats()).toMatchObject({ spans: spans.length, evicted: 0 });
  return ms;
}

const parentSpanId = testSpanId(1);
/** With the most that they may cost, as a multiple of the cost of well-formed spans. */
const SHAPES: readonly [string, number, (i: number) => Span][] = [
  ["one span id, starts apart", 5, (i) => testSpan(1, 1, i / 1000)],
  ["one span id, services apart", 5, (i) => testSpan(1, 1, 0, { service: `s${i}` })],
  ["one span id, their own parent", 5, (i) => testSpan(1, 1, i / 1000, { parentSpanId, service: `s${i % 7}` })],
  ["one span id, clients last", 5, (i) => testSpan(1, 1, i / 1000, { kind: i < N - 9 ? "server" : "client" })],
  ["children of one id", 10, (i) => testSpan(1, 1 + (i % 2) * i, i / 1000, { parentSpanId, service: `s${i}` })],
  ["one operation each", 10, (i) => testSpan(1, i + 1, 0, { operation: `o${i}` })],
  ["one service each", 10, (i) => testSpan(1, i + 1, 0, { service: `s${i}` })],
  ["one trace each", 10, (i) => testSpan(i + 1, 1, 0)],
];

test.each(SHAPES)("40,000 spans: %s: cost at most %i times as much as well-formed ones", async (_name, limit, make) => {
  const plain = many(N, (i) => testSpan(1, i + 1, i / 1000, { parentSpanId }));
  const hostile = many(N, make);
  await costMs(plain);
  const reference = Math.max(20, await costMs(plain), await costMs(plain));
  const taken = await costMs(hostile);
  expect(taken / reference).toBeLessThan(limit);
});

test("four times the spans of one trace, one service, cost at most ten times as much", async () => {
  const make = (i: number): Span => testSpan(1, i + 1, i / 1000);
  await costMs(many(50_000, make));
  const quarter = Math.max(20, await costMs(many(50_000, make)));
  expect((await costMs(many(200_000, make))) / quarter).toBeLessThan(10);
}, 60_000);

test("a full store lets single spans go at the cost of taking them", async () => {
  const write = async (maxSpans: number): Promise<number> => {
    const store = new MemorySpanStore({ maxSpans });
    const spans = many(60_000, (i) => testSpan(i + 1, 1, 0));
    const began = performance.now();
    for (const span of spans) await store.write([span]);
    expect(store.stats().spans).toBe(Math.min(maxSpans, 60_000));
    return performance.now() - began;
  };
  await write(60_000);
  const taking = Math.max(20, await write(60_000));
  expect((await write(20_000)) / taking).toBeLessThan(10);
});
