/**
 * Sidecars of an Istio estate in one process: 500 paths with 540 series each, which together tell of 20,000 edges.
 *
 * 250 workloads with two replicas, each calling 80 others. Every edge is told by both reporters and by both replicas of
 * each (4 x 20,000 counters of requests, 160 a target), 17 of those a target also have a duration histogram with Istio's
 * 20 buckets, sum and count (374 series), and 6 series are the process's own: 540. Fewer targets are the same in small.
 */
import { createServer } from "node:http";

export interface Estate {
  readonly workloads: number;
  /** That each calls. */
  readonly callees: number;
}

export const FULL_ESTATE: Estate = { workloads: 250, callees: 80 };
export const REPLICAS = 2;
const HISTOGRAMS = 17;
const BOUNDS = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000,
  3_600_000,
];
const STEP = 3;

export const seriesOf = ({ callees }: Estate): number =>
  2 * callees + Math.min(HISTOGRAMS, 2 * callees) * (BOUNDS.length + 3) + 6;

export const nameOf = (workload: number): string => `svc-${workload}`;

function end(side: "source" | "destination", workload: number): string {
  const name = nameOf(workload);
  const principal = `spiffe://cluster.local/ns/shop/sa/${name}`;
  const labels = {
    workload: name,
    workload_namespace: "shop",
    principal,
    app: name,
    version: "v1",
    cluster: "c1",
    canonical_service: name,
    canonical_revision: "v1",
  };
  return Object.entries(labels)
    .map(([label, value]) => `${side}_${label}="${value}"`)
    .join(",");
}

interface Report {
  readonly labels: string;
  readonly ratePerSec: number;
}

/** What replica `replica` of a workload tells: the edges it calls along, then those it is called along. */
function reportsOf({ workloads, callees }: Estate, workload: number, replica: number): readonly Report[] {
  const reports: Report[] = [];
  for (const reporter of ["source", "destination"] as const) {
    for (let k = 0; k < callees; k++) {
      const distance = 1 + ((k * STEP) % (workloads - 1));
      const other = (workload + (reporter === "source" ? distance : workloads - distance)) % workloads;
      const [from, to] = reporter === "source" ? [workload, other] : [other, workload];
      const service = `destination_service="${nameOf(to)}.shop.svc.cluster.local",destination_service_name="${nameOf(to)}",destination_service_namespace="shop"`;
      const rest = `request_protocol="http",response_code="200",grpc_response_status="",response_flags="-",connection_security_policy="${reporter === "source" ? "unknown" : "mutual_tls"}"`;
      const labels = `reporter="${reporter}",${end("source", from)},${end("destination", to)},${service},${rest}`;
      reports.push({ labels, ratePerSec: 1 + ((from * 7 + to * 13 + replica) % 20) });
    }
  }
  return reports;
}

function histogram({ labels, ratePerSec }: Report, seconds: number): string {
  const count = Math.floor(ratePerSec * seconds);
  const family = "istio_request_duration_milliseconds";
  const lines = BOUNDS.map((le, i) => {
    const share = Math.min(1, (i + 1) / 12);
    return `${family}_bucket{${labels},le="${le}"} ${Math.floor(count * share)}`;
  });
  lines.push(`${family}_bucket{${labels},le="+Inf"} ${count}`, `${family}_sum{${labels}} ${count * 12}`);
  return `${lines.join("\n")}\n${family}_count{${labels}} ${count}`;
}

const PROCESS = ["envoy_server_uptime", "envoy_server_live", "envoy_server_concurrency", "envoy_server_version"];

function page(reports: readonly Report[], seconds: number): string {
  const requests = reports.map(({ labels, ratePerSec }) => {
    return `istio_requests_total{${labels}} ${Math.floor(ratePerSec * seconds)}`;
  });
  const step = Math.max(1, Math.floor(reports.length / HISTOGRAMS));
  const timed = reports.filter((_report, i) => i % step === 0).slice(0, HISTOGRAMS);
  const own = [...PROCESS, "istio_build", "istio_agent_process_start_time_seconds"];
  return [
    "# TYPE istio_requests_total counter",
    ...requests,
    "# TYPE istio_request_duration_milliseconds histogram",
    ...timed.map((report) => histogram(report, seconds)),
    ...own.map((name) => `# TYPE ${name} gauge\n${name}{} ${name.endsWith("seconds") ? 1_700_000_000 : 1}`),
    "",
  ].join("\n");
}

/** The page of one target, so many seconds after its counters were at 0. */
export const pageAt = (estate: Estate, workload: number, replica: number, seconds: number): string =>
  page(reportsOf(estate, workload, replica), seconds);

/** Path of a target; `serveIstio` answers it. */
export const pathOf = (workload: number, replica: number): string => `/${workload}/${replica}`;

/** Resolves with the port. */
export function serveIstio(estate: Estate): Promise<number> {
  const began = Date.now() - 3_600_000;
  const pages = new Map<string, readonly Report[]>();
  for (let workload = 0; workload < estate.workloads; workload++)
    for (let replica = 0; replica < REPLICAS; replica++)
      pages.set(pathOf(workload, replica), reportsOf(estate, workload, replica));
  const server = createServer((request, response) => {
    const reports = pages.get(request.url ?? "");
    response.writeHead(reports === undefined ? 404 : 200, { "content-type": "text/plain; version=0.0.4" });
    response.end(reports === undefined ? "" : page(reports, (Date.now() - began) / 1000));
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}
