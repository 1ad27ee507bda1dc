/**
 * One request of the command line to the API. In: path, maybe a body; out: status and JSON, or why no answer came. Redirects
 * are not followed: a token goes to the API that was named.
 */
import { readFile } from "node:fs/promises";
import { err, ok, type Result } from "../../lib/base/result.ts";
import type { Access } from "./arguments.ts";

export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

const TIMEOUT_MS = 30_000;

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error && "code" in cause) return String(cause.code);
  return error instanceof Error ? error.message : String(error);
}

export class ApiClient {
  private readonly api: string;
  private readonly headers: Readonly<Record<string, string>>;

  private constructor(api: string, token: string | undefined) {
    this.api = api;
    this.headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  }

  /** Errors: the token's file cannot be read. */
  static async open({ api, token, tokenFile }: Access): Promise<Result<ApiClient, string>> {
    if (token !== undefined || tokenFile === undefined) return ok(new ApiClient(api, token));
    try {
      return ok(new ApiClient(api, (await readFile(tokenFile, "utf8")).trim()));
    } catch (error) {
      return err(`the token cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Errors: no answer, or one that is none of this API. */
  async call(path: string, body?: object): Promise<Result<ApiAnswer, string>> {
    try {
      const answer = await fetch(`${this.api}/api/v1${path}`, {
        method: body === undefined ? "GET" : "POST",
        redirect: "manual",
        signal: AbortSignal.timeout(TIMEOUT_MS),
        headers: { ...this.headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      try {
        return ok({ status: answer.status, body: JSON.parse(text) });
      } catch {
        return err(`${this.api} answers ${answer.status}, and not as Meshscope's API does`);
      }
    } catch (error) {
      return err(`${this.api} does not answer: ${reasonOf(error)}`);
    }
  }
}
