import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { SeriesMeaning, TargetLabels } from "../../model/meaning.ts";
import { autoAdapter } from "../auto.ts";
import { meaningsIn } from "../reading-rig.ts";
import { SeriesTable } from "../series-table.ts";
import { linkerdAdapter } from "./adapter.ts";

const target: TargetLabels = {
  cluster: "c1",
  namespace: "emojivoto",
  workload: "web",
  service: "web-svc",
  version: "v1",
  app: "",
};
const OWN = { cluster: "c1", namespace: "emojivoto", kind: "workload", name: "web", version: "v1", mesh: "linkerd" };

type Labels = Readonly<Record<string, string>>;

function adapt(name: string, labels: Labels, from: TargetLabels = target, adapter = linkerdAdapter) {
  expect(adapter.wants(name)).toBe(true);
  return adapter.adapt({ name, labels: new Map(Object.entries(labels)) }, from);
}

function all(name: string, labels: Labels): readonly SeriesMeaning[] {
  const adapted = adapt(name, labels);
  if ("refused" in adapted) throw new Error(adapted.refused);
  return adapted.meanings;
}

function one(name: string, labels: Labels): SeriesMeaning {
  const [meaning] = all(name, labels);
  if (meaning === undefined) throw new Error(`${name} means nothing`);
  return meaning;
}

const SERVER_ID = "voting.emojivoto.serviceaccount.identity.linkerd.cluster.local";
const DST = {
  dst_control_plane_ns: "linkerd",
  dst_namespace: "emojivoto",
  dst_deployment: "voting",
  dst_service: "voting-svc",
  dst_pod: "voting-5f5b55545d-xyz",
  dst_pod_template_hash: "5f5b55545d",
  dst_serviceaccount: "voting",
};
const OUT = {
  direction: "outbound",
  authority: "voting-svc.emojivoto.svc.cluster.local:8080",
  target_addr: "10.42.0.9:8080",
  target_ip: "10.42.0.9",
  target_port: "8080",
  tls: "true",
  server_id: SERVER_ID,
  ...DST,
};
const VOTING = {
  cluster: "c1",
  namespace: "emojivoto",
  kind: "workload",
  name: "voting",
  mesh: "linkerd",
  service: "voting-svc",
};
const IN = {
  direction: "inbound",
  target_addr: "10.42.0.8:8080",
  target_port: "8080",
  srv_kind: "server",
  srv_name: "web-http",
};

