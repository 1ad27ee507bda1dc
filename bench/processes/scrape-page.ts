/**
 * What one busy Istio sidecar prints: for each peer and code a request counter, and per peer histograms of duration,
 * request size and response size with Istio's 20 buckets, sum and count, by both reporters; labels as a stock proxy prints
 * them, 470 bytes a line on average. In: series wanted. Out: the page at a scrape, where every counter has gone on.
 */
import { createServer } from "node:http";
import { gzipSync } from "node:zlib";

const BOUNDS = [
  "0.5",
  "1",
  "5",
  "10",
  "25",
  "50",
  "100",
  "250",
  "500",
  "1000",
  "2500",
  "5000",
  "10000",
  "30000",
  "60000",
  "300000",
  "600000",
  "1800000",
  "3600000",
  "+Inf",
];
const CODES = ["200", "404", "503"];
const HISTOGRAMS = ["istio_request_duration_milliseconds", "istio_request_bytes", "istio_response_bytes"];
/** Of one peer and reporter. */
const SERIES = CODES.length + HISTOGRAMS.length * (BOUNDS.length + 2);

function end(side: string, name: string): string {
  const own = `${side}_workload="${name}",${side}_workload_namespace="shop",${side}_app="${name}",${side}_version="v1"`;
  const names = `${side}_principal="spiffe://cluster.local/ns/shop/sa/${name}",${side}_cluster="c1"`;
  return `${own},${names},${side}_canonical_service="${name}",${side}_canonical_revision="v1"`;
}

function peerLabels(peer: number, reporter: string): string {
  const [from, to] = reporter === "source" ? ["web", `svc-${peer}`] : [`svc-${peer}`, "web"];
  const host = `${to}.shop.svc.cluster.local`;
  const service = `destination_service="${host}",destination_service_name="${to}",destination_service_namespace="shop"`;
  const policy = reporter === "source" ? "unknown" : "mutual_tls";
  return `reporter="${reporter}",${end("source", from)},${end("destination", to)},${service},request_protocol="http",response_flags="-",connection_security_policy="${policy}"`;
}

/** The value of the `nth` series at a scrape: half of them move, by unlike steps. */
const valueAt = (nth: number, scrape: number): number =>
  1_000 + ((nth * 7919) % 90_000) + scrape * (nth % 2) * (nth % 97);

interface Line {
  readonly text: string;
  /** Of the cumulative counts of one histogram: nth and place; others count alone. */
  readonly at: number;
}

function linesOf(series: number): readonly Line[] {
  const lines: Line[] = [];
  const peers = Array.from({ length: Math.ceil(series / SERIES / 2) }, (_, peer) =>
    ["source", "destination"].map((reporter) => peerLabels(peer, reporter)),
  ).flat();
  let nth = 0;
  for (const labels of peers)
    for (const code of CODES)
      lines.push({ text: `istio_requests_total{response_code="${code}",${labels}}`, at: nth++ });
  for (const family of HISTOGRAMS) {
    for (const labels of peers) {
      for (const le of BOUNDS) lines.push({ text: `${family}_bucket{${labels},le="${le}"}`, at: nth });
      lines.push({ text: `${family}_sum{${labels}}`, at: nth }, { text: `${family}_count{${labels}}`, at: nth });
      nth++;
    }
  }
  return lines.slice(0, series);
}

const encoder = new TextEncoder();

/** A page a scrape, of `series` series in all; those of the request counters and durations are `wanted` by a graph. */
export function pageOf(series: number): { readonly series: number; at(scrape: number): Uint8Array } {
  const lines = linesOf(series);
  return {
    series: lines.length,
    at: (scrape) => {
      const texts = lines.map(({ text, at }) => {
        const place = BOUNDS.findIndex((le) => text.endsWith(`le="${le}"}`));
        const value = valueAt(at, scrape);
        return `${text} ${place < 0 ? value : Math.floor((value * Math.min(12, place + 1)) / 12)}`;
      });
      return encoder.encode(`# TYPE istio_requests_total counter\n${texts.join("\n")}\n`);
    },
  };
}

/** Pages made before the first is asked for; then they come again from the first, as after a restart of the proxy. */
const PAGES = 12;
const PAGE_MS = 1_000;

/** Serves the page at any path, another one every second, so that all who ask at a time get the same. Resolves with the port. */
export function servePage(series: number, gzip: boolean): Promise<number> {
  const page = pageOf(series);
  const bodies = Array.from({ length: PAGES }, (_, scrape) => (gzip ? gzipSync(page.at(scrape)) : page.at(scrape)));
  const server = createServer((_request, response) => {
    const body = bodies[Math.floor(Date.now() / PAGE_MS) % PAGES] ?? new Uint8Array(0);
    const type = { "content-type": "text/plain; version=0.0.4", "content-length": body.length };
    response.writeHead(200, gzip ? { ...type, "content-encoding": "gzip" } : type);
    response.end(body);
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}
