/**
 * What to scrape: one job per estate, one target per simulated proxy, with the labels that scrape configuration adds
 * because proxies do not print them about themselves. In: pods and the base URL. Out: plain data for the launcher.
 */
import type { Pod } from "../../lib/world/hop.ts";

export interface Target {
  readonly url: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface Job {
  readonly name: string;
  readonly mesh: "istio" | "envoy";
  readonly interval: string;
  readonly targets: readonly Target[];
}

function labelsOf(pod: Pod): Record<string, string> {
  const { cluster, namespace, name, service, version } = pod.workload;
  const labels: Record<string, string> = { cluster, namespace, workload: name, pod: pod.name, service, app: service };
  if (version !== "" && version !== "latest") labels["version"] = version;
  return labels;
}

export function jobsOf(pods: readonly Pod[], baseUrl: string): readonly Job[] {
  const job = (name: string, mesh: Job["mesh"]): Job => ({
    name,
    mesh,
    interval: "5s",
    targets: pods
      .filter((pod) => pod.proxy?.dialect === mesh)
      .map((pod) => ({ url: `${baseUrl}/proxies/${pod.name}/${pod.proxy?.path}`, labels: labelsOf(pod) })),
  });
  return [job("shop", "istio"), job("search", "envoy")];
}
