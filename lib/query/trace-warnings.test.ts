/** Warnings and parents of traces, small ones by hand and one that is 72,000 levels deep. */
import { expect, test } from "vitest";
import { parseSpanId, parseTraceId, type Span } from "../model/span.ts";
import { rootIndex, traceTree } from "./trace-tree.ts";
import { traceWarnings } from "./trace-warnings.ts";

function id(seed: number): Span["spanId"] {
  const parsed = parseSpanId(seed.toString(16).padStart(16, "0"));
  if (parsed === undefined) throw new Error("malformed id in a test");
  return parsed;
}

function traceId(): Span["traceId"] {
  const parsed = parseTraceId("1".repeat(32));
  if (parsed === undefined) throw new Error("malformed id in a test");
  return parsed;
}

/** Times in µs from 1,000. */
function span(own: number, parent: number | undefined, startUs: number, fields: Partial<Span> = {}): Span {
  return {
    traceId: traceId(),
    spanId: id(own),
    ...(parent === undefined ? {} : { parentSpanId: id(parent) }),
    shared: false,
    kind: "internal",
    startNs: BigInt(1_000 + startUs) * 1000n,
    durationNs: 100_000n,
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

function warnings(spans: readonly Span[]): Record<string, number> {
  return Object.fromEntries(traceWarnings(traceTree(spans)).map(({ code, spans: n }) => [code, n]));
}

test("a sound trace has none", () => {
  expect(warnings([span(1, undefined, 0), span(2, 1, 10), span(3, 2, 20)])).toEqual({});
});

test("a parent that is not there", () => {
  const spans = [span(2, 1, 10), span(3, 2, 20)];
  expect(warnings(spans)).toEqual({ parent_missing: 1 });
  expect(rootIndex(traceTree(spans))).toBe(0);
});

test("a cycle counts its members and not those below it", () => {
  const spans = [span(1, 3, 0), span(2, 1, 1), span(3, 2, 2), span(4, 3, 3), span(5, 5, 4)];
  expect(warnings(spans)).toEqual({ parent_cycle: 4 });
});

test("two spans with one id, but for the halves of a shared id", () => {
  const client = span(2, 1, 10, { kind: "client" });
  const server = span(2, 1, 11, { kind: "server", shared: true, service: "cart" });
  const root = span(1, undefined, 0);
  expect(warnings([root, client, server])).toEqual({});
  expect(warnings([root, client, { ...client, startNs: client.startNs + 1n }])).toEqual({ duplicate_span: 1 });
});

test("the halves of a shared id are parent and child, and children belong to the server half", () => {
  const client = span(2, 1, 10, { kind: "client" });
  const server = span(2, 1, 11, { kind: "server", shared: true, service: "cart" });
  const below = span(3, 2, 12, { service: "cart" });
  const tree = traceTree([below, server, client, span(1, undefined, 0)]);
  expect([...tree.parents]).toEqual([1, 2, 3, -1]);
});

test("a child before its parent is skew, one after its end is late, a consumer may be", () => {
  const root = span(1, undefined, 100);
  expect(warnings([root, span(2, 1, 90)])).toEqual({ clock_skew: 1 });
  expect(warnings([root, span(2, 1, 99)])).toEqual({});
  expect(warnings([root, span(2, 1, 300)])).toEqual({ late: 1 });
  expect(warnings([root, span(2, 1, 300, { kind: "consumer" })])).toEqual({});
});

test("72,000 levels, and a cycle as long", () => {
  const deep = Array.from({ length: 72_000 }, (_, i) => span(i + 1, i === 0 ? undefined : i, 0));
  expect(warnings(deep)).toEqual({});
  const ring = Array.from({ length: 72_000 }, (_, i) => span(i + 1, i === 0 ? 72_000 : i, 0));
  expect(warnings(ring)).toEqual({ parent_cycle: 72_000 });
});