describe("outbound requests by endpoint", () => {
  test("an edge between two meshed workloads, counted where the answer is", () => {
    expect(one("response_total", { ...OUT, status_code: "200", classification: "success", grpc_status: "" })).toEqual({
      kind: "counter",
      reporter: "outbound",
      family: "response_total",
      edge: { source: { ...OWN, service: "web-svc" }, target: VOTING, protocol: "http", layer: "L7" },
      measure: {
        kind: "requests",
        code: "200",
        flags: [],
        host: "voting-svc.emojivoto.svc.cluster.local",
        security: "mutual",
        left: true,
      },
      principals: { destination: SERVER_ID },
      address: "10.42.0.9",
    });
    // The same requests as they begin: never a second count.
    expect(one("request_total", OUT)).toMatchObject({ reporter: "outbound", measure: { kind: "requestsStarted" } });
  });

  test.each([
    [{ status_code: "503", classification: "failure" }, { code: "503" }],
    [
      { status_code: "200", classification: "failure", grpc_status: "14" },
      { code: "200", grpcStatus: "14" },
    ],
    [
      { classification: "failure", error: "unexpected" },
      { code: "none", flags: ["UNEXPECTED"], left: true },
    ],
    [
      { classification: "failure", error: "failfast" },
      { code: "none", flags: ["FAILFAST"], left: false },
    ],
    [{ classification: "success" }, { code: "unknown" }],
    [
      { status_code: "2oo", classification: "failure", error: "\u0000".repeat(500) },
      { code: "none", flags: ["other"] },
    ],
  ])("%j", (labels, measure) => {
    expect(one("response_total", { ...OUT, ...labels })).toMatchObject({ measure });
  });

  test("latency is milliseconds to the first byte", () => {
    const bucket = { ...OUT, status_code: "200" };
    expect(one("response_latency_ms_bucket", { ...bucket, le: "+Inf" })).toMatchObject({
      kind: "latency",
      of: "firstByte",
      toMs: 1,
      part: { le: Number.POSITIVE_INFINITY },
    });
    expect(one("response_latency_ms_sum", bucket)).toMatchObject({ part: "sum" });
    expect(adapt("response_latency_ms_bucket", { ...bucket, le: "wide" })).toEqual({ refused: "bad_labels" });
  });

  test.each([
    ["dst_statefulset", "workload"],
    ["dst_daemonset", "workload"],
    ["dst_job", "workload"],
    ["dst_external_workload", "workload"],
    ["dst_pod", "workload"],
  ])("the owner of the pod that answered is the workload: %s", (label, kind) => {
    const { dst_deployment: _d, dst_pod: _p, ...rest } = OUT;
    expect(one("request_total", { ...rest, [label]: "db" })).toMatchObject({ edge: { target: { kind, name: "db" } } });
  });

  test("a ReplicaSet's hash is no version, and a pod that the mesh does not run is not of the mesh", () => {
    const { tls: _t, server_id: _s, dst_control_plane_ns: _c, ...bare } = OUT;
    const meaning = one("request_total", { ...bare, tls: "no_identity", no_tls_reason: "loopbak" });
    expect(meaning).toMatchObject({ edge: { target: { name: "voting", mesh: null } } });
    expect("edge" in meaning && "version" in meaning.edge.target).toBe(false);
  });

  test.each([
    ["db.data.svc.cluster.local:5432", { kind: "service", name: "db", namespace: "data", mesh: null }],
    ["redis:6379", { kind: "service", name: "redis", namespace: "emojivoto" }],
    ["api.example.com:443", { kind: "external", name: "api.example.com", reason: "outside_host" }],
    ["10.0.0.5:5432", { kind: "external", name: "10.0.0.5:5432", reason: "outside_address" }],
    ["[2001:db8::1]:443", { kind: "external", name: "10.0.0.5:5432", reason: "outside_address" }],
    ["", { kind: "external", name: "10.0.0.5:5432", reason: "outside_address" }],
  ])("without labels of a destination, %j is asked for", (authority, end) => {
    const labels = { direction: "outbound", authority, target_addr: "10.0.0.5:5432", tls: "no_identity" };
    expect(one("request_total", labels)).toMatchObject({ edge: { target: end } });
  });
});

describe("security", () => {
  test.each([
    ["outbound", "not_provided_by_service_discovery", "plaintext", "not_provided_by_service_discovery"],
    ["outbound", "no_authority_in_http_request", "plaintext", "no_authority_in_http_request"],
    ["outbound", "ingress_without_override", "plaintext", "ingress_without_override"],
    ["outbound", "disabled", "plaintext", "identity_disabled"],
    ["inbound", "no_tls_from_remote", "plaintext", "no_tls_from_remote"],
    ["inbound", "not_provided_by_remote", "plaintext", "no_tls_from_remote"],
    ["inbound", "port_skipped", "plaintext", "port_skipped"],
    ["inbound", "said | by ~ nobody", "plaintext", "no_tls_reason_not_said"],
  ])("%s HTTP, %s: %s", (direction, no_tls_reason, security, securityReason) => {
    const labels = { ...(direction === "inbound" ? IN : OUT), tls: "no_identity", no_tls_reason, status_code: "200" };
    expect(one("response_total", labels)).toMatchObject({ measure: { security, securityReason } });
  });

  test.each([
    ["no_tls_from_remote", "plaintext"],
    ["port_skipped", "unknown"],
    ["disabled", "unknown"],
  ])(
    "of bytes that were only forwarded, %s leaves %s: they may be the application's own TLS",
    (no_tls_reason, security) => {
      const labels = { ...IN, peer: "src", tls: "no_identity", no_tls_reason };
      expect(one("tcp_open_total", labels)).toMatchObject({ measure: { security } });
    },
  );

  test("TLS that passes through, TLS without a client's identity, and no word at all", () => {
    const said = (labels: Labels) => one("response_total", { ...IN, status_code: "200", ...labels });
    expect(said({ tls: "opaque", sni: "db" })).toMatchObject({
      measure: { security: "tls", securityReason: "application_tls" },
    });
    expect(said({ tls: "true", client_id: "" })).toMatchObject({
      measure: { security: "tls", securityReason: "no_client_identity" },
    });
    const silent = said({});
    expect(silent.kind === "counter" && "security" in silent.measure).toBe(false);
  });
});

