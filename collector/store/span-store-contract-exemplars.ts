/** What every span store promises of exemplars: calls of an edge web → db, in two columns of a second and two rows. */
import { deepEqual } from "node:assert/strict";
import type { Span } from "../../lib/model/span.ts";
import type { ServiceRef } from "../../lib/query/directory.ts";
import type { SpanStore } from "../../lib/query/span-store.ts";
import { BASE_MS, type ContractCase, testSpan, testSpanId, testTraceId } from "./span-store-contract.ts";

const cases: ContractCase[] = [];

function promise(name: string, run: (open: () => SpanStore | Promise<SpanStore>) => Promise<void>): void {
  cases.push({ name, run });
}

const ref = (name: string): ServiceRef => ({ nodeId: name, cluster: "c", namespace: "n", name });
const cells = { xMs: [BASE_MS, BASE_MS + 1000], endMs: BASE_MS + 2000, yMs: [20], perCell: 2 };
const call = (trace: number, atMs: number, ms: number): Span[] => [
  testSpan(trace, 10 * trace, atMs, { durationNs: BigInt((ms + 1) * 1_000_000) }),
  testSpan(trace, 10 * trace + 1, atMs, {
    service: "db",
    parentSpanId: testSpanId(10 * trace),
    durationNs: BigInt(ms * 1_000_000),
  }),
];
const edge = { kind: "between", pairs: [{ source: ref("web"), target: ref("db") }] } as const;

promise("exemplars stand where their call ended and as long as it took", async (open) => {
  const store = await open();
  await store.write([...call(1, 0, 5), ...call(2, 995, 20), ...call(3, 1100, 21), ...call(4, 1999, 2)]);
  await store.write([testSpan(5, 51, 10)]);
  // What the target does and asks meanwhile is no call of this edge, and no measure of it.
  await store.write([
    testSpan(1, 17, 1, { service: "db", kind: "internal", parentSpanId: testSpanId(11), durationNs: 1_000_000n }),
    testSpan(1, 18, 1, { service: "db", kind: "client", parentSpanId: testSpanId(11), durationNs: 30_000_000n }),
  ]);
  deepEqual(await store.exemplars({ ...cells, calls: edge }), [
    { column: 0, row: 0, traceId: testTraceId(1), durationMs: 5 },
    { column: 1, row: 0, traceId: testTraceId(2), durationMs: 20 },
    { column: 1, row: 1, traceId: testTraceId(3), durationMs: 21 },
  ]);
  deepEqual(
    await store.exemplars({
      ...cells,
      calls: { kind: "between", pairs: [{ source: ref("db"), target: ref("web") }] },
    }),
    [],
  );
});

promise("exemplars of a service are spans in which it answers, and no more than asked for a cell", async (open) => {
  const store = await open();
  for (let i = 1; i <= 5; i++) await store.write(call(i, 10 * i, 5));
  await store.write([testSpan(9, 91, 20, { service: "db", kind: "client" })]);
  const found = await store.exemplars({ ...cells, calls: { kind: "of", services: [ref("db")], side: "server" } });
  deepEqual(
    found.map(({ column, row, durationMs }) => [column, row, durationMs]),
    [
      [0, 0, 5],
      [0, 0, 5],
    ],
  );
  const asked = await store.exemplars({ ...cells, calls: { kind: "of", services: [ref("db")], side: "client" } });
  deepEqual(
    asked.map(({ traceId }) => traceId),
    [testTraceId(9)],
  );
});

export const EXEMPLAR_CASES: readonly ContractCase[] = cases;
