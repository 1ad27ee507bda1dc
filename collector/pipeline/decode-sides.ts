/**
 * One body of spans → what its spans say of calls, without the spans: the store reads the body again from the log. In: the
 * whole, inflated body and when it was received (Unix ms). Out: how many spans it holds, their sides in order, and exactly
 * the rejects that `decodeSpans` gives: a body that is read from the log again gives the same.
 */
import { ok, type Result } from "../../lib/base/result.ts";
import { readSpan } from "../../lib/mesh/spans/read-span.ts";
import type { SpanFormat } from "../../lib/model/span-format.ts";
import { batchOf, type SideBatch, SideWriter } from "../../lib/rollup/side-batch.ts";
import { ColumnsDecoder } from "../../lib/wire/decode-columns.ts";
import { decodeSpans, MAX_FUTURE_MS, withoutFuture } from "../../lib/wire/decode-spans.ts";
import type { OtlpColumns } from "../../lib/wire/otlp/columns.ts";
import { giveBack } from "../../lib/wire/otlp/kernel-traces.ts";
import type { Reject } from "../../lib/wire/otlp/rejects.ts";
import type { WireError } from "../../lib/wire/otlp/wire-error.ts";
import { otlpSides } from "./kernel-otlp-sides.ts";
import { SideReader } from "./side-codec.ts";
import { decodeFrame } from "./side-frame.ts";

const writer = new SideWriter();
const decoder = new ColumnsDecoder();

export interface DecodedSides {
  readonly spans: number;
  readonly sides: SideBatch;
  readonly rejects: readonly Reject[];
}

function sidesOf(columns: OtlpColumns, receivedMs: number): DecodedSides {
  const { spans, sides, rejects, late } = otlpSides.read(columns, BigInt(receivedMs + MAX_FUTURE_MS) * 1_000_000n);
  return {
    spans,
    sides,
    rejects: late.length === 0 ? rejects : withoutFuture({ spans: late, rejects }, receivedMs).rejects,
  };
}

function handedOver(body: Uint8Array): Result<DecodedSides, WireError> {
  const frame = decodeFrame(body, new SideReader());
  const sides = batchOf(frame?.batches.flatMap((batch) => batch.sides) ?? []);
  // A frame was read once before it was logged, and the log has a checksum.
  return ok({ spans: 0, sides, rejects: [] });
}

export function decodeSides(format: SpanFormat, body: Uint8Array, receivedMs: number): Result<DecodedSides, WireError> {
  if (format === "sides") return handedOver(body);
  const columns = decoder.columns(format, body);
  if (columns !== undefined) {
    if (!columns.ok) return columns;
    const read = sidesOf(columns.value, receivedMs);
    // The tape is nobody's any more: a body of five spans spends more on fresh memory than on a span.
    giveBack(columns.value);
    return ok(read);
  }
  const decoded = decodeSpans(format, body, receivedMs);
  if (!decoded.ok) return decoded;
  const { spans, rejects } = decoded.value;
  writer.begin();
  for (const span of spans) {
    const side = readSpan(span);
    if (side !== undefined) writer.push(side);
  }
  return ok({ spans: spans.length, sides: writer.batch(), rejects });
}
