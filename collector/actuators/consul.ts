/**
 * Consul's configuration entries, over its HTTP API. In: service-splitters (with the routers above them) to read, and plans
 * to put with compare-and-set; out: states, outcomes, and what stands behind each backend. Every entry is read and written
 * in the primary datacenter.
 */
import { err, ok, type Result } from "../../lib/base/result.ts";
import { detectOwners, NO_CLAIMANTS, type Ownership } from "../../lib/control/owners/detect.ts";
import { putOutcome, readSplitter } from "../../lib/control/traffic/consul.ts";
import { readRouter } from "../../lib/control/traffic/consul-rules.ts";
import type { ApplyResult, Plan, TargetRef, TrafficState } from "../../lib/control/traffic/contract.ts";
import { at, holds, type JsonObject, listOf, objectOf, textOf } from "../../lib/control/traffic/document.ts";
import { absentState } from "../../lib/control/traffic/rules.ts";
import { ConsulBackends } from "./consul-backends.ts";
import { ConsulHttp, type ConsulOptions } from "./consul-http.ts";
import { watchEntries } from "./consul-watch.ts";
import { isAnswer } from "./http-json.ts";
import { shellWord } from "./shell-word.ts";
import type { BackendFacts, ReadFailure, TrafficApi, Watching } from "./traffic-api.ts";

type EntryKind = "service-splitter" | "service-router";

export class ConsulTraffic implements TrafficApi {
  private readonly http: ConsulHttp;
  private readonly behind: ConsulBackends;
  /** The intent that was sent last to each entry. */
  private readonly sent = new Map<string, string>();

  constructor(options: ConsulOptions) {
    this.http = new ConsulHttp(options);
    this.behind = new ConsulBackends(this.http);
  }

  async list(): Promise<Result<readonly TargetRef[], ReadFailure>> {
    const entries = await this.http.get("/v1/config/service-splitter", this.http.everywhere);
    if (!entries.ok) return entries;
    const { value, isFiltered } = entries.value;
    const found = listOf(value).flatMap((entry): readonly TargetRef[] => {
      const name = textOf(at(entry, "Name"));
      const namespace = textOf(at(entry, "Namespace")) ?? "default";
      return name === undefined ? [] : [{ driver: "consul", cluster: this.http.options.name, namespace, name }];
    });
    if (found.length === 0 && isFiltered)
      return err({ code: "forbidden", message: "the token may read none of the service-splitters that there are" });
    return ok(found);
  }

  private async entry(kind: EntryKind, target: TargetRef): Promise<Result<JsonObject, ReadFailure>> {
    const path = `/v1/config/${kind}/${encodeURIComponent(target.name)}`;
    const entry = await this.http.get(path, { ...this.http.entryPlace(target), consistent: true });
    if (!entry.ok) return entry;
    const object = objectOf(entry.value.value);
    return object === undefined ? err({ code: "unreadable", message: `${target.name} is no entry` }) : ok(object);
  }

  async read(target: TargetRef): Promise<Result<TrafficState, ReadFailure>> {
    const [own, router] = await Promise.all([
      target.part === "router" ? undefined : this.entry("service-splitter", target),
      this.entry("service-router", target),
    ]);
    if (own === undefined) return router.ok ? ok(readRouter(target, router.value)) : router;
    if (!own.ok) return own;
    if (!router.ok && router.error.code !== "not_found") return router;
    return ok(readSplitter(target, own.value, router.ok ? router.value : undefined));
  }

  async owners(state: TrafficState): Promise<Result<Ownership, ReadFailure>> {
    return ok(detectOwners(state.raw, "ServiceSplitter", NO_CLAIMANTS));
  }

  async backends(state: TrafficState, routeKey: string): Promise<Result<readonly BackendFacts[], ReadFailure>> {
    const facts: BackendFacts[] = [];
    for (const { id } of state.routes.find(({ key }) => key === routeKey)?.backends ?? []) {
      const fact = await this.behind.of(id, state.target.namespace);
      if (!fact.ok) return fact;
      facts.push(fact.value);
    }
    return ok(facts);
  }

  /** The API has none. */
  async dryRun(): Promise<undefined> {
    return undefined;
  }

  async apply({ request, target }: Plan, intentId: string): Promise<ApplyResult> {
    if (request.api !== "consul") return { kind: "invalid", message: `a plan for ${request.api} came to Consul` };
    const done = await this.repetition(target, intentId, request.body);
    if (done !== undefined) return done;
    const url = this.http.urlOf(request.path, this.http.entryPlace(target));
    const answer = await this.http.put(url, request.body);
    if (!isAnswer(answer))
      return answer.maySucceed ? { kind: "unknown", intentId } : { kind: "unavailable", message: answer.message };
    const outcome = putOutcome(answer.status, answer.text);
    if (typeof outcome !== "string") return outcome;
    const read = await this.read(target);
    const now = read.ok ? read.value : absentState(target);
    // What was written is not known: the next look says.
    if (!read.ok && read.error.code !== "not_found") return { kind: "unknown", intentId };
    if (outcome === "applied") return { kind: "applied", after: now };
    return { kind: now.intentId === intentId ? "noop" : "conflict", current: now };
  }

  /**
   * What was sent before is looked for and not sent again: newer servers answer a repetition with `true` whatever its index
   * is. Undefined where it is not there.
   */
  private async repetition(target: TargetRef, intentId: string, body: JsonObject): Promise<ApplyResult | undefined> {
    const key = JSON.stringify([target.namespace, target.name, target.part ?? ""]);
    const isSent = this.sent.get(key) === intentId;
    this.sent.set(key, intentId);
    if (!isSent) return undefined;
    const read = await this.read(target);
    if (read.ok) return holds(read.value.raw, body) ? { kind: "noop", current: read.value } : undefined;
    if (read.error.code === "not_found") return undefined;
    return { kind: read.error.code === "forbidden" ? "forbidden" : "unavailable", message: read.error.message };
  }

  /** Calls `seen` for each splitter that changed, until it is stopped. */
  watch(seen: (target: TargetRef) => void, onFault: (failure: ReadFailure) => void): Watching {
    return watchEntries(this.http, { seen, onFault });
  }

  breakGlass({ request, target }: Plan): string {
    if (request.api !== "consul") return "";
    const { tokenFile } = this.http.options;
    const url = this.http.urlOf(request.path, this.http.entryPlace(target));
    const token = tokenFile === undefined ? "" : ` -H "X-Consul-Token: $(cat ${shellWord(tokenFile)})"`;
    return `curl -X PUT${token} ${shellWord(url)} -d ${shellWord(JSON.stringify(request.body))}`;
  }

  async close(): Promise<void> {}
}
