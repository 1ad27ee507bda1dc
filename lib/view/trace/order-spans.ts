/**
 * In: the spans of one trace answer, in any order. Out: the same spans in one order that depends only on the set, with
 * start and duration as nanoseconds relative to the earliest start (exact up to 2^53 ns, 104 days; rounded beyond, which
 * moves a bar by less than a pixel). A time that is no decimal number counts as 0. Not handled: repair of clocks.
 */
import type { TraceSpan } from "../../query/schema/traces.ts";

export interface OrderedSpans {
  readonly spans: readonly TraceSpan[];
  /** Earliest start, Unix ns. */
  readonly originNs: bigint;
  /** Per span: start relative to the origin and duration, ns. */
  readonly startNs: Float64Array;
  readonly durationNs: Float64Array;
}

const DECIMAL = /^\d{1,20}$/;

/** A decimal string of ns; 0 for anything else, so that presenting stays total. */
export function parseNs(text: string): bigint {
  return DECIMAL.test(text) ? BigInt(text) : 0n;
}

/** Sorts by start, longer first, then by everything else that tells two spans apart. */
export function orderSpans(input: readonly TraceSpan[]): OrderedSpans {
  const absolute = new BigUint64Array(input.length);
  const length = new Float64Array(input.length);
  let originNs: bigint | undefined;
  for (const [i, span] of input.entries()) {
    const start = parseNs(span.startNs);
    absolute[i] = start;
    length[i] = Number(parseNs(span.durationNs));
    if (originNs === undefined || start < originNs) originNs = start;
  }
  const origin = originNs ?? 0n;
  const relative = new Float64Array(input.length);
  for (let i = 0; i < input.length; i++) relative[i] = Number((absolute[i] ?? 0n) - origin);
  const rank = Int32Array.from(input.keys());
  rank.sort((a, b) => {
    const byStart = (relative[a] ?? 0) - (relative[b] ?? 0);
    if (byStart !== 0) return byStart;
    const byLength = (length[b] ?? 0) - (length[a] ?? 0);
    return byLength !== 0 ? byLength : compareTied(input[a], input[b]);
  });
  const spans: TraceSpan[] = [];
  const startNs = new Float64Array(input.length);
  const durationNs = new Float64Array(input.length);
  for (const [position, index] of rank.entries()) {
    const span = input[index];
    if (span !== undefined) spans.push(span);
    startNs[position] = relative[index] ?? 0;
    durationNs[position] = length[index] ?? 0;
  }
  return { spans, originNs: origin, startNs, durationNs };
}

/** Spans that start and last alike: ids, then names, then all the rest as text (rare, so its cost does not matter). */
function compareTied(a: TraceSpan | undefined, b: TraceSpan | undefined): number {
  if (a === undefined || b === undefined) return 0;
  return (
    compareText(a.spanId, b.spanId) ||
    compareText(a.kind, b.kind) ||
    compareText(a.service, b.service) ||
    compareText(a.operation, b.operation) ||
    compareText(a.parentSpanId ?? "", b.parentSpanId ?? "") ||
    compareText(JSON.stringify(a), JSON.stringify(b))
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
