/** `/api/session`: a token is tried at the collector and, where it is known, kept in the browser's cookie; or forgotten. */
import { failure, mayChangeState } from "../proxy.ts";
import { isToken, sessionCookie } from "../session-cookie.ts";

export const dynamic = "force-dynamic";

function isSecure(request: Request): boolean {
  return request.headers.get("x-forwarded-proto") === "https" || new URL(request.url).protocol === "https:";
}

function withCookie(request: Request, token: string | null): Response {
  const headers = { "set-cookie": sessionCookie(token, isSecure(request)), "cache-control": "no-store" };
  return Response.json({ signedIn: token !== null }, { headers });
}

async function tokenIn(request: Request): Promise<string | null> {
  const body: unknown = await request.json().catch(() => null);
  const token = typeof body === "object" && body !== null && "token" in body ? body.token : null;
  return typeof token === "string" && isToken(token) ? token : null;
}

export async function POST(request: Request): Promise<Response> {
  if (!mayChangeState(request)) return failure(403, "cross_origin", "sign in on the console itself");
  const token = await tokenIn(request);
  if (token === null) return failure(400, "token_malformed", "A token is letters, digits and ._~+/=-");
  const base = process.env["MESHSCOPE_API_URL"] ?? "http://127.0.0.1:4320";
  const answer = await fetch(new URL("/api/v1/meta", base), { headers: { authorization: `Bearer ${token}` } }).catch(
    () => null,
  );
  if (answer === null) return failure(502, "collector_unreachable", `The collector at ${base} does not answer`);
  if (answer.ok) return withCookie(request, token);
  if (answer.status === 401) return failure(401, "token_unknown", "The collector does not know this token");
  return failure(answer.status, "sign_in_failed", `The collector answered ${answer.status}`);
}

export function DELETE(request: Request): Response {
  if (!mayChangeState(request)) return failure(403, "cross_origin", "sign out on the console itself");
  return withCookie(request, null);
}
