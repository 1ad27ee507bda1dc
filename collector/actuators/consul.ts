/**
 * Consul's configuration entries, over its HTTP API. In: service-splitters to read and plans to put with compare-and-set;
 * out: states, outcomes, and what stands behind each backend (passing instances of a subset, by the resolver's filter). A
 * token, where one is needed, is read from a file at each call, so that it may be renewed. Not handled: admin partitions.
 */
import { readFile } from "node:fs/promises";
import { err, ok, type Result } from "../../lib/base/result.ts";
import { detectOwners, NO_CLAIMANTS, type Ownership } from "../../lib/control/owners/detect.ts";
import { putOutcome, readSplitter } from "../../lib/control/traffic/consul.ts";
import { readRouter } from "../../lib/control/traffic/consul-rules.ts";
import type { ApplyResult, Plan, TargetRef, TrafficState } from "../../lib/control/traffic/contract.ts";
import { at, type Json, type JsonObject, listOf, objectOf, textOf } from "../../lib/control/traffic/document.ts";
import { absentState } from "../../lib/control/traffic/rules.ts";
import { callHttp, type HttpAnswer, isAnswer } from "./http-json.ts";
import { shellWord } from "./shell-word.ts";
import type { BackendFacts, ReadFailure, TrafficApi } from "./traffic-api.ts";

export interface ConsulOptions {
  /** `TargetRef.cluster` of what is here. */
  readonly name: string;
  /** Without a path: `http://127.0.0.1:8500`. */
  readonly url: string;
  readonly tokenFile?: string;
  readonly timeoutMs?: number;
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

export class ConsulTraffic implements TrafficApi {
  private readonly options: ConsulOptions;

  constructor(options: ConsulOptions) {
    this.options = options;
  }

  private async headers(): Promise<Record<string, string>> {
    const { tokenFile } = this.options;
    return tokenFile === undefined ? {} : { "x-consul-token": (await readFile(tokenFile, "utf8")).trim() };
  }

  private async get(path: string): Promise<Result<Json, ReadFailure>> {
    const { url, timeoutMs } = this.options;
    const call = { method: "GET", url: `${url}${path}`, headers: await this.headers() } as const;
    const answer = await callHttp({ ...call, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
    if (!isAnswer(answer)) return err({ code: "unavailable", message: `${url} does not answer (${answer.message})` });
    if (answer.status !== 200) return err(failureOf(answer));
    const value = parsed(answer.text);
    return value === undefined ? err({ code: "unreadable", message: `${path} answered no JSON` }) : ok(value);
  }

  async list(): Promise<Result<readonly TargetRef[], ReadFailure>> {
    const entries = await this.get("/v1/config/service-splitter");
    if (!entries.ok) return entries;
    return ok(
      listOf(entries.value).flatMap((entry) => {
        const name = textOf(at(entry, "Name"));
        const namespace = textOf(at(entry, "Namespace")) ?? "default";
        return name === undefined ? [] : [{ driver: "consul", cluster: this.options.name, namespace, name }];
      }),
    );
  }

  async read(target: TargetRef): Promise<Result<TrafficState, ReadFailure>> {
    const kind = target.part === "router" ? "service-router" : "service-splitter";
    const entry = await this.get(`/v1/config/${kind}/${encodeURIComponent(target.name)}?consistent`);
    if (!entry.ok) return entry;
    const object = objectOf(entry.value);
    if (object === undefined) return err({ code: "unreadable", message: `${target.name} is no entry` });
    return ok(target.part === "router" ? readRouter(target, object) : readSplitter(target, object));
  }

  async owners(state: TrafficState): Promise<Result<Ownership, ReadFailure>> {
    return ok(detectOwners(state.raw, "ServiceSplitter", NO_CLAIMANTS));
  }

  /** Subsets of a service by name, as its resolver filters them; none where it has no resolver. */
  private async subsets(service: string): Promise<Result<JsonObject, ReadFailure>> {
    const entry = await this.get(`/v1/config/service-resolver/${encodeURIComponent(service)}?consistent`);
    if (!entry.ok) return entry.error.code === "not_found" ? ok({}) : entry;
    return ok(objectOf(at(entry.value, "Subsets")) ?? {});
  }

  async backends(state: TrafficState, routeKey: string): Promise<Result<readonly BackendFacts[], ReadFailure>> {
    const route = state.routes.find(({ key }) => key === routeKey);
    const facts: BackendFacts[] = [];
    for (const { id } of route?.backends ?? []) {
      const fact = await this.backend(id);
      if (!fact.ok) return fact;
      facts.push(fact.value);
    }
    return ok(facts);
  }

  private async backend(id: string): Promise<Result<BackendFacts, ReadFailure>> {
    const [service = "", subset] = id.split("/");
    const subsets: Result<JsonObject, ReadFailure> = subset === undefined ? ok({}) : await this.subsets(service);
    if (!subsets.ok) return subsets;
    const known = subset === undefined ? {} : objectOf(subsets.value[subset]);
    if (known === undefined) return ok({ id, readyEndpoints: 0, exists: false, pods: [] });
    const filter = textOf(at(known, "Filter")) ?? "";
    const query = filter === "" ? "passing" : `passing&filter=${encodeURIComponent(filter)}`;
    const passing = await this.get(`/v1/health/service/${encodeURIComponent(service)}?${query}`);
    if (!passing.ok) return passing;
    const pods = listOf(passing.value).map((instance) => ({
      name: textOf(at(instance, "Service", "ID")) ?? "",
      version: textOf(at(instance, "Service", "Meta", "version")) ?? subset ?? "",
      ready: true,
    }));
    return ok({ id, readyEndpoints: pods.length, exists: true, pods });
  }

  /** The API has none. */
  async dryRun(): Promise<undefined> {
    return undefined;
  }

  async apply({ request, target }: Plan, intentId: string): Promise<ApplyResult> {
    if (request.api !== "consul") return { kind: "invalid", message: `a plan for ${request.api} came to Consul` };
    const { url, timeoutMs } = this.options;
    const body = request.method === "DELETE" ? {} : { body: JSON.stringify(request.body) };
    const call = { method: request.method, url: `${url}${request.path}`, ...body };
    const answer = await callHttp({
      ...call,
      headers: await this.headers(),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
    if (!isAnswer(answer)) {
      return answer.maySucceed
        ? { kind: "unknown", intentId }
        : { kind: "unavailable", message: `${url} does not answer (${answer.message})` };
    }
    const outcome = putOutcome(answer.status, answer.text);
    if (typeof outcome !== "string") return outcome;
    const now = await this.read(target);
    if (!now.ok && now.error.code === "not_found" && request.method === "DELETE")
      return { kind: "applied", after: absentState(target) };
    // What was written is not known: the next look says.
    if (!now.ok) return { kind: "unknown", intentId };
    return outcome === "applied" ? { kind: "applied", after: now.value } : { kind: "conflict", current: now.value };
  }

  breakGlass({ request }: Plan): string {
    if (request.api !== "consul") return "";
    const { tokenFile, url } = this.options;
    const token = tokenFile === undefined ? "" : ` -H "X-Consul-Token: $(cat ${shellWord(tokenFile)})"`;
    const body = request.method === "DELETE" ? "" : ` -d ${shellWord(JSON.stringify(request.body))}`;
    return `curl -X ${request.method}${token} ${shellWord(url + request.path)}${body}`;
  }

  async close(): Promise<void> {}
}
