/**
 * What every span store promises, as cases that any implementation runs through: each takes a maker of empty stores that
 * hold at least 10,000 spans, and throws where the promise is broken. In: a store. Out: nothing, or an AssertionError.
 */
import { deepEqual } from "node:assert/strict";
import { parseSpanId, parseTraceId, type Span } from "../../lib/model/span.ts";
import type { ServiceRef } from "../../lib/query/directory.ts";
import { traceSearchSchema, traceSummarySchema } from "../../lib/query/schema/traces.ts";
import type { SpanStore, TracePage, TraceQuery } from "../../lib/query/span-store.ts";

export const BASE_MS = 1_700_000_000_000;

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("malformed id in a test");
  return value;
}

export function testTraceId(seed: number): Span["traceId"] {
  return known(parseTraceId(`1${seed.toString(16).padStart(31, "0")}`));
}

export function testSpanId(seed: number): Span["spanId"] {
  return known(parseSpanId(`2${seed.toString(16).padStart(15, "0")}`));
}

/** A server span of service `web` that starts `atMs` after the base and takes 10 ms. */
export function testSpan(trace: number, id: number, atMs: number, fields: Partial<Span> = {}): Span {
  return {
    traceId: testTraceId(trace),
    spanId: testSpanId(id),
    shared: false,
    kind: "server",
    startNs: BigInt(Math.round((BASE_MS + atMs) * 1000)) * 1000n,
    durationNs: 10_000_000n,
    service: "web",
    operation: "GET /",
    status: "unset",
    attributes: new Map(),
    resource: new Map(),
    events: [],
    links: [],
    ...fields,
  };
}

export interface ContractCase {
  readonly name: string;
  run(open: () => SpanStore | Promise<SpanStore>): Promise<void>;
}

const cases: ContractCase[] = [];

function test(name: string, run: (open: () => SpanStore | Promise<SpanStore>) => Promise<void>): void {
  cases.push({ name, run });
}

function query(fields: Partial<TraceQuery> = {}): TraceQuery {
  const { edge: _, ...defaults } = traceSearchSchema.parse({});
  return { ...defaults, start: BASE_MS, end: BASE_MS + 60_000, ...fields };
}

async function page(store: SpanStore, fields: Partial<TraceQuery> = {}): Promise<TracePage> {
  const found = await store.search(query(fields));
  if (!found.ok) throw new Error(found.error.code);
  return found.value;
}

async function codeOf(store: SpanStore, fields: Partial<TraceQuery>): Promise<string> {
  const found = await store.search(query(fields));
  return found.ok ? "accepted" : found.error.code;
}

async function ids(store: SpanStore, fields: Partial<TraceQuery> = {}): Promise<string[]> {
  return (await page(store, fields)).traces.map((trace) => trace.traceId);
}

function reading(): void {
  test("a trace is read back whole, whatever batches it came in", async (open) => {
    const store = await open();
    const attributes = new Map([["k", "v"]]);
    const spans = [testSpan(1, 1, 0, { attributes }), testSpan(1, 2, 5), testSpan(2, 3, 5)];
    for (const span of spans) await store.write([span]);
    deepEqual(new Set(await store.trace(testTraceId(1))), new Set(spans.slice(0, 2)));
    deepEqual(await store.trace(testTraceId(9)), []);
    const { bytes, traces, ...counts } = store.stats();
    deepEqual(counts, { spans: 3, evicted: 0 });
    // A store may count a trace once for each part of it.
    deepEqual(traces === 2 || traces === 3, true);
    deepEqual(bytes > 0, true);
  });

  test("a span written twice is stored once; another kind, service or start is another span", async (open) => {
    const store = await open();
    const span = testSpan(1, 1, 0);
    await store.write([span, { ...span }]);
    await store.write([{ ...span, operation: "again" }]);
    deepEqual(await store.trace(span.traceId), [span]);
    const others = [testSpan(1, 1, 1), { ...span, service: "b" }, { ...span, kind: "client" as const }];
    await store.write(others);
    deepEqual((await store.trace(span.traceId)).length, 4);
  });

  test("the low half of an id finds its traces", async (open) => {
    const store = await open();
    await store.write([testSpan(1, 1, 0), testSpan(2, 1, 0)]);
    deepEqual(await store.tracesByLowBits(testTraceId(2).slice(16)), [testTraceId(2)]);
    deepEqual(await store.tracesByLowBits("f".repeat(16)), []);
  });

  test("values list every service with its operations, sorted", async (open) => {
    const store = await open();
    await store.write([
      testSpan(1, 1, 0),
      testSpan(1, 2, 0, { service: "a", operation: "x" }),
      testSpan(1, 3, 0, { operation: "B" }),
    ]);
    deepEqual(await store.values(), [
      { name: "a", operations: ["x"] },
      { name: "web", operations: ["B", "GET /"] },
    ]);
  });
}