describe("inbound", () => {
  test("a caller without an identity has no proxy; one with an identity is a service account, not a workload", () => {
    const { tls: _tls, ...plain } = { ...IN, tls: "", status_code: "200" };
    const without = one("response_total", { ...plain, tls: "no_identity", no_tls_reason: "no_tls_from_remote" });
    expect(without).toMatchObject({
      reporter: "inbound",
      edge: {
        source: { kind: "unknown", name: "unknown", mesh: null, reason: "caller_without_identity" },
        target: { name: "web", service: "web-svc", version: "v1" },
      },
    });
    const client_id = "vote-bot.emojivoto.serviceaccount.identity.linkerd.cluster.local";
    const meshed = one("response_total", { ...plain, tls: "true", client_id });
    expect(meshed).toMatchObject({
      reporter: "inbound",
      edge: { source: { kind: "unknown", mesh: "linkerd", reason: "caller_by_identity" } },
      measure: { security: "mutual" },
      principals: { source: client_id },
    });
  });

  test.each([
    ["the proxy's own admin port", { target_port: "4191" }],
    ["a probe of the kubelet", { authz_kind: "default", authz_name: "probe" }],
    ["a connection within the pod", { tls: "no_identity", no_tls_reason: "loopback" }],
    ["an application's metric of that name", { direction: "" }],
  ])("%s is nobody's call", (_, labels) => {
    expect(all("response_total", { ...IN, status_code: "200", ...labels })).toEqual([]);
  });

  test.each([
    ["inbound_http_authz_deny_total", {}, "http", "denied"],
    ["inbound_tcp_authz_terminate_total", {}, "tcp", "denied"],
    ["inbound_http_local_ratelimit_total", { ratelimit_scope: "identity" }, "http", "rateLimited"],
    ["inbound_http_errors_total", { error: "loadshed" }, "http", "overflow"],
  ])("%s %j", (name, labels, protocol, kind) => {
    expect(one(name, { target_port: "8080", ...labels })).toMatchObject({
      reporter: "inbound",
      edge: { protocol, target: { name: "web" } },
      measure: { kind },
    });
  });

  test("other errors are not refusals", () => {
    expect(all("inbound_http_errors_total", { error: "i/o" })).toEqual([]);
  });
});

