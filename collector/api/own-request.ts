/**
 * Whether a request that changes something was made by this console or by a tool, and not by a page of another origin. In:
 * its headers; out: nothing, or the refusal. JSON cannot be sent across origins without a preflight, which is never
 * answered here; and what a browser says of the request's origin must be this server's own name.
 */
import type { IncomingHttpHeaders } from "node:http";
import type { ApiError } from "../../lib/query/schema/common.ts";

export interface OwnRefusal {
  readonly status: 403 | 415;
  readonly error: ApiError;
}

function isOwnOrigin({ origin, host }: IncomingHttpHeaders): boolean {
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
}

/** Errors: `cross_origin` (403), `content_type_unsupported` (415). */
export function foreignRequest(headers: IncomingHttpHeaders): OwnRefusal | undefined {
  const site = headers["sec-fetch-site"];
  if (!isOwnOrigin(headers) || site === "cross-site" || site === "same-site") {
    const message = "a request that changes something must come from this console or from no page at all";
    return { status: 403, error: { code: "cross_origin", message } };
  }
  const type = headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase();
  if (type === "application/json") return undefined;
  return {
    status: 415,
    error: { code: "content_type_unsupported", message: "Content-Type: application/json is expected" },
  };
}
