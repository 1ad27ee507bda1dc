/**
 * Requests to Consul's HTTP API. In: paths, and the datacenter, namespace and partition that they are meant for; out: JSON
 * with the index it was read at, the status and text of writes, or a coded failure. A token, where one is needed, is read
 * from a file at each call, so that it may be renewed.
 */
import { readFile } from "node:fs/promises";
import { err, ok, type Result } from "../../lib/base/result.ts";
import type { TargetRef } from "../../lib/control/traffic/contract.ts";
import type { Json } from "../../lib/control/traffic/document.ts";
import type { ConsulControl } from "../config/config.ts";
import { callHttp, type HttpAnswer, isAnswer, type NoAnswer } from "./http-json.ts";
import type { ReadFailure } from "./traffic-api.ts";

export interface ConsulOptions extends ConsulControl {
  readonly timeoutMs?: number;
}

/** Members of a query; `true` stands without a value. */
export type Query = Readonly<Record<string, string | true | undefined>>;

export interface ConsulAnswer {
  readonly value: Json;
  /** 0 where Consul says none. */
  readonly index: number;
  /** Whether entries were left out since the token may not read them; older servers do not say. */
  readonly isFiltered: boolean;
}

/** Outside Consul Enterprise all is in this one, and the API takes no other. */
const DEFAULT_NAMESPACE = "default";

function queryText(query: Query): string {
  return Object.entries(query)
    .flatMap(([key, value]) =>
      value === undefined ? [] : [value === true ? key : `${key}=${encodeURIComponent(value)}`],
    )
    .join("&");
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function failureOf({ status, text }: HttpAnswer): ReadFailure {
  const message = text.trim().slice(0, 500);
  if (status === 404) return { code: "not_found", message };
  if (status === 403) return { code: "forbidden", message };
  return { code: "unavailable", message: `${status}: ${message}` };
}

export class ConsulHttp {
  readonly options: ConsulOptions;

  constructor(options: ConsulOptions) {
    this.options = options;
  }

  /** Where a configuration entry is. */
  entryPlace({ namespace }: Pick<TargetRef, "namespace">): Query {
    const { primaryDatacenter, datacenter } = this.options;
    return { dc: primaryDatacenter ?? datacenter, ...this.within(namespace) };
  }

  /** Where instances are. */
  instancePlace({ namespace }: Pick<TargetRef, "namespace">): Query {
    return { dc: this.options.datacenter, ...this.within(namespace) };
  }

  private within(namespace: string): Query {
    const isNamed = this.options.namespace !== undefined || namespace !== DEFAULT_NAMESPACE;
    return { ns: isNamed ? namespace : undefined, partition: this.options.partition };
  }

  /** What is listed when no entry is named. */
  get everywhere(): Query {
    return this.entryPlace({ namespace: this.options.namespace ?? DEFAULT_NAMESPACE });
  }

  /** `path` may have a query of its own. */
  urlOf(path: string, query: Query): string {
    const text = queryText(query);
    return `${this.options.url}${path}${text === "" ? "" : `${path.includes("?") ? "&" : "?"}${text}`}`;
  }

  private async headers(): Promise<Result<Record<string, string>, ReadFailure>> {
    const { tokenFile } = this.options;
    if (tokenFile === undefined) return ok({});
    try {
      return ok({ "x-consul-token": (await readFile(tokenFile, "utf8")).trim() });
    } catch (error) {
      const message = `the token cannot be read: ${error instanceof Error ? error.message : String(error)}`;
      return err({ code: "not_configured", message });
    }
  }

  private silent({ message }: NoAnswer): string {
    return `${this.options.url} does not answer (${message})`;
  }

  /** `waitMs` more than usual, for an answer that is held back until something changes. */
  async get(
    path: string,
    query: Query,
    held?: { readonly waitMs: number; readonly signal: AbortSignal },
  ): Promise<Result<ConsulAnswer, ReadFailure>> {
    const headers = await this.headers();
    if (!headers.ok) return headers;
    const timeoutMs = (this.options.timeoutMs ?? TIMEOUT_MS) + (held?.waitMs ?? 0);
    const more = held === undefined ? {} : { signal: held.signal };
    const answer = await callHttp({
      ...{ method: "GET", url: this.urlOf(path, query), headers: headers.value, timeoutMs },
      ...more,
    });
    if (!isAnswer(answer)) return err({ code: "unavailable", message: this.silent(answer) });
    if (answer.status !== 200) return err(failureOf(answer));
    const value = parsed(answer.text);
    if (value === undefined) return err({ code: "unreadable", message: `${path} answered no JSON` });
    const index = Number(answer.headers.get("x-consul-index") ?? 0);
    const isFiltered = answer.headers.get("x-consul-results-filtered-by-acls") === "true";
    return ok({ value, index: Number.isSafeInteger(index) ? index : 0, isFiltered });
  }

  /** Status and text, or why there are none; `maySucceed` false: nothing was sent. */
  async put(url: string, body: Json): Promise<HttpAnswer | NoAnswer> {
    const headers = await this.headers();
    if (!headers.ok) return { maySucceed: false, message: headers.error.message };
    const answer = await callHttp({
      ...{ method: "PUT", url, headers: headers.value, timeoutMs: this.options.timeoutMs ?? TIMEOUT_MS },
      body: JSON.stringify(body),
    });
    return isAnswer(answer) ? answer : { ...answer, message: this.silent(answer) };
  }
}

const TIMEOUT_MS = 10_000;
