/** Traces for tests: from short rows, and at sizes that real traces reach. Times in µs from a fixed start. */
import type { Trace, TraceSpan } from "../../query/schema/traces.ts";

export const TEST_START_NS = 1_700_000_000_000_000_000n;

export interface ShortSpan {
  readonly id: string;
  readonly parent?: string;
  readonly at?: number;
  readonly us?: number;
  readonly service?: string;
  readonly operation?: string;
  readonly kind?: TraceSpan["kind"];
  readonly shared?: boolean;
  readonly error?: boolean;
  readonly attributes?: NonNullable<TraceSpan["attributes"]>;
}

export function testSpan(short: ShortSpan): TraceSpan {
  return {
    spanId: short.id,
    ...(short.parent === undefined ? {} : { parentSpanId: short.parent }),
    ...(short.shared === undefined ? {} : { shared: short.shared }),
    service: short.service ?? "web",
    operation: short.operation ?? "GET /",
    kind: short.kind ?? "internal",
    startNs: (TEST_START_NS + BigInt(Math.round((short.at ?? 0) * 1000))).toString(),
    durationNs: String(Math.round((short.us ?? 0) * 1000)),
    status: short.error === true ? "error" : "unset",
    ...(short.attributes === undefined ? {} : { attributes: short.attributes }),
  };
}

export function testTrace(spans: readonly TraceSpan[]): Trace {
  return {
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanCount: spans.length,
    startNs: TEST_START_NS.toString(),
    durationNs: "0",
    services: [],
    warnings: [],
    spans: [...spans],
  };
}

/** Each span is the only child of the one before. */
export function chainTrace(count: number): Trace {
  return testTrace(
    Array.from({ length: count }, (_, i) =>
      testSpan({ id: `c${i}`, ...(i === 0 ? {} : { parent: `c${i - 1}` }), at: i, us: 2 * count - 2 * i }),
    ),
  );
}

/** One root, the rest directly under it, every 1000th with an error. */
export function wideTrace(count: number): Trace {
  return testTrace(
    Array.from({ length: count }, (_, i) =>
      testSpan({
        id: `w${i}`,
        ...(i === 0 ? { us: count * 10 } : { parent: "w0", at: i * 10, us: 5, error: i % 1000 === 0 }),
        service: `s${i % 12}`,
        attributes: { "http.response.status_code": i % 1000 === 0 ? 503 : 200, "user.id": `u${i}` },
      }),
    ),
  );
}
