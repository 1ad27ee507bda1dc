/**
 * Istio's sidecars and gateways, scraped at 15020 (merged) or 15090 (Envoy alone). In: one series. Out: meanings.
 * Traffic comes from Istio's standard metrics. Envoy's own stats, of which the stock configuration prints few, add what
 * those lack: retries, timeouts, overflow, ejections, open circuit breakers, on the edge from the proxy's own workload
 * (which Envoy's stats do not name: the scrape configuration has to) to the service. Traffic is never read from both.
 */
import type { TargetLabels } from "../../model/meaning.ts";
import type { Series } from "../../wire/exposition/parse-series.ts";
import { type Adapted, type MeshAdapter, means, NOTHING, refuses } from "../adapter.ts";
import { ownWorkload } from "../endpoints.ts";
import { upstreamEndpoint } from "../envoy/adapter.ts";
import { isProcessStat, processMeaning } from "../envoy/process-stats.ts";
import { statNameOf } from "../envoy/stat-names.ts";
import { resilienceOf } from "../envoy/upstream.ts";
import { adaptStandard, isStandardMetric } from "./standard-metrics.ts";

const BUILD = "istio_build";
const AGENT_CERTIFICATE = "istio_agent_cert_expiry_seconds";

const RESILIENCE =
  /^(?:upstream_rq_(?:retry|timeout|per_try_timeout|(?:pending|active)_overflow)|outlier_|circuit_|ratelimit_)/;

function isResilience(name: string): boolean {
  const stat = statNameOf(name);
  return stat?.scope === "cluster" && RESILIENCE.test(stat.stat);
}

function buildMeaning(series: Series): Adapted {
  const version = series.labels.get("tag") ?? "";
  // A merged port may carry the build of something else.
  const isProxy = (series.labels.get("component") ?? "proxy") === "proxy";
  return isProxy && version !== "" ? means({ kind: "build", version }) : NOTHING;
}

function adaptEnvoy(series: Series, target: TargetLabels): Adapted {
  const process = processMeaning(series, true);
  if (process !== undefined) return means(process);
  const name = statNameOf(series.name);
  if (name === undefined || !isResilience(series.name)) return NOTHING;
  const own = ownWorkload(target, "istio");
  if (own === undefined) return refuses("no_target_labels");
  const peer = upstreamEndpoint(name, series, own);
  if (peer === undefined) return NOTHING;
  return means(...resilienceOf(series, name.stat, { source: own, target: peer, reporter: "source" }));
}

function adapt(series: Series, target: TargetLabels): Adapted {
  if (isStandardMetric(series.name)) return adaptStandard(series, target);
  if (series.name === BUILD) return buildMeaning(series);
  if (series.name === AGENT_CERTIFICATE) {
    return means({ kind: "certificateSeconds", name: series.labels.get("resource_name") ?? "default" });
  }
  return adaptEnvoy(series, target);
}

export const istioAdapter: MeshAdapter = {
  mesh: "istio",
  prefixes: ["istio_", "envoy_"],
  wants: (name) =>
    isStandardMetric(name) || name === BUILD || name === AGENT_CERTIFICATE || isProcessStat(name) || isResilience(name),
  adapt,
};
