/**
 * The rules of the console's same-origin proxies: which upstream, what may change state, and what to say when the
 * upstream is not there. The Host header is passed on as it came, so that the upstream's allow-list speaks for both.
 */
import { forward } from "./forward.ts";

interface Upstream {
  /** Base address, e.g. `http://127.0.0.1:4320`; read per request, since it may be set when the process starts. */
  readonly base: string;
  /** Path prefix there. */
  readonly prefix: string;
  readonly down: { readonly code: string; readonly message: string };
}

export function failure(status: number, code: string, message: string): Response {
  return Response.json({ code, message }, { status, headers: { "cache-control": "no-store" } });
}

/** A page of another origin can neither set this content type without asking nor send this origin. */
export function mayChangeState(request: Request): boolean {
  const origin = request.headers.get("origin");
  const ownOrigin = origin === null || (URL.canParse(origin) && new URL(origin).host === request.headers.get("host"));
  return ownOrigin && (request.headers.get("content-type") ?? "").startsWith("application/json");
}

function target(request: Request, upstream: Upstream, mount: string): URL | null {
  const { pathname, search } = new URL(request.url);
  const rest = pathname.slice(mount.length);
  if (!URL.canParse(`${upstream.prefix}${rest}${search}`, upstream.base)) return null;
  return new URL(`${upstream.prefix}${rest}${search}`, upstream.base);
}

export async function proxy(request: Request, upstream: Upstream, mount: string): Promise<Response> {
  const reading = request.method === "GET" || request.method === "HEAD";
  if (!reading && !mayChangeState(request))
    return failure(403, "cross_origin", "a request that changes something must be JSON and come from this console");
  const url = target(request, upstream, mount);
  if (url === null) return failure(502, "bad_upstream", `the configured address ${upstream.base} is no URL`);
  const answer = await forward(request, url);
  return answer ?? failure(502, upstream.down.code, upstream.down.message);
}
