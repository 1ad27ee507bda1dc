/** The bound in bytes: what is counted, what goes when it is reached, and that nothing stays behind. */
import fc from "fast-check";
import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { MemorySpanStore } from "./memory-span-store.ts";
import { attributesBytes, spanBytes, TRACE_BYTES, textBytes } from "./memory-span-store-bytes.ts";
import { registerSpanMetrics } from "./memory-span-store-metrics.ts";
import { testSpan, testTraceId } from "./span-store-contract.ts";

const MIB = 1024 * 1024;

function blob(size: number) {
  return { attributes: new Map([["v", "y".repeat(size)]]) };
}

test("a few large spans reach the limit as many small ones do", async () => {
  const store = new MemorySpanStore({ maxBytes: 10 * MIB });
  for (let i = 1; i <= 30; i++) await store.write([testSpan(i, 1, 0, blob(MIB))]);
  expect(store.stats()).toMatchObject({ spans: 9, traces: 9, evicted: 21 });
  expect(store.stats().bytes).toBeLessThan(10 * MIB);
  expect(await store.trace(testTraceId(21))).toEqual([]);
  expect(await store.trace(testTraceId(30))).toHaveLength(1);
});

test("one trace over the limit keeps what came first, and the next trace is taken", async () => {
  const store = new MemorySpanStore({ maxBytes: 10 * MIB });
  for (let i = 1; i <= 30; i++) await store.write([testSpan(1, i, 0, blob(MIB))]);
  expect(store.stats()).toMatchObject({ spans: 9, traces: 1, evicted: 21 });
  await store.write([testSpan(2, 1, 0, blob(MIB))]);
  expect(store.stats()).toMatchObject({ spans: 1, traces: 1, evicted: 30 });
});

test("a span over the limit by itself, or by its resource, is counted and does not wedge the store", async () => {
  const store = new MemorySpanStore({ maxBytes: MIB });
  await store.write([testSpan(1, 1, 0, blob(2 * MIB))]);
  await store.write([testSpan(2, 1, 0, { resource: blob(2 * MIB).attributes })]);
  await store.write([testSpan(3, 1, 0)]);
  expect(store.stats()).toMatchObject({ spans: 1, traces: 1, evicted: 2 });
  expect(await store.trace(testTraceId(3))).toHaveLength(1);
});

test("a resource that spans share is counted once, and goes with the last of them", async () => {
  const resource = new Map([["v", "y".repeat(MIB)]]);
  const store = new MemorySpanStore({ maxSpans: 20 });
  await store.write(Array.from({ length: 20 }, (_, i) => testSpan(i + 1, 1, 0, { resource })));
  expect(store.stats().bytes).toBeGreaterThan(MIB);
  expect(store.stats().bytes).toBeLessThan(1.1 * MIB);
  for (let i = 21; i <= 39; i++) await store.write([testSpan(i, 1, 0)]);
  expect(store.stats().bytes).toBeGreaterThan(MIB);
  await store.write([testSpan(40, 1, 0)]);
  expect(store.stats().bytes).toBeLessThan(0.1 * MIB);
});

test("what went leaves neither bytes nor names behind", async () => {
  const sizes = fc.array(fc.tuple(fc.nat(9), fc.nat(3), fc.nat(500)), { minLength: 1, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(sizes, async (list) => {
      const store = new MemorySpanStore({ maxSpans: 7 });
      for (const [i, [trace, service, size]] of list.entries()) {
        await store.write([testSpan(trace, i, i, { ...blob(size), service: `s${service}`, operation: `o${i}` })]);
      }
      const kept = (await Promise.all([...Array(10).keys()].map((i) => store.trace(testTraceId(i))))).flat();
      const { bytes, traces, spans } = store.stats();
      expect(spans).toBe(kept.length);
      expect(bytes).toBe(traces * TRACE_BYTES + kept.reduce((sum, span) => sum + spanBytes(span), 0));
      const offered = (await store.values()).flatMap(({ name, operations }) => operations.map((o) => `${name} ${o}`));
      expect(new Set(offered)).toEqual(new Set(kept.map((span) => `${span.service} ${span.operation}`)));
    }),
  );
});

test("every kind of value counts", () => {
  const empty = attributesBytes(new Map([["k", ""]]));
  const of = (value: Parameters<typeof attributesBytes>[0] extends ReadonlyMap<string, infer V> ? V : never): number =>
    attributesBytes(new Map([["k", value]])) - empty;
  const long = "y".repeat(1_000);
  expect(textBytes(long)).toBe(1_016);
  expect(textBytes("€".repeat(1_000))).toBe(2_016);
  expect(of(long)).toBe(1_000);
  for (const nested of [[long], [[long, 1, true]], { bytes: long }, { map: new Map([["m", long]]) }]) {
    expect(of(nested)).toBeGreaterThan(1_000);
    expect(of(nested)).toBeLessThan(1_400);
  }
  const bare = spanBytes(testSpan(1, 1, 0));
  const attributes = new Map([["k", long]]);
  for (const fields of [
    { statusMessage: long },
    { operation: long },
    { events: [{ timeNs: 1n, name: long, attributes: new Map() }] },
    { events: [{ timeNs: 1n, name: "", attributes }] },
    { links: [{ traceId: testTraceId(1), spanId: testSpan(1, 1, 0).spanId, attributes }] },
  ]) {
    expect(spanBytes(testSpan(1, 1, 0, fields)) - bare).toBeGreaterThan(900);
  }
});

test("metrics say what is held and what went", async () => {
  const registry = new Registry();
  const store = new MemorySpanStore({ maxSpans: 2 });
  registerSpanMetrics(store, registry);
  for (let i = 1; i <= 5; i++) await store.write([testSpan(i, 1, 0)]);
  const text = await registry.metrics();
  expect(text).toContain("\nmeshscope_spans_stored 2\n");
  expect(text).toContain(`\nmeshscope_span_bytes ${store.stats().bytes}\n`);
  expect(text).toContain("\nmeshscope_spans_evicted_total 3\n");
  expect(await registry.metrics()).toContain("\nmeshscope_spans_evicted_total 3\n");
});
