/**
 * Finds a message's encoder and decoder in the protobufjs static root that OpenTelemetry publishes, which comes as an
 * untyped value. For tests and benches only: the reference that our own reader is compared with.
 */
import { isBag } from "./json-walk.ts";

export interface ReferenceCodec {
  decode(bytes: Uint8Array): unknown;
  encode(message: unknown): { finish(): Uint8Array };
}

function isCodec(value: unknown): value is ReferenceCodec {
  const functions = typeof value === "function" ? Object.entries(value).filter(([, v]) => typeof v === "function") : [];
  const names = functions.map(([name]) => name);
  return names.includes("decode") && names.includes("encode");
}

/** `root`: the module's value or its default export. Undefined when the message is not there. */
export function referenceCodec(root: unknown, message: string): ReferenceCodec | undefined {
  let at: unknown = root;
  for (const step of message.split(".")) {
    const holder = at;
    at = isBag(holder) ? holder[step] : undefined;
  }
  return isCodec(at) ? at : undefined;
}

export const TRACE_REQUEST = "opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest";
export const TRACE_RESPONSE = "opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse";
