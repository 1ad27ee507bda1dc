/** What a span's operation is called where many of a kind are one: a route in place of each path that it serves. */
import type { Span } from "../model/span.ts";

/** A segment of a path that names one thing of many: digits, a UUID, or a long run of hex digits. */
const ONE_OF_MANY = /^(?:\d+|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{16,})$/i;

function text(span: Span, key: string): string {
  const value = span.attributes.get(key);
  return typeof value === "string" ? value : "";
}

/** The route, where the span says it; else the operation's own name, without a query and with `{id}` for such segments. */
export function operationName(span: Span): string {
  const route = text(span, "http.route");
  if (route !== "") {
    const method = text(span, "http.request.method") || text(span, "http.method");
    return method === "" ? route : `${method} ${route}`;
  }
  const [name = ""] = span.operation.split("?", 1);
  return name
    .split("/")
    .map((segment) => (ONE_OF_MANY.test(segment) ? "{id}" : segment))
    .join("/");
}
