/**
 * One refusal for every receiver: HTTP status, code and message. Printed as google.rpc.Status for OTLP (JSON or
 * protobuf, as the request was) and as `{code, message}` for Zipkin.
 */
import type { BodyError } from "./body.ts";

export interface Refusal {
  readonly status: number;
  /** Contract; the wording of `message` is not. */
  readonly code: string;
  readonly message: string;
  readonly retryAfterSec?: number;
}

const BODY_STATUS: Readonly<Record<BodyError["code"], number>> = {
  body_too_large: 413,
  gzip_corrupt: 400,
  intake_full: 503,
  body_cut_short: 400,
  encoding_unsupported: 415,
};

export function refuseBody(error: BodyError): Refusal {
  const refusal = { status: BODY_STATUS[error.code], code: error.code, message: error.message };
  return error.code === "intake_full" ? { ...refusal, retryAfterSec: 1 } : refusal;
}

/** google.rpc.Code for an HTTP status. */
const RPC_CODES: Readonly<Record<number, number>> = {
  400: 3,
  404: 12,
  405: 12,
  408: 4,
  411: 3,
  413: 8,
  415: 3,
  500: 13,
  503: 14,
};

export function rpcCode(status: number): number {
  return RPC_CODES[status] ?? 2;
}