describe("connections", () => {
  const dst = { ...OUT, peer: "dst" };
  const src = { ...IN, peer: "src", tls: "no_identity", no_tls_reason: "no_tls_from_remote" };
  test.each([
    ["tcp_open_total", dst, { kind: "connectionsOpened", security: "mutual", flags: [] }],
    ["tcp_close_total", { ...dst, errno: "ECONNRESET" }, { kind: "connectionsClosed" }],
    ["tcp_write_bytes_total", dst, { kind: "requestBytes" }],
    ["tcp_read_bytes_total", dst, { kind: "responseBytes" }],
    ["tcp_read_bytes_total", src, { kind: "requestBytes" }],
    ["tcp_write_bytes_total", src, { kind: "responseBytes" }],
    ["tcp_open_connections", dst, { kind: "activeConnections" }],
  ])("%s of one side only", (name, labels, measure) => {
    expect(one(name, labels)).toMatchObject({ edge: { protocol: "tcp", layer: "L4" }, measure });
    expect(all(name, { ...labels, peer: labels.peer === "dst" ? "src" : "dst" })).toEqual([]);
  });

  test("they may be what HTTP runs over", () => {
    expect(one("tcp_open_total", dst)).toMatchObject({ transportOf: "http" });
  });
});

describe("outbound requests by route", () => {
  const ROUTE = {
    parent_group: "core",
    parent_kind: "Service",
    parent_namespace: "emojivoto",
    parent_name: "voting-svc",
    parent_port: "8080",
    route_kind: "HTTPRoute",
    route_name: "vote",
    hostname: "",
  };
  const statuses = "outbound_http_route_request_statuses_total";

  test("a logical request, of the service that was asked for", () => {
    expect(all(statuses, { ...ROUTE, http_status: "200", error: "" })).toEqual([
      {
        kind: "counter",
        reporter: "outboundRoute",
        family: statuses,
        edge: {
          source: { ...OWN, service: "web-svc" },
          target: {
            cluster: "c1",
            namespace: "emojivoto",
            kind: "service",
            name: "voting-svc",
            mesh: "linkerd",
            service: "voting-svc",
          },
          protocol: "http",
          layer: "L7",
        },
        measure: { kind: "requests", code: "200", flags: [], left: true },
      },
    ]);
  });

  test.each([
    ["http", { http_status: "", error: "REQUEST_TIMEOUT" }, [{ code: "none" }, { kind: "timeouts" }]],
    ["http", { http_status: "", error: "FAIL_FAST" }, [{ code: "none", left: false }, { kind: "overflow" }]],
    ["grpc", { grpc_status: "UNAVAILABLE", error: "" }, [{ code: "unknown", grpcStatus: "14" }]],
    ["grpc", { grpc_status: "OK", error: "" }, [{ code: "unknown", grpcStatus: "0" }]],
    ["grpc", { grpc_status: "", error: "RESET" }, [{ code: "none", flags: ["RESET"] }]],
  ])("%s %j", (protocol, labels, measures) => {
    const meanings = all(`outbound_${protocol}_route_request_statuses_total`, { ...ROUTE, ...labels });
    expect(meanings).toHaveLength(measures.length);
    expect(meanings).toMatchObject(measures.map((measure) => ({ edge: { protocol }, measure })));
  });

  test("durations are seconds to the end of the answer; attempts on backends are not counted again", () => {
    expect(one("outbound_http_route_request_duration_seconds_bucket", { ...ROUTE, le: "0.05" })).toMatchObject({
      kind: "latency",
      of: "response",
      part: { le: 0.05 },
      toMs: 1000,
    });
    for (const name of [
      "outbound_http_route_backend_response_statuses_total",
      "outbound_http_route_backend_response_duration_seconds_bucket",
      "route_response_total",
      "inbound_http_requests_total",
      "outbound_http_balancer_endpoints",
    ]) {
      expect(linkerdAdapter.wants(name), name).toBe(false);
    }
  });

  test("attempts say which Service carried them, where that is not the one asked for", () => {
    const asked = { ...ROUTE, backend_kind: "Service", backend_namespace: "emojivoto", backend_name: "voting-svc" };
    const name = "outbound_http_route_backend_requests_total";
    expect(one(name, { ...asked, backend_name: "voting-canary" })).toMatchObject({
      measure: { kind: "attempts" },
      address: "voting-canary.emojivoto.svc.cluster.local",
    });
    for (const other of [{}, { backend_kind: "" }, { backend_name: "" }, { backend_namespace: "" }]) {
      expect(one(name, { ...asked, ...other })).not.toHaveProperty("address");
    }
  });

  test.each([
    ["outbound_http_route_retry_requests_total", "retries"],
    ["outbound_http_route_retry_overflow_total", "overflow"],
    ["outbound_http_route_request_frame_size_bytes_sum", "requestBytes"],
    ["outbound_http_route_backend_response_frame_size_bytes_sum", "responseBytes"],
    ["outbound_tls_route_open_total", "connectionsOpened"],
    ["outbound_tcp_route_close_total", "connectionsClosed"],
  ])("%s: %s", (name, kind) => {
    expect(one(name, ROUTE)).toMatchObject({ reporter: "outboundRoute", measure: { kind } });
  });

  test.each([
    [{ parent_kind: "EgressNetwork", parent_name: "all", hostname: "api.example.com" }, "external", "api.example.com"],
    [{ parent_kind: "EgressNetwork", parent_name: "all" }, "external", "all"],
    [{ parent_kind: "default", parent_name: "" }, "unknown", "unknown"],
  ])("parent %j", (labels, kind, name) => {
    expect(one(statuses, { ...ROUTE, ...labels })).toMatchObject({ edge: { target: { kind, name } } });
  });
});

