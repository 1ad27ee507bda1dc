/**
 * How a call ended, as its span says it, under OpenTelemetry's names, their forerunners' and Envoy's (telemetry contract
 * §6.1: each tag may come under both). In: a span. Out: protocol, code, gRPC status, flags, time, and the share of requests
 * that its sampler kept. A call that is neither HTTP nor gRPC (a query, a message) counts as `http`, since the API's edges
 * know three protocols and `tcp` has no requests: its codes are then "ok" and "error".
 */
import type { Span } from "../../model/span.ts";
import type { SpanOutcome } from "../../model/span-side.ts";
import { flagsOf } from "../istio/flags.ts";
import { attribute } from "./attributes.ts";

function httpCode(span: Span): string | undefined {
  const code = attribute(span, "http.response.status_code", "http.status_code");
  if (code === "0") return "none";
  return code !== undefined && /^[1-5][0-9]{2}$/.test(code) ? code : undefined;
}

function grpcStatus(span: Span): string {
  const status = attribute(span, "rpc.grpc.status_code", "grpc.status_code") ?? "";
  return /^(?:[0-9]|1[0-6])$/.test(status) ? status : "";
}

const CONTENT_TYPES = ["grpc.content_type", "http.request.header.content-type", "rpc.request.metadata.content-type"];

function isGrpc(span: Span): boolean {
  if (attribute(span, ...CONTENT_TYPES)?.startsWith("application/grpc") === true) return true;
  if (attribute(span, "rpc.system", "rpc.system.name") === "grpc") return true;
  return attribute(span, "grpc.path", "grpc.authority", "rpc.grpc.status_code", "grpc.status_code") !== undefined;
}

/** A share in (0, 1]. */
function share(value: number): number | null {
  return value > 0 && value <= 1 ? value : null;
}

/**
 * `ot=th:<hex>` of W3C's tracestate (OpenTelemetry "TraceState: Probability Sampling"): the threshold below which random
 * values are dropped, as up to 14 hex digits with zeros left off at the right.
 */
function thresholdShare(traceState: string | undefined): number | null {
  const threshold = /(?:^|,)\s*ot=(?:[^,]*;)?th:([0-9a-f]{1,14})(?:[;,]|\s*$)/.exec(traceState ?? "")?.[1];
  if (threshold === undefined) return null;
  return share(1 - Number.parseInt(threshold.padEnd(14, "0"), 16) / 2 ** 56);
}

function sampledShare(span: Span): number | null {
  const threshold = thresholdShare(span.traceState);
  if (threshold !== null) return threshold;
  const probability = attribute(span, "sampling.probability");
  if (probability !== undefined) return share(Number(probability));
  // Jaeger's clients say on a root how it was chosen.
  const sampler = attribute(span, "sampler.type");
  if (sampler === "probabilistic") return share(Number(attribute(span, "sampler.param")));
  // One in N, as Honeycomb's samplers write it.
  const oneIn = attribute(span, "SampleRate");
  return oneIn === undefined ? null : share(1 / Number(oneIn));
}

export function outcomeOfSpan(span: Span): SpanOutcome {
  const grpc = grpcStatus(span);
  return {
    protocol: isGrpc(span) ? "grpc" : "http",
    endMs: Number((span.startNs + span.durationNs) / 1_000_000n),
    durationMs: Number(span.durationNs) / 1e6,
    code: httpCode(span) ?? (span.status === "error" ? "error" : "ok"),
    grpcStatus: grpc,
    flags: flagsOf(attribute(span, "response_flags") ?? ""),
    sampled: sampledShare(span),
  };
}
