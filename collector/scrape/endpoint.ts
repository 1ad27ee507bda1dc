/**
 * One URL to scrape and whose it is. In: a job and one of its targets from the configuration. Out: an endpoint with the id
 * of its target: the proxy behind the URL, since one proxy may be scraped on two ports and is one target all the same.
 */
import type { Mesh } from "../../lib/model/identity.ts";
import type { PlaceNames, TargetLabels } from "../../lib/model/meaning.ts";
import type { ScrapeJob, ScrapeTargetConfig } from "../config/config.ts";

type Labels = Readonly<Record<string, string>>;

export interface ScrapeEndpoint {
  /** Unique among all endpoints: the id of its source. */
  readonly id: string;
  readonly job: string;
  readonly mesh: Mesh | "auto";
  readonly url: string;
  /** The URL without user and password, for people to read. */
  readonly address: string;
  /** See `targetIdOf`. */
  readonly target: string;
  readonly labels: Labels;
  readonly targetLabels: TargetLabels;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly bodyLimitBytes: number;
  readonly sampleLimit: number;
}

const LOOPBACK = /^(?:localhost|127(?:\.[0-9]{1,3}){3}|\[?::1\]?)$/i;

export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/**
 * The identity of the scraped process (design §2.1 rule 1): pod, else `instance`, else the host; within cluster and
 * namespace. On loopback, where many proxies share a host, the port belongs to it.
 */
export function targetIdOf(labels: Labels, url: string): string {
  const { hostname, host } = new URL(url);
  const name = labels["pod"] ?? labels["instance"] ?? (isLoopback(hostname) ? host : hostname);
  return JSON.stringify([labels["cluster"] ?? "", labels["namespace"] ?? "", name]);
}

export function targetLabelsOf(labels: Labels, names?: PlaceNames): TargetLabels {
  return {
    cluster: labels["cluster"] ?? "",
    namespace: labels["namespace"] ?? "",
    workload: labels["workload"] ?? "",
    service: labels["service"] ?? "",
    version: labels["version"] ?? "",
    app: labels["app"] ?? "",
    ...(names === undefined ? {} : { names }),
  };
}

function addressOf(url: string): string {
  const parsed = new URL(url);
  parsed.username = "";
  parsed.password = "";
  return parsed.href;
}

function endpointOf(job: ScrapeJob, target: ScrapeTargetConfig): ScrapeEndpoint {
  const { name, mesh, intervalMs, timeoutMs, bodyLimitBytes, sampleLimit, names } = job;
  const { url, labels } = target;
  const address = addressOf(url);
  return {
    id: `scrape/${name}/${address}`,
    job: name,
    mesh,
    url,
    address,
    target: targetIdOf(labels, url),
    labels,
    targetLabels: targetLabelsOf(labels, names),
    intervalMs,
    timeoutMs,
    bodyLimitBytes,
    sampleLimit,
  };
}

/** All endpoints of all jobs. A URL that stands twice in one job is scraped once. */
export function endpointsOf(jobs: readonly ScrapeJob[]): readonly ScrapeEndpoint[] {
  const byId = new Map<string, ScrapeEndpoint>();
  for (const job of jobs) {
    for (const target of job.targets) {
      const endpoint = endpointOf(job, target);
      if (!byId.has(endpoint.id)) byId.set(endpoint.id, endpoint);
    }
  }
  return [...byId.values()];
}
