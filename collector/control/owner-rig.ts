/** Owned rollouts over a fake API server and a fake mesh, in a folder of their own. For tests. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { err, ok } from "../../lib/base/result.ts";
import { detectOwners } from "../../lib/control/owners/detect.ts";
import type { TargetRef } from "../../lib/control/traffic/contract.ts";
import type { JsonObject } from "../../lib/control/traffic/document.ts";
import { readSplit } from "../../lib/control/traffic/drivers.ts";
import { VIRTUAL_SERVICE } from "../../lib/control/traffic/fixtures.ts";
import type { CallerCounts } from "../../lib/control/traffic/verify.ts";
import type { TrafficApi } from "../actuators/traffic-api.ts";
import type { RouteCounters } from "./counters.ts";
import { FakeOwners } from "./fake-owners.ts";
import { IntentJournal } from "./intent-journal.ts";
import type { Owner } from "./owner.ts";
import { OwnerRoutes } from "./owner-routes.ts";
import { OwnerSource } from "./owner-source.ts";

/** Routes that are read and never written: an owner's. */
export class FakeRoutes implements TrafficApi {
  readonly objects = new Map<string, JsonObject>([["istio/reviews", VIRTUAL_SERVICE]]);

  async list() {
    return ok([]);
  }

  async read(target: TargetRef) {
    const raw = this.objects.get(`${target.driver}/${target.name}`);
    return raw === undefined
      ? err({ code: "not_found" as const, message: `${target.driver} ${target.name}` })
      : ok(readSplit(target, raw));
  }

  async owners(state: Parameters<TrafficApi["owners"]>[0]) {
    return ok(detectOwners(state.raw, "VirtualService", { rollouts: [], canaries: [], applications: [] }));
  }

  async backends(state: Parameters<TrafficApi["backends"]>[0], routeKey: string) {
    const route = state.routes.find(({ key }) => key === routeKey);
    const pods = (id: string) => [{ name: `${id.replaceAll("/", "-")}-0`, version: id, ready: true }];
    return ok((route?.backends ?? []).map(({ id }) => ({ id, readyEndpoints: 1, exists: true, pods: pods(id) })));
  }

  async dryRun() {
    return undefined;
  }

  apply(): Promise<never> {
    throw new Error("nobody writes a route that has an owner");
  }

  breakGlass(): string {
    return "";
  }

  async close() {}
}

/** One of Argo Rollouts, at a pause that a person ends, with a tenth of the traffic on its canary. */
export const ROLLOUT: JsonObject = {
  metadata: { name: "reviews", namespace: "shop", resourceVersion: "76", generation: 4 },
  spec: {
    strategy: {
      canary: {
        steps: [{ setWeight: 10 }, { pause: {} }, { analysis: { templates: [{ templateName: "errors" }] } }],
        trafficRouting: {
          istio: {
            virtualService: { name: "reviews", routes: ["main"] },
            destinationRule: { name: "reviews", stableSubsetName: "v1", canarySubsetName: "v2" },
          },
        },
      },
    },
  },
  status: {
    phase: "Paused",
    message: "CanaryPauseStep",
    observedGeneration: "4",
    currentPodHash: "new",
    stableRS: "old",
    currentStepIndex: 1,
    controllerPause: true,
    pauseConditions: [{ reason: "CanaryPauseStep", startTime: "2026-11-26T09:50:00Z" }],
    conditions: [{ type: "Paused", status: "True", reason: "RolloutPaused", message: "Rollout is paused" }],
    canary: {
      weights: { canary: { weight: 10 }, stable: { weight: 90 } },
      currentBackgroundAnalysisRunStatus: { name: "errors-1", status: "Running" },
    },
  },
};

export const LOG = { info: () => {}, warn: () => {}, error: () => {} };

export class OwnerRig {
  readonly folder = mkdtempSync(join(tmpdir(), "meshscope-owners-"));
  readonly api = new FakeOwners();
  readonly traffic = new FakeRoutes();
  nowMs = Date.UTC(2026, 10, 26, 10);
  callers: readonly CallerCounts[] = [];
  isCounted = false;
  promptMs = 1_500;
  clickMs = 3_000;
  private readonly cleanUps: (() => Promise<unknown>)[] = [];

  get planes() {
    const plane = { name: "c1", mesh: "istio" as const, traffic: this.traffic, owners: this.api };
    return { all: [plane], close: async () => {} };
  }

  get clock() {
    return { nowMs: () => this.nowMs };
  }

  get counters(): RouteCounters {
    return {
      counts: () => this.isCounted,
      watch: () => {},
      unwatch: () => {},
      moved: () => {},
      callers: () => this.callers,
      histories: () => [],
      graceMs: () => 20_000,
    };
  }

  /** A source over the folder's journal, as after a start of the process. */
  async open(owner: Owner): Promise<OwnerSource> {
    const intents = await IntentJournal.open(join(this.folder, "intents.jsonl"));
    if (!intents.ok) throw new Error(intents.error.message);
    this.cleanUps.push(() => intents.value.close().catch(() => {}));
    const routes = new OwnerRoutes(this.counters, this.clock);
    const given = { owner, planes: this.planes, routes, intents: intents.value, clock: this.clock, log: LOG };
    return new OwnerSource({ ...given, promptMs: this.promptMs, clickMs: this.clickMs });
  }

  async close(): Promise<void> {
    for (const run of this.cleanUps.splice(0)) await run();
    rmSync(this.folder, { recursive: true });
  }
}

export const click = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
