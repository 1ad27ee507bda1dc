/**
 * ExportTraceServiceRequest in protobuf → columns (opentelemetry-proto trace/v1). In: a body. Out: typed columns;
 * attributes, events and links stay byte ranges. A malformed body is refused whole with a code, the byte offset and the
 * path; nothing throws. Unknown fields and known ones of another wire type are skipped; groups are refused. What is wrong
 * inside an attribute, event or link is found when it is read (translate.ts) and loses that span only.
 */
import { err, ok, type Result } from "../../base/result.ts";
import type { OtlpColumns } from "./columns.ts";
import { readTraces } from "./kernel-traces.ts";
import { PROTOBUF_FAULTS, type WireError, type WireErrorCode } from "./wire-error.ts";

/** Entries are offset × 4 + kind in 32 bits. */
const MAX_BYTES = 1 << 28;

const MESSAGES: Partial<Record<WireErrorCode, string>> = {
  ...PROTOBUF_FAULTS,
  too_many_attributes: "more attributes, events and links in one body than 128 MiB of index hold",
  body_too_large: "the body has 256 MiB or more",
};

function refuse(code: WireErrorCode, offset: number, path: string): Result<never, WireError> {
  return err({ code, message: MESSAGES[code] ?? code, path, offset });
}

/** Errors: the codes of `MESSAGES`. An empty body is an empty request. */
export function decodeOtlpTraces(bytes: Uint8Array): Result<OtlpColumns, WireError> {
  if (bytes.length >= MAX_BYTES) return refuse("body_too_large", 0, "request");
  const read = readTraces(bytes);
  return "code" in read ? refuse(read.code, read.offset, read.path) : ok(read);
}
