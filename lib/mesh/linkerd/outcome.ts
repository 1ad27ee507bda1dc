/**
 * How a request ended, in Linkerd's words. In: labels. Out: gRPC status in decimal, the error as a flag, and whether the
 * request left the proxy. gRPC statuses are decimal in `response_total` and words in the route metrics.
 */
import type { Labels } from "./security.ts";

const GRPC_WORDS = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
];

/** Undefined where the request was not gRPC, or the status is none that gRPC has. */
export function grpcStatusOf(labels: Labels): string | undefined {
  const printed = labels.get("grpc_status") ?? "";
  if (/^(?:[0-9]|1[0-6])$/.test(printed)) return printed;
  const nth = GRPC_WORDS.indexOf(printed.toUpperCase());
  return nth < 0 ? undefined : String(nth);
}

/** Errors of the proxy are short words; anything else is an odd label and would only fill the flags of its row. */
export function errorFlags(error: string): readonly string[] {
  if (error === "") return [];
  return [/^[A-Za-z][A-Za-z /_-]{0,39}$/.test(error) ? error.toUpperCase().replaceAll(/[ /-]/g, "_") : "other"];
}

const NEVER_LEFT = new Set(["FAILFAST", "FAIL_FAST", "LOADSHED", "LOAD_SHED"]);

/** A proxy that fails fast or sheds load answers by itself. */
export function leftProxy(error: string): boolean {
  return !errorFlags(error).some((flag) => NEVER_LEFT.has(flag));
}
