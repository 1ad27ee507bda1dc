/**
 * Zipkin v2: `POST /api/v2/spans` in JSON or protobuf (what App Mesh's agent sends by default), answered 202 with an empty
 * body. v1 is refused with a code. Zipkin has no partial success: items left out are counted on the sources page.
 */
import type { IncomingMessage } from "node:http";
import type { SpanFormat } from "../../lib/model/span-format.ts";
import { mediaType, type Protocol, pathOf } from "./exchange.ts";
import type { Refusal } from "./refusal.ts";

const NOTHING = Buffer.alloc(0);

function route(request: IncomingMessage): SpanFormat | Refusal {
  const path = pathOf(request);
  if (path === "/api/v1/spans") {
    return { status: 404, code: "zipkin_v1", message: "Zipkin v1 is not read; send v2 to /api/v2/spans" };
  }
  if (path !== "/api/v2/spans")
    return { status: 404, code: "not_found", message: `there is no ${path}; spans go to /api/v2/spans` };
  if (request.method !== "POST") {
    return { status: 405, code: "method_not_allowed", message: `${request.method ?? ""} ${path}: POST is expected` };
  }
  const type = mediaType(request);
  if (type === "application/json") return "zipkinJson";
  if (type === "application/x-protobuf") return "zipkinProtobuf";
  return {
    status: 415,
    code: "content_type_unsupported",
    message: `Content-Type '${type}': application/json or application/x-protobuf is expected`,
  };
}

export const zipkin: Protocol = {
  route,
  taken: () => ({ status: 202, type: "", body: NOTHING }),
  refused: (_request, { status, code, message }) => ({
    status,
    type: "application/json",
    body: Buffer.from(JSON.stringify({ code, message })),
  }),
};
