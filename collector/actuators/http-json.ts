/**
 * One HTTP request to a control plane, with a deadline. In: method, URL, headers, body; out: status and text, or that no
 * answer came, and whether the request may have arrived all the same. Redirects are not followed: tokens would go with them.
 */
import { withDeadline } from "./deadline.ts";

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

export interface NoAnswer {
  /** True where the request may have been carried out: it was sent, and the connection or the deadline ended after that. */
  readonly maySucceed: boolean;
  readonly message: string;
}

export interface HttpCall {
  readonly method: "GET" | "PUT" | "POST" | "PATCH" | "DELETE";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs?: number;
  /** Ends the call before its deadline. */
  readonly signal?: AbortSignal;
}

const TIMEOUT_MS = 10_000;
/** Errors of a connection that was never made: nothing was sent. */
const NOT_SENT = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]);

function codeOf(error: unknown): string | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && "code" in cause ? String(cause.code) : undefined;
}

export function callHttp(call: HttpCall): Promise<HttpAnswer | NoAnswer> {
  return withDeadline(call.timeoutMs ?? TIMEOUT_MS, call.signal, ({ signal }) => send(call, signal));
}

async function send({ method, url, headers, body }: HttpCall, signal: AbortSignal): Promise<HttpAnswer | NoAnswer> {
  try {
    const answer = await fetch(url, {
      method,
      redirect: "manual",
      signal,
      ...(headers === undefined ? {} : { headers }),
      ...(body === undefined ? {} : { body }),
    });
    return { status: answer.status, text: await answer.text(), headers: answer.headers };
  } catch (error) {
    const code = codeOf(error);
    const message = code ?? (error instanceof Error ? error.message : String(error));
    return { maySucceed: method !== "GET" && (code === undefined || !NOT_SENT.has(code)), message };
  }
}

export function isAnswer(result: HttpAnswer | NoAnswer): result is HttpAnswer {
  return "status" in result;
}
