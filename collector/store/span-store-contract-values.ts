/**
 * What every span store promises of what spans hold: all of it comes back with its type, whatever the time it speaks of,
 * and every comparison of an attribute finds what it says. As cases; see span-store-contract.ts.
 */
import { deepEqual } from "node:assert/strict";
import { type AttributeValue, parseSpanId, parseTraceId, type Span } from "../../lib/model/span.ts";
import { traceSearchSchema } from "../../lib/query/schema/traces.ts";
import type { SpanStore, TraceQuery } from "../../lib/query/span-store.ts";
import { BASE_MS, type ContractCase, testSpan, testSpanId, testTraceId } from "./span-store-contract.ts";

const cases: ContractCase[] = [];

function promise(name: string, run: ContractCase["run"]): void {
  cases.push({ name, run });
}

function byId(spans: readonly Span[]): Map<string, Span> {
  return new Map(spans.map((span) => [span.spanId, span]));
}

async function found(store: SpanStore, fields: Partial<TraceQuery>): Promise<string[]> {
  const { edge: _, node: __, ...defaults } = traceSearchSchema.parse({});
  const page = await store.search({ ...defaults, start: BASE_MS, end: BASE_MS + 60_000, ...fields });
  if (!page.ok) throw new Error(page.error.code);
  deepEqual(page.value.total, page.value.traces.length);
  return page.value.traces.map(({ traceId }) => traceId).sort();
}

const VALUES: Readonly<Record<string, AttributeValue>> = {
  text: "GET /cart?id=1",
  empty: "",
  wide: "Zürich 🚋 \u0000",
  number: 503,
  negative: -4,
  zero: 0,
  half: 0.5,
  tiny: 5e-324,
  yes: true,
  no: false,
  large: 9_007_199_254_740_993n,
  lowest: -(2n ** 63n),
  bytes: { bytes: "AAEC/w==" },
  list: ["a", 1, true, ["nested"]],
  nothing: [],
  map: { map: new Map<string, AttributeValue>([["inner", { map: new Map([["deep", 1]]) }]]) },
};

promise("every type of attribute comes back as it was, on spans, resources, events and links", async (open) => {
  const store = await open();
  const attributes = new Map(Object.entries(VALUES));
  const traceId = parseTraceId("f".repeat(32));
  const spanId = parseSpanId("e".repeat(16));
  if (traceId === undefined || spanId === undefined) throw new Error("malformed id in a test");
  const span = testSpan(1, 1, 0, {
    attributes,
    resource: attributes,
    events: [
      { timeNs: BigInt(BASE_MS) * 1_000_000n + 1n, name: "exception", attributes },
      { timeNs: 0n, name: "", attributes: new Map() },
    ],
    links: [{ traceId, spanId, attributes }],
  });
  await store.write([span]);
  deepEqual(await store.trace(span.traceId), [span]);
  for (const [key, value] of (await store.trace(span.traceId))[0]?.attributes ?? []) deepEqual(value, VALUES[key]);
});

promise("every other field comes back as it was, and what is absent stays absent", async (open) => {
  const store = await open();
  const full = testSpan(1, 1, 0, {
    parentSpanId: testSpanId(9),
    shared: true,
    kind: "consumer",
    startNs: BigInt(BASE_MS) * 1_000_000n + 123_456_789n,
    durationNs: 987_654_321_012n,
    operation: "",
    status: "error",
    statusMessage: "deadline exceeded",
    scope: { name: "io.envoy", version: "1.31" },
    traceState: "ot=th:c8",
  });
  const bare = testSpan(1, 2, 0, { durationNs: 0n, kind: "unspecified", scope: { name: "", version: "" } });
  await store.write([full, bare]);
  deepEqual(byId(await store.trace(full.traceId)), byId([full, bare]));
});

promise("a span of years ago is found at its time, and a trace whose spans are hours apart is whole", async (open) => {
  const store = await open();
  const yearMs = 365 * 86_400_000;
  const old = testSpan(1, 1, -9 * yearMs);
  const apart = [0, 3, 7].map((hours, i) => testSpan(2, i + 1, hours * 3_600_000));
  await store.write([old, ...apart.slice(0, 1)]);
  for (const span of apart.slice(1)) await store.write([span]);
  deepEqual(await found(store, { start: BASE_MS - 10 * yearMs, end: BASE_MS - 8 * yearMs }), [testTraceId(1)]);
  deepEqual(byId(await store.trace(testTraceId(2))), byId(apart));
  for (const hours of [0, 3, 7]) {
    const start = BASE_MS + hours * 3_600_000;
    deepEqual(await found(store, { start, end: start + 1 }), [testTraceId(2)]);
  }
});

const HELD: readonly (readonly [number, AttributeValue])[] = [
  [1, 200],
  [2, "503"],
  [3, 503.5],
  [4, "GET"],
  [5, true],
  [6, ["x", 404]],
  [7, 9_007_199_254_740_993n],
  [8, { bytes: "AAEC" }],
];
const COMPARISONS: readonly (readonly [string, readonly number[]])[] = [
  ["exists:k", [1, 2, 3, 4, 5, 6, 7, 8, 9]],
  ["k=200", [1]],
  ["k=503", [2, 9]],
  ['k="503"', [2, 9]],
  ["k!=503", [1, 3, 4, 5, 6, 7, 8]],
  ["k>503", [3, 7]],
  ["k>=503", [2, 3, 7, 9]],
  ["k<503", [1, 6]],
  ["k<=503", [1, 2, 6, 9]],
  ["k=GET", [4]],
  ["k=true", [5]],
  ["k=x", [6]],
  ["k=404", [6]],
  ["k=9007199254740993", [7]],
  ["k=AAEC", [8]],
  ["k=~G.T", [4]],
  ["k=~50.*", [2, 3, 9]],
  ['k>="GEA"', [4, 5, 6]],
  ["exists:none", []],
  ["none!=1", []],
];

for (const [expression, expected] of COMPARISONS)
  promise(`a search for ${expression}`, async (open) => {
    const store = await open();
    for (const [n, value] of HELD) await store.write([testSpan(n, 1, n, { attributes: new Map([["k", value]]) })]);
    // The resource's value counts where the span has none, and only there.
    await store.write([testSpan(9, 1, 9, { resource: new Map([["k", 503]]) })]);
    await store.write([
      testSpan(10, 1, 9, { attributes: new Map([["other", 503]]) }),
      testSpan(1, 2, 1, { resource: new Map([["k", "no"]]), attributes: new Map([["k", 200]]) }),
    ]);
    deepEqual(await found(store, { attr: [expression] }), expected.map(testTraceId));
  });

export const VALUE_CASES: readonly ContractCase[] = cases;