function conditions(): void {
  const write = async (open: () => SpanStore | Promise<SpanStore>): Promise<SpanStore> => {
    const store = await open();
    await store.write([
      testSpan(1, 1, 0, { status: "error", attributes: new Map([["code", 503]]) }),
      testSpan(1, 2, 1, { service: "db", kind: "client", durationNs: 500_000_000n, operation: "read" }),
      testSpan(2, 3, 10_000, { service: "db", operation: "write", attributes: new Map([["code", "200"]]) }),
    ]);
    return store;
  };
  const searches: readonly [string, Partial<TraceQuery>, readonly number[]][] = [
    ["nothing", {}, [2, 1]],
    ["service", { service: ["web"] }, [1]],
    ["either service", { service: ["web", "db"] }, [2, 1]],
    ["operation", { operation: ["write"] }, [2]],
    ["kind", { kind: ["client"] }, [1]],
    ["status", { status: "error" }, [1]],
    ["least duration", { minDurationMs: 500 }, [1]],
    ["most duration", { maxDurationMs: 10, service: ["db"] }, [2]],
    ["service and status on different spans", { service: ["db"], status: "error" }, []],
    ["service and operation on one span", { service: ["db"], operation: ["read"] }, [1]],
    ["trace duration", { minTraceDurationMs: 501 }, [1]],
    ["trace with errors", { hasError: "1" }, [1]],
    ["trace without errors", { hasError: "0" }, [2]],
    ["attribute", { attr: ["code>=500"] }, [1]],
    ["attribute as text", { attr: ["code=200"] }, [2]],
    ["a range over one attribute", { attr: ["code>=200", "code<300"] }, [2]],
    ["two attributes that no span has together", { attr: ["code=200", "code=503"] }, []],
    ["attribute on another span", { attr: ["code=503"], service: ["db"] }, []],
    ["window", { start: BASE_MS + 5_000 }, [2]],
    ["window end is outside", { end: BASE_MS + 10_000 }, [1]],
    ["window of the matching span", { start: BASE_MS + 1, service: ["web"] }, []],
  ];
  for (const [name, fields, expected] of searches) {
    test(`a search for ${name}`, async (open) => {
      const store = await write(open);
      deepEqual(await ids(store, fields), expected.map(testTraceId));
      deepEqual((await page(store, fields)).total, expected.length);
    });
  }

  test("summaries speak of the whole trace", async (open) => {
    const store = await write(open);
    const { traces } = await page(store, { operation: ["read"] });
    deepEqual(traceSummarySchema.parse(traces[0]), {
      traceId: testTraceId(1),
      rootService: "web",
      rootOperation: "GET /",
      startNs: String(BigInt(BASE_MS) * 1_000_000n),
      durationNs: "501000000",
      spanCount: 2,
      errorCount: 1,
      services: [
        { name: "db", spans: 1 },
        { name: "web", spans: 1 },
      ],
      warnings: [],
    });
  });

  test("an edge holds on spans of its target below its source", async (open) => {
    const store = await write(open);
    await store.write([testSpan(3, 4, 0), testSpan(3, 5, 1, { service: "db", parentSpanId: testSpanId(4) })]);
    const ref = (name: string): ServiceRef => ({ nodeId: name, cluster: "c", namespace: "n", name });
    deepEqual(await ids(store, { between: { source: ref("web"), target: ref("db") } }), [testTraceId(3)]);
    deepEqual(await ids(store, { between: { source: ref("db"), target: ref("web") } }), []);
  });
}

function bounds(): void {
  test("a window's bounds are exact where a double of their nanoseconds is not", async (open) => {
    const store = await open();
    const rounded = (ms: number): bigint => BigInt(Math.round(ms * 1e6)) - BigInt(ms) * 1_000_000n;
    const times = Array.from({ length: 300 }, (_, i) => BASE_MS + i);
    const up = known(times.find((ms) => rounded(ms) > 0n));
    const down = known(times.find((ms) => rounded(ms) < 0n));
    await store.write([testSpan(1, 1, up - BASE_MS), testSpan(2, 2, down - BASE_MS)]);
    for (const [ms, trace] of [[up, 1] as const, [down, 2] as const]) {
      deepEqual((await ids(store, { start: ms, end: ms + 1 })).includes(testTraceId(trace)), true);
      deepEqual((await ids(store, { start: ms - 1, end: ms })).includes(testTraceId(trace)), false);
    }
  });
}

function malformed(): void {
  test("malformed conditions are coded errors", async (open) => {
    const store = await open();
    deepEqual(await codeOf(store, { attr: ["=5"] }), "attr_no_key");
    deepEqual(await codeOf(store, { kind: ["x"] }), "kind_unknown");
    deepEqual(await codeOf(store, { cursor: "?" }), "bad_cursor");
  });
}

function ordering(): void {
  const orders: readonly [TraceQuery["order"], readonly number[]][] = [
    ["start", [3, 2, 1, 4]],
    ["duration", [1, 4, 2, 3]],
    ["spans", [2, 1, 3, 4]],
    ["errors", [3, 1, 2, 4]],
  ];
  for (const [order, expected] of orders)
    test(`order ${order}, then trace id`, async (open) => {
      const store = await open();
      await store.write([
        testSpan(4, 6, 0, { durationNs: 50_000_000n }),
        testSpan(1, 1, 0, { durationNs: 90_000_000n }),
        testSpan(2, 2, 1),
        testSpan(2, 3, 2),
        testSpan(3, 4, 5, { status: "error" }),
      ]);
      deepEqual(await ids(store, { order }), expected.map(testTraceId));
    });

  test("pages cover everything once, in every order, while traces arrive", async (open) => {
    const store = await open();
    for (let i = 1; i <= 23; i++) {
      await store.write([testSpan(i, i, i % 5, { status: i % 3 === 0 ? "error" : "ok", durationNs: BigInt(i % 4) })]);
    }
    for (const order of ["start", "duration", "spans", "errors"] as const) {
      const all = await ids(store, { order, limit: 500, end: BASE_MS + 100 });
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const next: TracePage = await page(store, {
          order,
          limit: 4,
          end: BASE_MS + 100,
          ...(cursor === null ? {} : { cursor }),
        });
        deepEqual(next.total, all.length);
        seen.push(...next.traces.map((trace) => trace.traceId));
        cursor = next.nextCursor;
        await store.write([testSpan(1000 + seen.length, 1, 50_000)]);
      } while (cursor !== null);
      deepEqual(seen, all);
    }
  });
}

reading();
conditions();
bounds();
malformed();
ordering();

export const SPAN_STORE_CASES: readonly ContractCase[] = cases;
