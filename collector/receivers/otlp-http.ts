/**
 * OTLP/HTTP for traces: `POST /v1/traces` in protobuf or JSON, answered in the same. Metrics and logs are not built:
 * they are refused with `not_built`, since an accepted body that goes nowhere would be worse than an error.
 */
import type { IncomingMessage } from "node:http";
import type { SpanFormat } from "../../lib/model/span-format.ts";
import { mediaType, type Protocol, pathOf } from "./exchange.ts";
import { exportResponse, type OtlpEncoding, statusBody } from "./otlp-answer.ts";
import type { Refusal } from "./refusal.ts";

const FORMATS: ReadonlyMap<string, SpanFormat> = new Map([
  ["application/x-protobuf", "otlpProtobuf"],
  ["application/json", "otlpJson"],
]);

const NOT_BUILT = new Set(["/v1/metrics", "/v1/logs", "/v1development/profiles"]);

/** JSON for whoever sent neither: a person can read it. */
function answerEncoding(request: IncomingMessage): OtlpEncoding {
  return mediaType(request) === "application/x-protobuf" ? "application/x-protobuf" : "application/json";
}

function route(request: IncomingMessage): SpanFormat | Refusal {
  const path = pathOf(request);
  if (NOT_BUILT.has(path))
    return { status: 404, code: "not_built", message: `${path} is not built yet; nothing was kept` };
  if (path !== "/v1/traces")
    return { status: 404, code: "not_found", message: `there is no ${path}; traces go to /v1/traces` };
  if (request.method !== "POST") {
    return { status: 405, code: "method_not_allowed", message: `${request.method ?? ""} ${path}: POST is expected` };
  }
  const type = mediaType(request);
  const message = `Content-Type '${type}': application/x-protobuf or application/json is expected`;
  return FORMATS.get(type) ?? { status: 415, code: "content_type_unsupported", message };
}

export const otlpHttp: Protocol = {
  route,
  taken(request, rejects) {
    const type = answerEncoding(request);
    return { status: 200, type, body: exportResponse(type, rejects) };
  },
  refused(request, refusal) {
    const type = answerEncoding(request);
    return { status: refusal.status, type, body: statusBody(type, refusal) };
  },
};
