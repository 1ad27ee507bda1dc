/**
 * A real estate under a real collector: three Envoys that the collector scrapes each second and that send it their spans.
 *
 * In: a variant. Out: the estate, the means to await what the collector has seen, and its answers, all by its public API.
 * Or the reason why there is no Envoy to be had here. Times are Unix ms, counts are requests.
 * Not handled: collectors that scrape several estates.
 */

import type { Mesh } from "../../lib/model/identity.ts";
import { type Source, sourceListSchema } from "../../lib/query/schema/estate.ts";
import { type EdgeDetail, edgeAnswerSchema, type Graph, graphSchema } from "../../lib/query/schema/graph.ts";
import { type CollectorProcess, eventually, startCollector } from "../support/collector-process.ts";
import type { Skip } from "./envoy/binary.ts";
import { type Estate, startEstate } from "./envoy/estate.ts";
import { freePorts } from "./envoy/http-client.ts";
import { SERVICES, type ServiceName, type Variant } from "./envoy/topology.ts";

const INTERVAL_MS = 1_000;
/** A slot of the collector's finest tier. */
export const SLOT_MS = 10_000;

/** `[start, end)`; an end left out is now. */
export type Window = { readonly start: number; readonly end?: number };

/** What an edge counted in a window: exact, since its shares are of an exact total. */
export type Counted = {
  readonly requests: number;
  readonly codes: ReadonlyMap<string, number>;
  readonly failures: number;
};

export type Collected = {
  readonly estate: Estate;
  readonly collector: CollectorProcess;
  /** A window that begins before the estate did. */
  readonly always: Window;
  /** Resolves when the running proxies named (default: all) were scraped twice after `sinceMs` (default: now). */
  readonly scraped: (names?: readonly ServiceName[], sinceMs?: number) => Promise<void>;
  readonly graph: (window: Window, view?: string) => Promise<Graph>;
  /** Id of the only http edge between two nodes of these names in a view; rejects while there is none. */
  readonly edgeId: (from: string, to: string, view?: string) => Promise<string>;
  readonly edge: (from: string, to: string, window?: Window) => Promise<EdgeDetail>;
  readonly stop: () => Promise<void>;
};

/** Names as the graph prints them, `from->to protocol`, in order. */
export function edgeNames(graph: Graph): readonly string[] {
  const names = new Map(graph.nodes.map((node) => [node.id, node.name]));
  return graph.edges
    .map((edge) => `${names.get(edge.source)}->${names.get(edge.target)} ${edge.protocol}`)
    .sort((a, b) => (a < b ? -1 : 1));
}

/**
 * Rates have four digits, so a code's part of the total is known to 1 in 1,000: enough to tell its count of a total of a
 * few hundred. The total itself is exact.
 */
export function countsOf(edge: EdgeDetail): Counted {
  const requests = edge.requests ?? Number.NaN;
  const rates = Object.entries(edge.statusCodes);
  const sum = rates.reduce((total, [, rate]) => total + rate, 0);
  const codes = new Map(rates.map(([code, rate]) => [code, Math.round((rate / sum) * requests)]));
  return { requests, codes, failures: Math.round((edge.errorRatio ?? 0) * requests) };
}

function query({ start, end }: Window, view: string): string {
  return `start=${start}${end === undefined ? "" : `&end=${end}`}&view=${view}`;
}

function answersOf(collector: CollectorProcess, always: Window): Pick<Collected, "graph" | "edgeId" | "edge"> {
  const graph: Collected["graph"] = (window, view = "workload") =>
    collector.json(`/api/v1/graph?${query(window, view)}`, graphSchema);
  const edgeId: Collected["edgeId"] = async (from, to, view = "workload") => {
    const { nodes, edges } = await graph(always, view);
    const names = new Map(nodes.map((node) => [node.id, node.name]));
    const found = edges.filter(
      ({ source, target, protocol }) => names.get(source) === from && names.get(target) === to && protocol === "http",
    );
    const [edge] = found;
    if (edge === undefined || found.length > 1) throw new Error(`${found.length} edges ${from} -> ${to}`);
    return edge.id;
  };
  const edge: Collected["edge"] = async (from, to, window = always) => {
    const path = `/api/v1/edges/${await edgeId(from, to)}?${query(window, "workload")}`;
    return (await collector.json(path, edgeAnswerSchema)).edge;
  };
  return { graph, edgeId, edge };
}

function lastScrapeMs(sources: readonly Source[], name: ServiceName, askedMs: number): number {
  const source = sources.find((known) => known.kind === "scrape" && known.workload === name);
  if (source === undefined || source.ageMs === null) throw new Error(`${name} was never scraped`);
  return askedMs - source.ageMs;
}

function scrapedOf(collector: CollectorProcess): Collected["scraped"] {
  return (names = SERVICES, sinceMs = Date.now()) =>
    eventually(async () => {
      const askedMs = Date.now();
      const { sources } = await collector.json("/api/v1/sources", sourceListSchema);
      for (const name of names) {
        // A scrape that ended this late began after `sinceMs`, and another one has ended since then.
        const wanted = sinceMs + 2 * INTERVAL_MS;
        if (lastScrapeMs(sources, name, askedMs) < wanted) throw new Error(`${name} was not scraped twice since`);
      }
    });
}

/** Boots both and waits until each proxy was scraped, so that whatever is driven afterwards is an increase. */
export async function startCollected(variant: Variant, mesh: Mesh | "auto"): Promise<Collected | Skip> {
  const start = Date.now() - SLOT_MS;
  const [otlpHttp = 0, zipkin = 0] = await freePorts(2);
  const estate = await startEstate({
    variant,
    zipkinUrl: `http://127.0.0.1:${zipkin}/api/v2/spans`,
    otlpHttpUrl: `http://127.0.0.1:${otlpHttp}/v1/traces`,
  });
  if ("skip" in estate) return estate;
  try {
    const collector = await startCollector({
      listen: { otlpGrpc: 0, otlpHttp, zipkin, api: 0, ui: 0 },
      scrape: [
        {
          name: "real",
          mesh,
          interval: `${INTERVAL_MS}ms`,
          targets: estate.targets.map(({ url, cluster, namespace, workload }) => ({
            url,
            labels: { cluster, namespace, workload },
          })),
        },
      ],
    });
    const scraped = scrapedOf(collector);
    await scraped();
    const always = { start };
    const stop = async (): Promise<void> => {
      await estate.stop();
      await collector.stop();
    };
    return { estate, collector, always, scraped, ...answersOf(collector, always), stop };
  } catch (error) {
    await estate.stop();
    throw error;
  }
}
