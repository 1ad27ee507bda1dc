/** `/api/v1/*`: the collector's API at this console's own origin. Streams, compressed bodies and aborts pass through. */
import { proxy } from "../../proxy.ts";

export const dynamic = "force-dynamic";

function pass(request: Request): Promise<Response> {
  const base = process.env["MESHSCOPE_API_URL"] ?? "http://127.0.0.1:4320";
  const message = `The collector at ${base} does not answer.`;
  return proxy(request, { base, prefix: "/api/v1", down: { code: "collector_unreachable", message } }, "/api/v1");
}

export { pass as DELETE, pass as GET, pass as HEAD, pass as PATCH, pass as POST, pass as PUT };
