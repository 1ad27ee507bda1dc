import fc from "fast-check";
import { expect, test } from "vitest";
import { TRACE_FIXTURE } from "../../query/fixtures/trace-fixture.ts";
import { traceSchema } from "../../query/schema/traces.ts";
import { fastTraceSchema } from "./read-trace.ts";

test("reads what the schema reads", () => {
  const parsed = fastTraceSchema.safeParse(structuredClone(TRACE_FIXTURE));
  expect(parsed).toEqual({ success: true, data: TRACE_FIXTURE });
});

/** A member anywhere in the answer, replaced or removed. */
const BAD = [null, 5, "x", true, [], {}, { int: "1" }, { map: { a: [1] } }, { int: 1 }, [null], undefined];

function holdersOf(root: object): object[] {
  const out: object[] = [];
  const open: unknown[] = [root];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value !== "object" || value === null) continue;
    if (!Array.isArray(value)) out.push(value);
    open.push(...Object.values(value));
  }
  return out;
}

test("agrees with the schema on answers with one member changed", () => {
  let refused = 0;
  fc.assert(
    fc.property(fc.nat(), fc.nat(), fc.constantFrom(...BAD), (which, member, bad) => {
      const trace = structuredClone({ ...TRACE_FIXTURE, spans: TRACE_FIXTURE.spans.slice(15, 20) });
      const holders = holdersOf(trace);
      const holder = holders[which % holders.length] ?? {};
      const keys = Object.keys(holder);
      const key = keys[member % Math.max(1, keys.length)] ?? "spanId";
      if (bad === undefined) Reflect.deleteProperty(holder, key);
      else Reflect.set(holder, key, bad);
      const expected = traceSchema.safeParse(trace).success;
      if (!expected) refused++;
      expect(fastTraceSchema.safeParse(trace).success, `${key} = ${JSON.stringify(bad)}`).toBe(expected);
    }),
    { numRuns: 500 },
  );
  expect(refused).toBeGreaterThan(50);
});

test("names the span that is wrong", () => {
  const trace = { ...TRACE_FIXTURE, spans: [TRACE_FIXTURE.spans[0], { spanId: "x" }] };
  expect(fastTraceSchema.safeParse(trace)).toMatchObject({ error: { issues: [{ path: ["spans", 1] }] } });
  expect(fastTraceSchema.safeParse(null).success).toBe(false);
});
