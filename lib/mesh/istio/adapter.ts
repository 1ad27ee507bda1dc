/**
 * Istio's sidecars, gateways and waypoints, scraped at 15020 (merged) or 15090 (Envoy alone), ztunnels at 15020, and of
 * istiod (15014) its version and certificates. In: one series. Out: meanings.
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
import { certificateMeaning, isCertificate } from "./certificates.ts";
import { adaptStandard, isStandardMetric } from "./standard-metrics.ts";
import { isZtunnel, printsZtunnel, ZTUNNEL } from "./ztunnel.ts";

const BUILD = "istio_build";
/** What is scraped for its own sake; the agent, on the merged port, is not. */
const COMPONENTS = new Set(["proxy", ZTUNNEL, "pilot"]);

const RESILIENCE =
  /^(?:upstream_rq_(?:retry|timeout|per_try_timeout|(?:pending|active)_overflow)|outlier_|circuit_|ratelimit_)/;

function isResilience(name: string): boolean {
  const stat = statNameOf(name);
  return stat?.scope === "cluster" && RESILIENCE.test(stat.stat);
}

function buildMeaning(series: Series): Adapted {
  const version = series.labels.get("tag") ?? "";
  return COMPONENTS.has(series.labels.get("component") ?? "proxy") && version !== ""
    ? means({ kind: "build", version })
    : NOTHING;
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
  const certificate = certificateMeaning(series);
  if (certificate !== undefined) return means(certificate);
  return isZtunnel(target) ? NOTHING : adaptEnvoy(series, target);
}

export const istioAdapter: MeshAdapter = {
  mesh: "istio",
  prefixes: ["istio_", "envoy_", "citadel_"],
  wants: (name) =>
    isStandardMetric(name) || name === BUILD || isCertificate(name) || isProcessStat(name) || isResilience(name),
  adapt,
  proxyOf: (bytes) => (printsZtunnel(bytes) ? ZTUNNEL : undefined),
};
