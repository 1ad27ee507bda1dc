/**
 * Who a request comes from. In: its headers and the configured tokens, by their SHA-256. Out: a subject, or the refusal.
 * In mode none everybody is the machine's own user; that mode serves loopback only. Digests are compared in constant time,
 * every configured one, so that the time of a refusal says nothing.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { err, ok, type Result } from "../../lib/base/result.ts";
import { LOCAL_SUBJECT, type Subject } from "../../lib/query/access.ts";
import type { ApiError } from "../../lib/query/schema/common.ts";

export interface KnownToken {
  readonly subject: Subject;
  readonly sha256: Uint8Array;
}

export type Authenticate = (headers: IncomingHttpHeaders) => Result<Subject, ApiError>;

export const asLocalUser: Authenticate = () => ok(LOCAL_SUBJECT);

export function digestOfToken(token: string): Uint8Array {
  return createHash("sha256").update(token, "utf8").digest();
}

/** Errors: `token_missing`, `token_unknown`. */
export function byToken(tokens: readonly KnownToken[]): Authenticate {
  return (headers) => {
    const given = /^Bearer +(\S+)$/i.exec(headers.authorization ?? "")?.[1];
    if (given === undefined) {
      return err({ code: "token_missing", message: "this console asks for a token: Authorization: Bearer <token>" });
    }
    const digest = digestOfToken(given);
    let subject: Subject | undefined;
    for (const token of tokens) if (timingSafeEqual(token.sha256, digest)) subject = token.subject;
    return subject === undefined ? err({ code: "token_unknown", message: "the token is not known here" }) : ok(subject);
  };
}

/** What the configuration says: everybody local, or who has a token. */
export function authenticateBy(
  auth: { readonly mode: "none" } | { readonly mode: "token"; readonly tokens: readonly KnownToken[] },
): Authenticate {
  return auth.mode === "none" ? asLocalUser : byToken(auth.tokens);
}
