/**
 * The browser's token: in a cookie that no script reads and no other site sends, and on its way to the API an
 * Authorization header. The API itself reads no cookie, so a page of another origin cannot borrow it.
 */
export const SESSION_COOKIE = "meshscope_token";

/** RFC 6265 cookie-octets that a bearer token (RFC 6750) is made of. */
const TOKEN = /^[A-Za-z0-9._~+/=-]{1,512}$/;

export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

export function tokenOf(cookies: string | null): string | null {
  for (const part of (cookies ?? "").split(";")) {
    const [name, ...value] = part.trim().split("=");
    if (name === SESSION_COOKIE && isToken(value.join("="))) return value.join("=");
  }
  return null;
}

/** `token` null: the cookie goes. */
export function sessionCookie(token: string | null, secure: boolean): string {
  const life = token === null ? "Max-Age=0" : "Max-Age=43200";
  return `${SESSION_COOKIE}=${token ?? ""}; Path=/; HttpOnly; SameSite=Strict; ${life}${secure ? "; Secure" : ""}`;
}
