/** A simulated proxy as the scrape loop would hand it to the pipeline. In: pod, interval in ms. Out: an endpoint. */
import type { ScrapedEndpoint } from "../../collector/pipeline/scrape-pipeline.ts";
import type { Pod } from "../../lib/world/hop.ts";
import { meshOf } from "../../lib/world/spec.ts";

export function endpointOf(pod: Pod, intervalMs: number): ScrapedEndpoint {
  const { cluster, namespace, name, service, version } = pod.workload;
  const mesh = meshOf(pod.role) ?? "istio";
  return {
    id: pod.name,
    job: mesh,
    mesh,
    target: pod.name,
    targetLabels: {
      cluster,
      namespace,
      workload: name,
      service,
      version: version === "latest" ? "" : version,
      app: service,
    },
    intervalMs,
    sampleLimit: 500_000,
  };
}