describe("the process", () => {
  test.each(["identity_cert_expiration_timestamp_seconds", "control_identity_cert_expiration_timestamp_seconds"])(
    "%s is the leaf's expiry in Unix time",
    (name) => {
      expect(one(name, {})).toEqual({
        kind: "certificateSeconds",
        name: "identity",
        role: "leaf",
        epoch: true,
        sentinels: [0],
      });
    },
  );

  test("the time of the last refresh, the issuer's time left, start and version", () => {
    expect(one("control_identity_cert_refresh_timestamp_seconds", {})).toMatchObject({ kind: "certificateRefreshed" });
    expect(one("issuer_cert_ttl_seconds", {})).toMatchObject({ kind: "certificateSeconds", role: "issuer" });
    expect(one("process_start_time_seconds", {})).toEqual({ kind: "startTimeSeconds" });
    expect(one("proxy_build_info", { version: "2.366.0", git_version: "x" })).toMatchObject({ version: "2.366.0" });
    expect(one("proxy_build_info", { git_version: "279b301" })).toMatchObject({ version: "279b301" });
    expect(all("proxy_build_info", {})).toEqual([]);
  });

  test("who it is comes from the configuration alone; without it traffic is refused, and certificates are not", () => {
    const nobody = { ...target, workload: "", service: "" };
    expect(adapt("request_total", OUT, nobody)).toEqual({ refused: "no_target_labels" });
    expect(adapt("identity_cert_expiration_timestamp_seconds", {}, nobody)).toHaveProperty("meanings");
  });

  test("without a configured service none is made up", () => {
    const adapted = adapt("request_total", OUT, { ...target, service: "" });
    expect(adapted).toMatchObject({ meanings: [{ edge: { source: { name: "web" } } }] });
    expect(JSON.stringify(adapted)).not.toContain("web-svc");
  });
});

describe("told by family and labels", () => {
  test("the proxy's own names, and shared ones with its direction", () => {
    expect(adapt("request_total", OUT, target, autoAdapter)).toEqual(adapt("request_total", OUT));
    expect(adapt("request_total", { path: "/" }, target, autoAdapter)).toEqual({ meanings: [] });
    expect(autoAdapter.wants("process_start_time_seconds")).toBe(false);
  });
});

const AT_MS = 1_651_000_000_000;
const encoder = new TextEncoder();

