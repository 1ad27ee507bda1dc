/**
 * One body of spans → what its spans say of calls, without the spans: the store reads the body again from the log. In: the
 * whole, inflated body and when it was received (Unix ms). Out: how many spans it holds, their sides in order, and exactly
 * the rejects that `decodeSpans` gives: a body that is read from the log again gives the same.
 */
import { ok, type Result } from "../../lib/base/result.ts";
import { SPAN_READ_KEYS } from "../../lib/mesh/spans/read-keys.ts";
import { readSpan } from "../../lib/mesh/spans/read-span.ts";
import type { SpanFormat } from "../../lib/model/span-format.ts";
import type { SpanSide } from "../../lib/model/span-side.ts";
import { decodeSpans } from "../../lib/wire/decode-spans.ts";
import type { Reject } from "../../lib/wire/otlp/rejects.ts";
import { WantedKeys } from "../../lib/wire/otlp/wanted-keys.ts";
import type { WireError } from "../../lib/wire/otlp/wire-error.ts";
import { SideReader } from "./side-codec.ts";
import { decodeFrame } from "./side-frame.ts";

const READ = new WantedKeys(SPAN_READ_KEYS);

export interface DecodedSides {
  readonly spans: number;
  readonly sides: readonly SpanSide[];
  readonly rejects: readonly Reject[];
}

function handedOver(body: Uint8Array): Result<DecodedSides, WireError> {
  const frame = decodeFrame(body, new SideReader());
  const sides = frame?.batches.flatMap((batch) => batch.sides) ?? [];
  // A frame was read once before it was logged, and the log has a checksum.
  return ok({ spans: 0, sides, rejects: [] });
}

export function decodeSides(format: SpanFormat, body: Uint8Array, receivedMs: number): Result<DecodedSides, WireError> {
  if (format === "sides") return handedOver(body);
  const decoded = decodeSpans(format, body, receivedMs, READ);
  if (!decoded.ok) return decoded;
  const { spans, rejects } = decoded.value;
  const sides: SpanSide[] = [];
  for (const span of spans) {
    const side = readSpan(span);
    if (side !== undefined) sides.push(side);
  }
  return ok({ spans: spans.length, sides, rejects });
}
