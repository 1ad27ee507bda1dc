/**
 * What OTLP/HTTP answers, in the encoding of the request: ExportTraceServiceResponse with its partial success, and
 * google.rpc.Status for a refusal. Field numbers: partial_success = 1 {rejected_spans = 1, error_message = 2};
 * Status {code = 1, message = 2}.
 */
import { describeRejects, type Reject, rejectedSpans } from "../../lib/wire/otlp/rejects.ts";
import { type Refusal, rpcCode } from "./refusal.ts";

export type OtlpEncoding = "application/x-protobuf" | "application/json";

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return Buffer.from([...bytes, rest]);
}

/** A varint field; proto3 leaves out zero. */
function intField(number: number, value: number): Buffer {
  return value === 0 ? Buffer.alloc(0) : Buffer.concat([varint(number * 8), varint(value)]);
}

function bytesField(number: number, value: Buffer): Buffer {
  return value.length === 0 ? value : Buffer.concat([varint(number * 8 + 2), varint(value.length), value]);
}

const SUCCESS: Readonly<Record<OtlpEncoding, Buffer>> = {
  "application/x-protobuf": Buffer.alloc(0),
  "application/json": Buffer.from("{}"),
};

/** Empty on full success, as the specification asks. */
export function exportResponse(encoding: OtlpEncoding, rejects: readonly Reject[]): Buffer {
  if (rejects.length === 0) return SUCCESS[encoding];
  const rejectedCount = rejectedSpans(rejects);
  const errorMessage = describeRejects(rejects);
  if (encoding === "application/json") {
    const partial = { partialSuccess: { rejectedSpans: String(rejectedCount), errorMessage } };
    return Buffer.from(JSON.stringify(partial));
  }
  const partial = Buffer.concat([intField(1, rejectedCount), bytesField(2, Buffer.from(errorMessage))]);
  return bytesField(1, partial);
}

export function statusBody(encoding: OtlpEncoding, refusal: Refusal): Buffer {
  const code = rpcCode(refusal.status);
  const message = `${refusal.code}: ${refusal.message}`;
  if (encoding === "application/json") return Buffer.from(JSON.stringify({ code, message }));
  return Buffer.concat([intField(1, code), bytesField(2, Buffer.from(message))]);
}
