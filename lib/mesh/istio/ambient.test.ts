/** Ztunnels, waypoints and istiod: series as they print them → meanings. */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { SeriesMeaning, TargetLabels } from "../../model/meaning.ts";
import { autoAdapter } from "../auto.ts";
import { meaningsIn } from "../reading-rig.ts";
import { SeriesTable } from "../series-table.ts";
import { istioAdapter } from "./adapter.ts";

const target: TargetLabels = { cluster: "c1", namespace: "shop", workload: "", service: "", version: "", app: "" };
const encoder = new TextEncoder();

function read(body: string | Uint8Array, from: TargetLabels = target, adapter = istioAdapter) {
  const bytes = typeof body === "string" ? encoder.encode(body) : body;
  const result = new SeriesTable(adapter, from).read(bytes, 1_700_000_000_000);
  if (!result.ok) throw new Error(result.error.message);
  const { reading, stats } = result.value;
  const known = meaningsIn(reading);
  const meanings: SeriesMeaning[] = [];
  const values: number[] = [];
  for (let i = 0; i < reading.size; i++) {
    const meaning = known.get(reading.ids[i] ?? -1);
    if (meaning === undefined) continue;
    meanings.push(meaning);
    values.push(reading.values[i] ?? Number.NaN);
  }
  return { meanings, values, stats };
}

const ENDS = `source_workload="web",source_canonical_service="web",source_workload_namespace="shop",source_cluster="c1",destination_workload="api",destination_canonical_service="api",destination_workload_namespace="shop",destination_cluster="c1",destination_service="api.shop.svc.cluster.local",destination_service_name="api",destination_service_namespace="shop",request_protocol="tcp"`;
const BUILD = 'istio_build{component="ztunnel",tag="1.30.0"} 1\n';

function opened(reporter: string, policy: string, rest = 'response_flags="-"', family = "opened"): string {
  const labels = `reporter="${reporter}",${ENDS},${rest},connection_security_policy="${policy}"`;
  return `istio_tcp_connections_${family}_total{${labels}} 5\n`;
}

describe("a ztunnel's series", () => {
  test.each([
    ["source", "mutual_tls", "mutual"],
    ["destination", "mutual_tls", "mutual"],
    ["source", "unknown", "unknown"],
    ["destination", "unknown", "unknown"],
  ])("%s %s is %s, and lies below what others count", (reporter, policy, security) => {
    for (const adapter of [istioAdapter, autoAdapter]) {
      const { meanings } = read(BUILD + opened(reporter, policy), target, adapter);
      expect(meanings[1]).toMatchObject({ reporter, below: true, measure: { kind: "connectionsOpened", security } });
    }
  });

  test("a ztunnel is told by its build wherever that stands, or by the configured name of its target", () => {
    const series = opened("source", "mutual_tls");
    expect(read(series + BUILD).meanings[0]).toMatchObject({ below: true });
    expect(read(series, { ...target, workload: "ztunnel" }).meanings[0]).toMatchObject({ below: true });
    expect(read(series, { ...target, app: "ztunnel" }).meanings[0]).toMatchObject({ below: true });
    const sidecar = read(`istio_build{component="proxy",tag="1.30.0"} 1\n${series}`).meanings[1];
    expect(sidecar).toMatchObject({ measure: { security: "unknown" } });
    expect(sidecar?.kind === "counter" && sidecar.below).toBe(undefined);
  });

  test("an end that it does not know is unknown, never the ztunnel itself", () => {
    const series = opened("source", "unknown")
      .replaceAll("web", "unknown")
      .replace('namespace="shop"', 'namespace="unknown"');
    const own = { ...target, namespace: "istio-system", workload: "ztunnel", service: "ztunnel" };
    expect(read(series, own).meanings[0]).toMatchObject({ edge: { source: { kind: "unknown", name: "unknown" } } });
  });

  test.each([
    ["DENY", true],
    ["NETWORK_POLICY", true],
    ["CONNECT", false],
    ["TLS_FAILURE", false],
    ["H2_HANDSHAKE_FAILURE", false],
    ["IDENTITY_ERROR", false],
    ["CERT_REVOKED", false],
  ])("a connection closed with %s keeps its flag; denied: %s", (flag, denied) => {
    const { meanings } = read(BUILD + opened("destination", "mutual_tls", `response_flags="${flag}"`, "closed"));
    const measures = meanings.flatMap((meaning) => (meaning.kind === "counter" ? [meaning.measure] : []));
    expect(measures).toEqual([{ kind: "connectionsClosed", flags: [flag] }, ...(denied ? [{ kind: "denied" }] : [])]);
  });

  test("failed connections are the closed ones again, and sockets, DNS and xDS are of no interest: none is a loss", () => {
    const { meanings, stats } = read(
      `${BUILD}${opened("source", "mutual_tls", 'response_flags="CONNECT"', "failed")}
istio_tcp_sockets_open{reporter="source"} 4
istio_on_demand_dns_total{hostname="x"} 1
istio_crl_policy_rejections_total 0
istio_dns_requests_total{source_canonical_service="web"} 7
istio_xds_message_total{url="a"} 7
workload_manager_active_proxy_count 3
# EOF`,
    );
    expect(meanings.map(({ kind }) => kind)).toEqual(["build"]);
    expect(stats.drops.size).toBe(0);
  });

  test("new labels of region and zone change nothing", () => {
    const more = opened(
      "source",
      "mutual_tls",
      'response_flags="-",source_region="r1",source_zone="z1",destination_zone="z2"',
    );
    expect(read(BUILD + more).meanings).toEqual(read(BUILD + opened("source", "mutual_tls")).meanings);
  });
});

