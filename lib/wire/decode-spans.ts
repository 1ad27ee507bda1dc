/**
 * One body of spans, of any format → canonical spans and what was left out. In: the whole, inflated body and when it was
 * received (Unix ms). Out: the same for the same input, whenever it is asked for: a body that is read from the log again
 * gives the spans that it gave when it came. Spans that start more than 10 minutes after they were received are left out.
 */
import { ok, type Result } from "../base/result.ts";
import type { SpanFormat } from "../model/span-format.ts";
import { decodeOtlpJson, translateOtlpJson } from "./otlp/json.ts";
import { decodeOtlpTraces } from "./otlp/protobuf.ts";
import { RejectTally, type Translation } from "./otlp/rejects.ts";
import { translateOtlp } from "./otlp/translate.ts";
import type { WireError } from "./otlp/wire-error.ts";
import { decodeZipkinJson, translateZipkin } from "./zipkin/json.ts";
import { decodeZipkinProtobuf } from "./zipkin/protobuf.ts";

/** A clock more than this ahead of ours would put spans where no window looks. */
export const MAX_FUTURE_MS = 10 * 60_000;

function translate(format: SpanFormat, body: Uint8Array): Result<Translation, WireError> {
  switch (format) {
    case "otlpProtobuf": {
      const columns = decodeOtlpTraces(body);
      return columns.ok ? ok(translateOtlp(columns.value)) : columns;
    }
    case "otlpJson": {
      const scopes = decodeOtlpJson(body);
      return scopes.ok ? ok(translateOtlpJson(scopes.value)) : scopes;
    }
    case "zipkinJson": {
      const spans = decodeZipkinJson(body);
      return spans.ok ? ok(translateZipkin(spans.value)) : spans;
    }
    case "sides":
      return ok({ spans: [], rejects: [] });
    case "zipkinProtobuf": {
      const spans = decodeZipkinProtobuf(body);
      return spans.ok ? ok(translateZipkin(spans.value)) : spans;
    }
  }
}

/** Spans that start too late are left out and counted. */
export function withoutFuture({ spans, rejects }: Translation, receivedMs: number): Translation {
  const limit = BigInt(receivedMs + MAX_FUTURE_MS) * 1_000_000n;
  if (!spans.some((span) => span.startNs > limit)) return { spans, rejects };
  const tally = new RejectTally();
  const kept = spans.filter((span) => {
    if (span.startNs <= limit) return true;
    tally.add("in_future", "span", () => `trace ${span.traceId} span ${span.spanId}`);
    return false;
  });
  return { spans: kept, rejects: [...rejects, ...tally.list()] };
}

/** Errors: the format's own; the whole body is refused then. */
export function decodeSpans(format: SpanFormat, body: Uint8Array, receivedMs: number): Result<Translation, WireError> {
  const translated = translate(format, body);
  return translated.ok ? ok(withoutFuture(translated.value, receivedMs)) : translated;
}