function read(bytes: Uint8Array) {
  const result = new SeriesTable(linkerdAdapter, target).read(bytes, AT_MS);
  if (!result.ok) throw new Error(result.error.message);
  const { reading, stats } = result.value;
  const rows: { meaning: SeriesMeaning; value: number }[] = [];
  const meanings = meaningsIn(reading);
  for (let i = 0; i < reading.size; i++) {
    const meaning = meanings.get(reading.ids[i] ?? -1);
    if (meaning) rows.push({ meaning, value: reading.values[i] ?? 0 });
  }
  return { rows, stats };
}

const sample = "../shared/samples/linkerd-proxy-2.12dev.prom.txt";

test.skipIf(!existsSync(sample))("a real proxy: one opaque TCP edge, and nothing of its own scrapes", () => {
  const { rows, stats } = read(new Uint8Array(readFileSync(sample)));
  expect(Object.fromEntries(stats.drops)).toEqual({});
  const counters = rows.flatMap(({ meaning, value }) =>
    meaning.kind === "counter"
      ? [[meaning.reporter, meaning.edge.target.name, meaning.edge.protocol, meaning.measure.kind, value]]
      : [],
  );
  expect(counters).toEqual([
    ["outbound", "opaque-pod", "tcp", "connectionsOpened", 1],
    ["outbound", "opaque-pod", "tcp", "responseBytes", 8323],
    ["outbound", "opaque-pod", "tcp", "requestBytes", 3763],
  ]);
  const others = rows.filter(({ meaning }) => meaning.kind !== "counter");
  expect(new Map(others.map(({ meaning, value }) => [meaning.kind, value]))).toEqual(
    new Map([
      ["certificateSeconds", 1_651_053_543 - AT_MS / 1000],
      ["startTimeSeconds", 1_650_967_123],
      ["build", 1],
      ["state", 1],
    ]),
  );
});

test("both halves of one body: Prometheus text, then OpenMetrics with units and `# EOF`", () => {
  const labels = (of: Labels) =>
    Object.entries(of)
      .map(([name, value]) => `${name}="${value}"`)
      .join(",");
  const { rows, stats } = read(
    encoder.encode(
      `# HELP request_total Total count of HTTP requests.
# TYPE request_total counter
request_total{${labels(OUT)}} 7
# TYPE response_total counter
response_total{${labels({ ...OUT, status_code: "200", classification: "success", error: "" })}} 6
# HELP outbound_http_route_request_statuses Completed request-response streams.
# TYPE outbound_http_route_request_statuses counter
outbound_http_route_request_statuses_total{parent_kind="Service",parent_namespace="emojivoto",parent_name="voting-svc",http_status="200",error=""} 6
# TYPE outbound_http_route_request_duration_seconds histogram
# UNIT outbound_http_route_request_duration_seconds seconds
outbound_http_route_request_duration_seconds_sum{parent_kind="Service",parent_namespace="emojivoto",parent_name="voting-svc"} 0.25
# EOF
`,
    ),
  );
  expect(Object.fromEntries(stats.drops)).toEqual({});
  expect(rows.map(({ meaning, value }) => ["reporter" in meaning && meaning.reporter, value])).toEqual([
    ["outbound", 7],
    ["outbound", 6],
    ["outboundRoute", 6],
    ["outboundRoute", 0.25],
  ]);
});

test("hostile label values are names like any other", () => {
  const odd = `a|b~c.D\\"É\\n${"x".repeat(300)}`;
  const { rows, stats } = read(
    encoder.encode(
      `response_total{direction="outbound",tls="${odd}",no_tls_reason="${odd}",dst_namespace="${odd}",dst_deployment="${odd}",authority="${odd}",status_code="${odd}",grpc_status="${odd}",error="${odd}"} 1\n`,
    ),
  );
  expect(Object.fromEntries(stats.drops)).toEqual({});
  expect(rows).toMatchObject([
    {
      meaning: {
        edge: { target: { namespace: expect.stringContaining('D"É\n') } },
        measure: { code: "none", flags: ["other"], security: "unknown", securityReason: "no_tls_reason_not_said" },
      },
    },
  ]);
});
