/**
 * Counters of watched routes behind the real reader and fold, for tests: expositions as proxies print them go in, what a
 * rollout would be told comes out. Unix ms; the time is what the test says.
 */
import { Registry } from "prom-client";
import type { KnownPods } from "../lib/control/counting/pods.ts";
import type { RouteRef } from "../lib/control/rollout/definition.ts";
import type { Mesh } from "../lib/model/identity.ts";
import type { DriverKind } from "../lib/query/schema/rollout-definition.ts";
import { SlotTable } from "../lib/rollup/slot-table.ts";
import type { Exchange } from "./control/counter-exchange.ts";
import { ScrapedRouteCounters } from "./control/route-counters.ts";
import { ScrapePipeline } from "./pipeline/scrape-pipeline.ts";
import { MemoryRollupStore } from "./store/memory-rollup-store.ts";
import { silentLog } from "./telemetry/log.ts";

export const T0 = 1_700_000_000_000;
export const INTERVAL_MS = 10_000;
const encoder = new TextEncoder();

export function routeRef(driver: DriverKind, stable: string, canary: string, namespace = "shop"): RouteRef {
  return { id: "web", target: { driver, cluster: "c1", namespace, name: "web" }, routeKey: "web", stable, canary };
}

export interface Labels {
  readonly workload?: string;
  readonly service?: string;
  readonly version?: string;
  readonly namespace?: string;
  readonly intervalMs?: number;
}

export class CountersRig {
  nowMs = T0;
  readonly registry = new Registry();
  readonly counters: ScrapedRouteCounters;
  readonly slots = new SlotTable();
  readonly store = new MemoryRollupStore();
  private readonly pipeline: ScrapePipeline;
  private readonly mesh: Mesh;

  private constructor(mesh: Mesh, counters: ScrapedRouteCounters, registry: Registry, clock: { nowMs: () => number }) {
    this.mesh = mesh;
    this.registry = registry;
    this.counters = counters;
    this.pipeline = new ScrapePipeline({
      slots: this.slots,
      store: this.store,
      registry,
      clock,
      log: silentLog,
      tap: counters.tap,
    });
  }

  static async open(
    mesh: Mesh,
    folder?: string,
    backends: readonly KnownPods[] = [],
    exchange?: Exchange,
  ): Promise<CountersRig> {
    const time = { nowMs: T0 };
    const clock = { nowMs: () => time.nowMs };
    const registry = new Registry();
    const counters = await ScrapedRouteCounters.open({
      folder,
      telemetry: {
        isRead: () => true,
        intervalMs: () => INTERVAL_MS,
        places: () => ({ clusters: null, namespaces: null }),
      },
      meshOf: () => mesh,
      propagationMs: () => (mesh === "consul" ? 30_000 : 10_000),
      backends: async () => backends,
      ...(exchange === undefined ? {} : { exchange }),
      ...{ clock, registry, log: silentLog },
    });
    const rig = new CountersRig(mesh, counters, registry, clock);
    Object.defineProperty(rig, "nowMs", {
      get: () => time.nowMs,
      set: (ms: number) => {
        time.nowMs = ms;
      },
    });
    return rig;
  }

  /** One reading of `target`. */
  scrape(target: string, atMs: number, text: string, labels: Labels = {}): void {
    this.nowMs = Math.max(this.nowMs, atMs);
    const { workload = "", service = "", version = "", namespace = "shop", intervalMs = INTERVAL_MS } = labels;
    const targetLabels = { cluster: "c1", namespace, workload, service, version, app: "" };
    const endpoint = { id: `job/${target}`, job: "job", mesh: this.mesh, target, targetLabels, intervalMs };
    const taken = this.pipeline.sink({ ...endpoint, sampleLimit: 10_000 }, encoder.encode(`${text}\n`), atMs);
    if (!taken.ok) throw new Error(taken.error.message);
  }
}

const TRUST_DOMAIN = "11111111-2222-3333-4444-555555555555";

/** What a Consul sidecar of `source` prints of its upstream `web` by subset, `uptimeSec` after its start. */
export function consulText(
  source: string,
  uptimeSec: number,
  counts: readonly { readonly subset: string; readonly code: string; readonly count: number }[],
): string {
  const own = `consul_source_service="${source}",consul_source_namespace="default",consul_source_datacenter="dc1"`;
  const lines = counts.map(({ subset, code, count }) => {
    const full = `${subset}.web.default.dc1.internal.${TRUST_DOMAIN}`;
    const labels = [
      `envoy_response_code="${code}"`,
      `envoy_cluster_name="${full}.consul"`,
      `consul_destination_full_target="${full}"`,
      own,
    ];
    return `envoy_cluster_upstream_rq{${labels.join()}} ${count}`;
  });
  const typed = ["# TYPE envoy_cluster_upstream_rq counter", ...lines];
  return ["# TYPE envoy_server_uptime gauge", `envoy_server_uptime{${own}} ${uptimeSec}`, ...typed].join("\n");
}
