/**
 * The conditions of a trace search that speak of one span, compiled once. In: a query. Out: a test on a span, or a coded
 * error naming the parameter. Durations are milliseconds in the query and nanoseconds in spans; bounds are inclusive.
 */
import { err, ok, type Result } from "../base/result.ts";
import { SPAN_KINDS, type Span } from "../model/span.ts";
import { type AttrExpression, parseAttrExpression, spanMatches } from "./attr-expression.ts";
import type { ApiError } from "./schema/common.ts";
import type { TraceQuery } from "./span-store.ts";

export type SpanTest = (span: Span) => boolean;

/**
 * Milliseconds to whole nanoseconds: integers exactly, whatever their size (a time of today is above 2^53 ns), fractions to
 * the nearest nanosecond. Taking the whole part off a double leaves the exact fraction.
 */
export function msToNs(ms: number): bigint {
  const whole = Math.trunc(ms);
  return BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole) * 1e6));
}

function oneOf(wanted: readonly string[] | undefined, read: (span: Span) => string): SpanTest[] {
  if (wanted === undefined || wanted.length === 0) return [];
  const set = new Set(wanted);
  return [(span) => set.has(read(span))];
}

function expressions(texts: readonly string[]): Result<AttrExpression[], ApiError> {
  const list: AttrExpression[] = [];
  for (const text of texts) {
    const parsed = parseAttrExpression(text);
    if (!parsed.ok) {
      const { code, message, position } = parsed.error;
      return err({ code, message: `${message} (at character ${position} of '${text}')`, field: "attr" });
    }
    list.push(parsed.value);
  }
  return ok(list);
}

/** Errors: `kind_unknown`, and the codes of attr-expression.ts. Every `attr` has to hold; other repeated parameters are OR. */
export function compileSpanTest(query: TraceQuery): Result<SpanTest, ApiError> {
  const unknown = query.kind?.find((kind) => !SPAN_KINDS.some((known) => known === kind));
  if (unknown !== undefined) {
    const message = `'${unknown}' is no span kind: ${SPAN_KINDS.join(", ")}`;
    return err({ code: "kind_unknown", message, field: "kind" });
  }
  const attrs = expressions(query.attr ?? []);
  if (!attrs.ok) return attrs;
  const from = msToNs(query.start);
  const to = msToNs(query.end);
  const tests: SpanTest[] = [
    (span) => span.startNs >= from && span.startNs < to,
    ...oneOf(query.service, (span) => span.service),
    ...oneOf(query.operation, (span) => span.operation),
    ...oneOf(query.kind, (span) => span.kind),
  ];
  const { minDurationMs, maxDurationMs, status } = query;
  if (status !== undefined) tests.push((span) => span.status === status);
  if (minDurationMs !== undefined) tests.push((span) => span.durationNs >= msToNs(minDurationMs));
  if (maxDurationMs !== undefined) tests.push((span) => span.durationNs <= msToNs(maxDurationMs));
  // All of them: a range over one key is two conditions, and "all conditions hold on one span" (api.md, "Traces").
  for (const expression of attrs.value) tests.push((span) => spanMatches(expression, span));
  return ok((span) => tests.every((test) => test(span)));
}
