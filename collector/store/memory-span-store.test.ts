/** The memory store: the contract of every span store, and its own bound. */
import { expect, test } from "vitest";
import { MemorySpanStore } from "./memory-span-store.ts";
import { MOST_SPANS } from "./memory-span-store-exemplars.ts";
import { BASE_MS, SPAN_STORE_CASES, testSpan, testTraceId } from "./span-store-contract.ts";
import { EXEMPLAR_CASES } from "./span-store-contract-exemplars.ts";
import { VALUE_CASES } from "./span-store-contract-values.ts";

test.each([...SPAN_STORE_CASES, ...EXEMPLAR_CASES, ...VALUE_CASES])("contract: $name", async ({ run }) => {
  await expect(run(() => new MemorySpanStore())).resolves.toBeUndefined();
});

test("past the limit the traces that came first go, whole, and are counted", async () => {
  const store = new MemorySpanStore({ maxSpans: 10 });
  for (let trace = 1; trace <= 6; trace++) {
    const service = `s${trace}`;
    await store.write([testSpan(trace, 1, 0, { service }), testSpan(trace, 2, 0, { service })]);
  }
  expect(store.stats()).toMatchObject({ spans: 10, traces: 5, evicted: 2 });
  expect(await store.trace(testTraceId(1))).toEqual([]);
  expect(await store.trace(testTraceId(2))).toHaveLength(2);
  expect((await store.values()).map((service) => service.name)).toEqual(["s2", "s3", "s4", "s5", "s6"]);
});

test("a trace longer than the limit is cut and the rest counted", async () => {
  const store = new MemorySpanStore({ maxSpans: 10 });
  await store.write([testSpan(9, 99, 0)]);
  await store.write(Array.from({ length: 25 }, (_, i) => testSpan(1, i + 1, i)));
  expect(store.stats()).toMatchObject({ spans: 10, traces: 1, evicted: 16 });
});

test("a trace of 72,000 levels is summarised and searched", async () => {
  const store = new MemorySpanStore();
  const spans = Array.from({ length: 72_000 }, (_, i) => {
    const span = testSpan(1, i + 1, i / 1000, { durationNs: 100_000_000_000n });
    return i === 0 ? span : { ...span, parentSpanId: testSpan(1, i, 0).spanId };
  });
  await store.write(spans.reverse());
  const ref = { nodeId: "", cluster: "", namespace: "", name: "web" };
  const window = { start: 0, end: 2_000_000_000_000, order: "start", limit: 10 } as const;
  const found = await store.search(window);
  expect(found).toMatchObject({ ok: true, value: { traces: [{ spanCount: 72_000, warnings: [] }] } });
  expect(await store.search({ ...window, between: { source: ref, target: ref } })).toMatchObject({
    value: { total: 0 },
  });
});

test("of a great many spans exemplars look at some, spread over the window, and at the same ones again", async () => {
  const store = new MemorySpanStore();
  const traces = 4000;
  for (let trace = 1; trace <= traces; trace++) {
    const at = (trace / traces) * 100_000;
    const spans = Array.from({ length: 20 }, (_, i) =>
      testSpan(trace * 7919, i + 1, at, { service: i === 0 ? "web" : "x" }),
    );
    await store.write(spans);
  }
  const web = { nodeId: "web", cluster: "c", namespace: "n", name: "web" };
  const xMs = Array.from({ length: 10 }, (_, i) => BASE_MS + i * 10_000);
  const query = {
    calls: { kind: "of", services: [web], side: "server" } as const,
    ...{ xMs, endMs: BASE_MS + 100_000, yMs: [5, 50], perCell: 10_000 },
  };
  const found = await store.exemplars(query);
  expect(found.length).toBeGreaterThan(MOST_SPANS / 20 / 2);
  expect(found.length).toBeLessThanOrEqual(MOST_SPANS / 20);
  expect(new Set(found.map(({ column }) => column)).size).toBe(10);
  expect(await store.exemplars(query)).toEqual(found);
});