describe("waypoints", () => {
  const request = (reporter: string, workload = "waypoint"): string =>
    `istio_requests_total{reporter="${reporter}",${ENDS.replace('destination_workload="api"', `destination_workload="${workload}"`).replace('protocol="tcp"', 'protocol="http"')},response_code="200",response_flags="-",connection_security_policy="mutual_tls"} 5\n`;

  test("report as waypoint; those of old say destination, and their target's name tells", () => {
    const meanings = (reporter: string, workload: string) =>
      read(request(reporter, "api"), { ...target, workload }).meanings[0];
    expect(meanings("waypoint", "")).toMatchObject({ reporter: "waypoint", measure: { security: "mutual" } });
    for (const name of ["waypoint", "shop-waypoint", "reviews-istio-waypoint"]) {
      expect(meanings("destination", name)).toMatchObject({ reporter: "waypoint", edge: { target: { name: "api" } } });
    }
    expect(meanings("destination", "waypoints")).toMatchObject({ reporter: "destination" });
  });

  test("are known by their name as ends, too", () => {
    expect(read(request("source", "shop-waypoint")).meanings[0]).toMatchObject({
      edge: { target: { kind: "waypoint", name: "shop-waypoint" } },
    });
  });
});

describe("certificates", () => {
  const certificates = (body: string) => {
    const { meanings, values, stats } = read(body);
    expect(stats.drops.size).toBe(0);
    return meanings.flatMap((meaning, i) =>
      meaning.kind === "certificateSeconds" ? [[meaning.name, meaning.role, Math.round(values[i] ?? 0)]] : [],
    );
  };

  test("the agent's own is a leaf, its trusted root a root, a gateway's credential neither", () => {
    const lines = ["default", "ROOTCA", "kubernetes://shop-tls"].map(
      (name, i) => `istio_agent_cert_expiry_seconds{resource_name="${name}"} ${i + 1}000\n`,
    );
    expect(certificates(lines.join(""))).toEqual([
      ["default", "leaf", 1000],
      ["ROOTCA", "root", 2000],
      ["kubernetes://shop-tls", undefined, 3000],
    ]);
  });

  test("istiod tells its root and its issuer, as a point in time and as seconds left, and nothing of it is left out", () => {
    const body = `# HELP citadel_server_root_cert_expiry_timestamp The unix timestamp, in seconds, when the root expires.
# TYPE citadel_server_root_cert_expiry_timestamp gauge
citadel_server_root_cert_expiry_timestamp 1.7000864e+09
citadel_server_root_cert_expiry_seconds 86400.0012
citadel_server_cert_chain_expiry_timestamp 1.70000001e+09
citadel_server_cert_chain_expiry_seconds 10
citadel_server_csr_count 112
istio_build{component="pilot",tag="1.30.0"} 1
pilot_xds{version="1.30.0"} 7
pilot_proxy_convergence_time_bucket{le="0.1"} 3
pilot_xds_pushes{type="cds"} 9
process_start_time_seconds 1.69e+09
go_goroutines 12
`;
    expect(certificates(body)).toEqual([
      ["istiod root", "root", 86400],
      ["istiod root", "root", 86400],
      ["istiod issuer", "issuer", 10],
      ["istiod issuer", "issuer", 10],
    ]);
    expect(read(body).meanings.filter(({ kind }) => kind === "build")).toEqual([{ kind: "build", version: "1.30.0" }]);
    expect(read(body, target, autoAdapter).meanings).toEqual(read(body).meanings);
  });
});

const sample = "../shared/samples/istio-ztunnel-1.24-excerpt.prom.txt";

test.skipIf(!existsSync(sample))(
  "the excerpt of a real ztunnel: two connections' edges, mutual, nothing left out",
  () => {
    const { meanings, values, stats } = read(new Uint8Array(readFileSync(sample)));
    expect(stats.drops.size).toBe(0);
    const edges = meanings.flatMap((meaning, i) => {
      if (meaning.kind !== "counter" || meaning.measure.kind !== "connectionsOpened") return [];
      const { source, target: to, protocol, layer } = meaning.edge;
      return [[source.name, to.name, to.service, to.version, protocol, layer, meaning.measure.security, values[i]]];
    });
    expect(edges).toEqual([
      ["productpage-v1", "details-v1", "details", "v1", "tcp", "L4", "mutual", 831],
      ["reviews-v3", "ratings-v1", "ratings", "v1", "tcp", "L4", "mutual", 55],
    ]);
    expect(meanings.every((meaning) => meaning.kind !== "counter" || meaning.below === true)).toBe(true);
  },
);
