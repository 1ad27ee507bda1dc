/**
 * The one door to the API: fetches a same-origin path, checks the answer against its schema, and turns everything that
 * is not that answer into an `ApiFailure` with a code. Revalidation by ETag is the browser cache's own.
 */
import { errorSchema } from "../../lib/query/schema/common.ts";

export class ApiFailure extends Error {
  readonly code: string;
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** Commands that do the same by hand. */
  readonly breakGlass: readonly string[];

  constructor(code: string, message: string, status: number, breakGlass: readonly string[] = []) {
    super(message);
    this.name = "ApiFailure";
    this.code = code;
    this.status = status;
    this.breakGlass = breakGlass;
  }
}

/** What a zod schema offers here. */
export interface Parser<T> {
  safeParse(value: unknown):
    | { readonly success: true; readonly data: T }
    | {
        readonly success: false;
        readonly error: { readonly issues: readonly { path: PropertyKey[]; message: string }[] };
      };
}

export function parseWith<T>(schema: Parser<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue === undefined ? "" : `: ${issue.path.map(String).join(".")}: ${issue.message}`;
  throw new ApiFailure("schema_mismatch", `the answer of ${what} is not what this version expects${where}`, 200);
}

/** What takes longer has no answer: a query's work ends after 10 s at the API, and a machine may be busy. */
const ANSWER_MS = 30_000;

/** Rethrows that it was called off, or that it took too long. */
function failedBy(error: unknown, init: RequestInit): unknown {
  if (!(error instanceof DOMException)) return null;
  if (error.name === "AbortError") return error;
  if (error.name !== "TimeoutError") return null;
  const unsure = init.method === undefined ? "" : "; whether it was done is not known";
  return new ApiFailure("no_answer", `no answer within ${ANSWER_MS / 1000} s${unsure}`, 0);
}

async function body(response: Response, init: RequestInit): Promise<unknown> {
  try {
    return await response.json();
  } catch (error) {
    const failed = failedBy(error, init);
    if (failed !== null) throw failed;
    return null;
  }
}

async function request<T>(url: string, schema: Parser<T>, init: RequestInit): Promise<T> {
  const limit = AbortSignal.timeout(ANSWER_MS);
  const signal = init.signal ? AbortSignal.any([init.signal, limit]) : limit;
  const response = await fetch(url, { ...init, signal }).catch((error: unknown) => {
    throw failedBy(error, init) ?? new ApiFailure("network", "the console's server did not answer", 0);
  });
  const value = await body(response, init);
  if (response.ok) return parseWith(schema, value, url.split("?")[0] ?? url);
  const parsed = errorSchema.safeParse(value);
  if (!parsed.success) throw new ApiFailure(`http_${response.status}`, response.statusText, response.status);
  throw new ApiFailure(parsed.data.code, parsed.data.message, response.status, parsed.data.breakGlass);
}

/** `path` below `/api/v1`, with its query. */
export function apiGet<T>(path: string, schema: Parser<T>, signal?: AbortSignal): Promise<T> {
  return request(`/api/v1${path}`, schema, signal === undefined ? {} : { signal });
}

/** The simulated estate's control API, below `/api/demo`. */
export function demoGet<T>(path: string, schema: Parser<T>, signal?: AbortSignal): Promise<T> {
  return request(`/api/demo${path}`, schema, signal === undefined ? {} : { signal });
}

export function demoPost<T>(path: string, schema: Parser<T>, value: unknown): Promise<T> {
  const headers = { "content-type": "application/json" };
  return request(`/api/demo${path}`, schema, { method: "POST", headers, body: JSON.stringify(value) });
}

/** What changes something, below `/api/v1`. */
export function apiPost<T>(path: string, schema: Parser<T>, value: unknown): Promise<T> {
  const headers = { "content-type": "application/json" };
  return request(`/api/v1${path}`, schema, { method: "POST", headers, body: JSON.stringify(value) });
}

/** The browser's own session: POST a token, or DELETE it. */
export function sessionRequest<T>(method: "POST" | "DELETE", schema: Parser<T>, value: unknown): Promise<T> {
  const headers = { "content-type": "application/json" };
  return request("/api/session", schema, { method, headers, body: JSON.stringify(value) });
}

export function asFailure(error: unknown): ApiFailure | null {
  if (error === null || error === undefined) return null;
  if (error instanceof ApiFailure) return error;
  return new ApiFailure("console_error", error instanceof Error ? error.message : String(error), 0);
}
