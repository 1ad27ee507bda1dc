/**
 * What to scrape: the estate's jobs with one target per simulated proxy. In: pods and the base URL. Out: plain data for the
 * launcher, in the words of meshscope.yaml.
 */
import type { Mesh } from "../../lib/model/identity.ts";
import { ESTATE_JOBS, type EstateNames, jobOf, targetLabelsOf } from "../../lib/world/estate-jobs.ts";
import type { Pod } from "../../lib/world/hop.ts";

export interface Target {
  readonly url: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface Job {
  readonly name: string;
  readonly mesh: Mesh;
  readonly interval: string;
  readonly names?: EstateNames;
  readonly targets: readonly Target[];
}

export function jobsOf(pods: readonly Pod[], baseUrl: string): readonly Job[] {
  return ESTATE_JOBS.map((job) => ({
    name: job.name,
    mesh: job.mesh,
    interval: "5s",
    ...(job.names === undefined ? {} : { names: job.names }),
    targets: pods
      .filter((pod) => jobOf(pod) === job)
      .map((pod) => ({ url: `${baseUrl}/proxies/${pod.name}/${pod.proxy?.path}`, labels: targetLabelsOf(pod) })),
  }));
}
