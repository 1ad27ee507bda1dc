/** A simulated proxy as the scrape loop would hand it to the pipeline. In: pod, interval in ms. Out: an endpoint, or none. */
import type { ScrapedEndpoint } from "../../collector/pipeline/scrape-pipeline.ts";
import { jobOf, targetLabelsOf } from "../../lib/world/estate-jobs.ts";
import type { Pod } from "../../lib/world/hop.ts";

export function endpointOf(pod: Pod, intervalMs: number): ScrapedEndpoint | undefined {
  const job = jobOf(pod);
  if (job === undefined) return undefined;
  const { cluster = "", namespace = "", workload = "", service = "", version = "", app = "" } = targetLabelsOf(pod);
  const maps = {
    clusters: Object.entries(job.names?.clusters ?? {}),
    namespaces: Object.entries(job.names?.namespaces ?? {}),
  };
  const names = { clusters: new Map(maps.clusters), namespaces: new Map(maps.namespaces) };
  return {
    id: pod.name,
    job: job.name,
    mesh: job.mesh,
    target: pod.name,
    targetLabels: { cluster, namespace, workload, service, version, app, names },
    intervalMs,
    sampleLimit: 500_000,
  };
}
