/**
 * The whole chain behind one call, for the tests of the truth rules: exposition text as proxies print it → series →
 * increases → slots → the answer, each checked against its schema. Unix ms; the time is what the last scrape says.
 */
import { deepEqual, ok } from "node:assert/strict";
import { Registry } from "prom-client";
import { atOnce } from "../../lib/base/sliced.ts";
import type { Mesh } from "../../lib/model/identity.ts";
import type { PlaceNames } from "../../lib/model/meaning.ts";
import { edgeAnswer, graphAnswer } from "../../lib/query/graph-answer.ts";
import { type JoinBooks, NO_JOINS } from "../../lib/query/joins.ts";
import { type EdgeDetail, edgeAnswerSchema, graphParametersSchema, graphSchema } from "../../lib/query/schema/graph.ts";
import { Snapshots } from "../../lib/query/snapshot.ts";
import { Ids } from "../../lib/query/view-key.ts";
import { SlotTable } from "../../lib/rollup/slot-table.ts";
import { MemoryRollupStore } from "../store/memory-rollup-store.ts";
import { silentLog } from "../telemetry/log.ts";
import { ScrapePipeline } from "./scrape-pipeline.ts";

export const T0 = 1_700_000_000_000;
const encoder = new TextEncoder();

export interface Target {
  readonly pod?: string;
  readonly port?: number;
  readonly mesh?: Mesh | "auto";
  readonly cluster?: string;
  readonly namespace?: string;
  readonly service?: string;
  readonly intervalMs?: number;
  readonly workload?: string;
  readonly job?: string;
  readonly names?: PlaceNames;
}

export class Rig {
  nowMs = T0;
  readonly slots = new SlotTable();
  readonly store = new MemoryRollupStore();
  readonly ids = new Ids();
  readonly clock = { nowMs: () => this.nowMs };
  readonly registry = new Registry();
  readonly pipeline = new ScrapePipeline({
    slots: this.slots,
    store: this.store,
    registry: this.registry,
    clock: this.clock,
    log: silentLog,
  });
  readonly snapshots: Snapshots;

  constructor(joins: Partial<JoinBooks> = {}) {
    this.snapshots = new Snapshots(
      { live: this.slots, store: this.store, joins: { ...NO_JOINS, ...joins } },
      atOnce,
      () => 0,
    );
  }

  scrape(atMs: number, text: string, target: Target = {}): void {
    this.nowMs = Math.max(this.nowMs, atMs);
    const { pod = "p", port = 15020, mesh = "istio", intervalMs = 10_000, workload = "", job = "shop", names } = target;
    const { cluster = "c1", namespace = "shop", service = "" } = target;
    const added = names === undefined ? {} : { names };
    const labels = { cluster, namespace, workload, service, version: "", app: "", ...added };
    const endpoint = {
      id: `${job}/${pod}:${port}`,
      job,
      mesh,
      target: pod,
      targetLabels: labels,
      intervalMs,
      sampleLimit: 10_000,
    };
    const taken = this.pipeline.sink(endpoint, encoder.encode(`${text}\n`), atMs);
    ok(taken.ok, taken.ok ? "" : taken.error.message);
  }

  async snapshot(window: { start?: number; end?: number } = {}) {
    const read = await this.snapshots.read(window, this.nowMs);
    if (!read.ok) throw new Error(read.error.code);
    return read.value;
  }

  async graph(
    query: Record<string, string> = {},
    window: { start?: number; end?: number } = {},
    dropped: Record<string, number> = {},
  ) {
    const parameters = graphParametersSchema.parse({ idle: "1", detail: "full", ...query });
    const graph = graphAnswer(await this.snapshot(window), parameters, {
      ids: this.ids,
      targets: { up: 1, down: 0, dropped },
    });
    graphSchema.parse(graph);
    return graph;
  }

  /** The one edge between two nodes, in full. */
  async edge(from: string, to: string, window: { start?: number; end?: number } = {}, query = {}): Promise<EdgeDetail> {
    const graph = await this.graph(query, window);
    const name = (id: string) => graph.nodes.find((node) => node.id === id)?.name;
    const found = graph.edges.filter((edge) => name(edge.source) === from && name(edge.target) === to);
    deepEqual(
      found.map(() => `${from} → ${to}`),
      [`${from} → ${to}`],
    );
    const context = { ids: this.ids, targets: { up: 1, down: 0 } };
    const answer = edgeAnswer(await this.snapshot(window), found[0]?.id ?? "", {}, context);
    if (!answer.ok) throw new Error(answer.error.code);
    edgeAnswerSchema.parse(answer.value);
    return answer.value.edge;
  }

  /** Requests counted in the window, from rates and covered time: exact to four digits. */
  async counted(from: string, to: string): Promise<number> {
    const edge = await this.edge(from, to);
    return edge.health.requests;
  }
}

export interface Labels {
  readonly reporter?: "source" | "destination";
  readonly code?: string;
  readonly flags?: string;
  readonly policy?: string;
  readonly to?: string;
  readonly family?: string;
}

export function istio(value: number, labels: Labels = {}): string {
  const {
    reporter = "destination",
    code = "200",
    flags = "-",
    policy,
    to = "api",
    family = "istio_requests_total",
  } = labels;
  const security = policy ?? (reporter === "source" ? "unknown" : "mutual_tls");
  const all = {
    reporter,
    source_workload: "web",
    source_workload_namespace: "shop",
    source_canonical_service: "web",
    source_cluster: "c1",
    destination_workload: to,
    destination_workload_namespace: "shop",
    destination_canonical_service: to,
    destination_service: `${to}.shop.svc.cluster.local`,
    destination_service_name: to,
    destination_service_namespace: "shop",
    destination_cluster: "c1",
    request_protocol: "http",
    response_code: code,
    grpc_response_status: "",
    response_flags: flags,
    connection_security_policy: security,
  };
  const text = Object.entries(all).map(([key, label]) => `${key}="${label}"`);
  return `${family}{${text.join(",")}} ${value}`;
}

export const lines = (...text: string[]): string => text.join("\n");
