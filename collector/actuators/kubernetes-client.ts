/**
 * Objects of an API server: read, listed page by page, patched, created. In: paths; out: documents as the server has them,
 * nothing dropped, or why there are none. The connection is made at the first call and again after credentials were refused.
 */
import { err, ok, type Result } from "../../lib/base/result.ts";
import { at, type Json, type JsonObject, listOf, objectOf, textOf } from "../../lib/control/traffic/document.ts";
import type { ResourceKind } from "../../lib/control/traffic/kubernetes.ts";
import { type AnswerFailure, readOutcome } from "../../lib/control/traffic/kubernetes-answer.ts";
import type { KubernetesControl } from "../config/config.ts";
import type { NoAnswer } from "./http-json.ts";
import { type Connection, connect } from "./kubernetes-connection.ts";
import { callKubernetes, type KubernetesCall, type ServerAnswer, streamKubernetes } from "./kubernetes-http.ts";
import type { ReadFailure } from "./traffic-api.ts";

export interface ObjectList {
  readonly items: readonly JsonObject[];
  /** Where a watch goes on from. */
  readonly revision: string;
}

export interface ClientOptions extends KubernetesControl {
  readonly timeoutMs?: number;
  /** Objects a page. */
  readonly pageSize?: number;
  /** A server ends a watch after this. */
  readonly watchSeconds?: number;
}

const TIMEOUT_MS = 10_000;
const PAGE_SIZE = 500;
/** A list whose pages are forgotten before it is through is begun again this often. */
const LIST_TRIES = 3;

const CODES: Readonly<Record<AnswerFailure["code"], ReadFailure["code"]>> = {
  not_found: "not_found",
  not_served: "not_found",
  forbidden: "forbidden",
  expired: "unavailable",
  unavailable: "unavailable",
  unreadable: "unreadable",
};

export function readFailureOf({ code, message }: AnswerFailure): ReadFailure {
  return { code: CODES[code], message };
}

export class KubernetesClient {
  readonly options: ClientOptions;
  private connection: Promise<Connection> | undefined;
  /** Versions that were found to be served, by group and resource. */
  private readonly versions = new Map<string, string>();

  constructor(options: ClientOptions) {
    this.options = options;
  }

  private async connected(): Promise<Connection | NoAnswer> {
    this.connection ??= connect(this.options);
    try {
      return await this.connection;
    } catch (error) {
      this.connection = undefined;
      return { maySucceed: false, message: error instanceof Error ? error.message : String(error) };
    }
  }

  /** Sends once. */
  async send(call: Omit<KubernetesCall, "timeoutMs">): Promise<ServerAnswer | NoAnswer> {
    const connection = await this.connected();
    if ("maySucceed" in connection) return connection;
    const answer = await callKubernetes(connection, { ...call, timeoutMs: this.options.timeoutMs ?? TIMEOUT_MS });
    // A kubeconfig that was renewed is read again.
    if ("status" in answer && answer.status === 401) this.connection = undefined;
    return answer;
  }

  /** `signal` ends it before its deadline. */
  async get(path: string, signal?: AbortSignal): Promise<Result<JsonObject, AnswerFailure>> {
    const answer = await this.send({ method: "GET", path, ...(signal === undefined ? {} : { signal }) });
    if (!("status" in answer)) return err({ code: "unavailable", message: this.silence(answer) });
    return readOutcome(answer.status, answer.text);
  }

  /** The words for no answer. */
  silence({ message }: NoAnswer): string {
    return `the API server of ${this.options.name} does not answer (${message})`;
  }

  /** All objects of a collection. Errors: `expired` where its pages were forgotten again and again. */
  async list(
    path: string,
    query: Readonly<Record<string, string>> = {},
    signal?: AbortSignal,
  ): Promise<Result<ObjectList, AnswerFailure>> {
    for (let tries = 1; ; tries++) {
      const listed = await this.listOnce(path, query, signal);
      if (listed.ok || listed.error.code !== "expired" || tries === LIST_TRIES) return listed;
    }
  }

  private async listOnce(
    path: string,
    query: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
  ): Promise<Result<ObjectList, AnswerFailure>> {
    const items: JsonObject[] = [];
    let next = "";
    for (;;) {
      const parameters = new URLSearchParams({ ...query, limit: String(this.options.pageSize ?? PAGE_SIZE) });
      if (next !== "") parameters.set("continue", next);
      const page = await this.get(`${path}?${parameters}`, signal);
      if (!page.ok) return page;
      items.push(...listOf(at(page.value, "items")).map((item) => objectOf(item) ?? {}));
      next = textOf(at(page.value, "metadata", "continue")) ?? "";
      if (next === "") return ok({ items, revision: textOf(at(page.value, "metadata", "resourceVersion")) ?? "" });
    }
  }

  async create(path: string, body: Json): Promise<Result<JsonObject, AnswerFailure>> {
    const answer = await this.send({
      method: "POST",
      path,
      contentType: "application/json",
      body: JSON.stringify(body),
    });
    if (!("status" in answer)) return err({ code: "unavailable", message: this.silence(answer) });
    return readOutcome(answer.status === 201 ? 200 : answer.status, answer.text);
  }

  /** Lines of a watch. Throws where nothing answers. */
  async stream(path: string, signal: AbortSignal, onLine: (line: string) => void): Promise<ServerAnswer> {
    const connection = await this.connected();
    if ("maySucceed" in connection) throw new Error(connection.message);
    return streamKubernetes(connection, path, signal, onLine);
  }

  /** The first of the versions that are understood and served; null where none is. What was found is remembered. */
  async servedVersion(kind: ResourceKind, signal?: AbortSignal): Promise<Result<string | null, AnswerFailure>> {
    const key = `${kind.group}/${kind.resource}`;
    const known = this.versions.get(key);
    if (known !== undefined) return ok(known);
    const group = await this.get(`/apis/${kind.group}`, signal);
    if (!group.ok) return group.error.code === "not_served" || group.error.code === "not_found" ? ok(null) : group;
    const served = listOf(at(group.value, "versions")).map((version) => textOf(at(version, "version")));
    for (const version of kind.versions.filter((one) => served.includes(one))) {
      const resources = await this.get(`/apis/${kind.group}/${version}`, signal);
      if (!resources.ok) return resources;
      if (listOf(at(resources.value, "resources")).some((one) => at(one, "name") === kind.resource)) {
        this.versions.set(key, version);
        return ok(version);
      }
    }
    return ok(null);
  }

  /** After an upgrade of a mesh another version may be served. */
  forgetVersions(): void {
    this.versions.clear();
  }
}
