/** A splitter with compare-and-set, callers that follow it, and everything that can go wrong with a write. For tests. */
import { err, ok, type Result } from "../../lib/base/result.ts";
import type { Ownership } from "../../lib/control/owners/detect.ts";
import type { Definition } from "../../lib/control/rollout/definition.ts";
import { readRouter } from "../../lib/control/traffic/consul-rules.ts";
import type { ApplyResult, Plan, TargetRef, TrafficState } from "../../lib/control/traffic/contract.ts";
import type { JsonObject } from "../../lib/control/traffic/document.ts";
import { readSplit } from "../../lib/control/traffic/drivers.ts";
import { SPLITTER, target } from "../../lib/control/traffic/fixtures.ts";
import type { BackendFacts, ReadFailure, TrafficApi } from "../actuators/traffic-api.ts";
import type { RouteCounters } from "./counters.ts";

export const TARGET = target("consul", "web");
export const DEFINITION: Definition = {
  id: "web-v2",
  name: "web v2",
  service: "web",
  routes: [{ id: "web", target: TARGET, routeKey: "web", stable: "web/v1", canary: "web/v2" }],
  steps: [
    { kind: "weight", canaryBp: 2_500 },
    { kind: "pause", forMs: null },
    { kind: "weight", canaryBp: 10_000 },
  ],
  rollback: { sharesBp: [], holdMs: 0 },
  revertAfterMs: null,
  judge: "advisory",
};

export class FakeMesh implements TrafficApi {
  entry: JsonObject = SPLITTER;
  /** The service-router; null: there is none. */
  router: JsonObject | null = null;
  /** Intents of writes that arrived, in order. */
  readonly intents: string[] = [];
  writes = 0;
  fault: "none" | "down" | "lostAnswer" | "lostRequest" | "invalid" | "forbidden" = "none";
  facts: readonly BackendFacts[] = [];
  frozen = false;
  uncounted = false;
  requests = 0;
  canaryRequests = 0;

  get shareBp(): number {
    return readSplit(TARGET, this.entry).routes[0]?.backends[1]?.weightBp ?? 0;
  }

  async list() {
    return ok([TARGET]);
  }

  async read(target: TargetRef = TARGET): Promise<Result<TrafficState, ReadFailure>> {
    if (this.fault === "down") return err({ code: "unavailable", message: "no leader" });
    if (target.part !== "router") return ok(readSplit(TARGET, this.entry));
    return this.router === null
      ? err({ code: "not_found", message: "no router" })
      : ok(readRouter(target, this.router));
  }

  async owners(): Promise<Result<Ownership, ReadFailure>> {
    return ok({ writers: [], reverters: [] });
  }

  async backends() {
    return ok(this.facts);
  }

  async dryRun() {
    return undefined;
  }

  async apply(plan: Plan, intentId: string): Promise<ApplyResult> {
    if (this.fault === "down") return { kind: "unavailable", message: "no leader" };
    if (this.fault === "invalid") return { kind: "invalid", message: "no such subset" };
    if (this.fault === "forbidden") return { kind: "forbidden", message: "Permission denied" };
    if (this.fault === "lostRequest") return { kind: "unknown", intentId };
    if (plan.request.api !== "consul") throw new Error(plan.request.api);
    if (plan.target.part === "router") return this.applyRouter(plan, intentId);
    if (plan.revision !== String(this.entry["ModifyIndex"]))
      return { kind: "conflict", current: readSplit(TARGET, this.entry) };
    this.entry = { ...plan.request.body, ModifyIndex: Number(plan.revision) + 1 };
    this.writes++;
    this.intents.push(intentId);
    if (this.fault === "lostAnswer") return { kind: "unknown", intentId };
    return { kind: "applied", after: readSplit(TARGET, this.entry) };
  }

  private applyRouter({ request, revision, target }: Plan, intentId: string): ApplyResult {
    const now = readRouter(target, this.router ?? {});
    if (request.api !== "consul" || revision !== now.revision) return { kind: "conflict", current: now };
    this.router = { ...request.body, ModifyIndex: Number(revision) + 1 };
    this.writes++;
    this.intents.push(intentId);
    if (this.fault === "lostAnswer") return { kind: "unknown", intentId };
    return { kind: "applied", after: readRouter(target, this.router) };
  }

  breakGlass(): string {
    return "consul config write -cas";
  }

  async close() {}
}

/** 5,000 requests of one caller, at the mesh's own share, or at the first one while it is frozen. */
export function countersOf(mesh: FakeMesh): RouteCounters {
  return {
    counts: () => !mesh.uncounted,
    watch: () => {},
    unwatch: () => {},
    moved: () => {},
    callers: () => [
      { caller: "cart", requests: 5_000, canaryRequests: Math.round((mesh.frozen ? 1_000 : mesh.shareBp) / 2) },
    ],
    histories: () => [],
    graceMs: () => 20_000,
  };
}
