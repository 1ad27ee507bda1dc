/** Zipkin v2 JSON: ids, times, endpoints, Envoy's habits, per-span rejects, damage. */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Translation } from "../otlp/rejects.ts";
import { decodeZipkinJson, translateZipkin } from "./json.ts";

const encoder = new TextEncoder();
const SPAN = {
  traceId: "5af7183fb1d4cf5f",
  id: "352bff9a74ca9ad2",
  parentId: "6b221d5bc9e6496c",
  kind: "CLIENT",
  name: "get /api",
  timestamp: 1556604172355737,
  duration: 1431,
  localEndpoint: { serviceName: "frontend", ipv4: "192.168.99.1", port: 3306 },
  remoteEndpoint: { serviceName: "backend", ipv4: "172.19.0.2", port: 9000 },
  tags: { "http.method": "GET", "http.path": "/api" },
};

function read(spans: unknown): Translation {
  const decoded = decodeZipkinJson(encoder.encode(JSON.stringify(spans)));
  if (!decoded.ok) throw new Error(`${decoded.error.code} at ${decoded.error.path}`);
  return translateZipkin(decoded.value);
}

function one(fields: Record<string, unknown>) {
  const { spans, rejects } = read([{ ...SPAN, ...fields }]);
  return spans[0] ?? rejects[0]?.code;
}

test("Zipkin's own example", () => {
  expect(one({})).toEqual({
    traceId: "00000000000000005af7183fb1d4cf5f",
    spanId: "352bff9a74ca9ad2",
    parentSpanId: "6b221d5bc9e6496c",
    shared: false,
    kind: "client",
    startNs: 1556604172355737000n,
    durationNs: 1431000n,
    service: "frontend",
    operation: "get /api",
    status: "unset",
    attributes: new Map<string, string>([
      ["http.method", "GET"],
      ["http.path", "/api"],
      ["peer.service", "backend"],
      ["network.peer.address", "172.19.0.2"],
      ["network.peer.port", "9000"],
      ["network.local.address", "192.168.99.1"],
      ["network.local.port", "3306"],
    ]),
    resource: new Map(),
    events: [],
    links: [],
  });
});

describe("ids", () => {
  test("short ones are padded on the left, long ones kept, case does not matter", () => {
    expect(one({ traceId: "1", id: "2", parentId: null })).toMatchObject({
      traceId: "1".padStart(32, "0"),
      spanId: "2".padStart(16, "0"),
    });
    expect(one({ traceId: "ABCDEF0123456789abcdef0123456789" })).toMatchObject({
      traceId: "abcdef0123456789abcdef0123456789",
    });
  });

  const bad: readonly [string, Record<string, unknown>][] = [
    ["trace_id_invalid", { traceId: "0".repeat(33) }],
    ["trace_id_invalid", { traceId: "0" }],
    ["trace_id_invalid", { traceId: 5 }],
    ["span_id_invalid", { id: "xyz" }],
    ["span_id_invalid", { id: "1".repeat(17) }],
    ["parent_id_invalid", { parentId: "no" }],
    ["start_missing", { timestamp: undefined }],
    ["time_invalid", { timestamp: 1.5 }],
    ["time_invalid", { duration: -1 }],
    ["time_invalid", { duration: "soon" }],
    ["shape_invalid", { tags: [] }],
    ["shape_invalid", { tags: { a: {} } }],
    ["shape_invalid", { kind: "WORKER" }],
    ["shape_invalid", { name: 1 }],
  ];
  test.each(bad)("%s: %j loses that span only", (code, fields) => {
    const { spans, rejects } = read([SPAN, { ...SPAN, ...fields }, { ...SPAN, id: "3" }]);
    expect(spans).toHaveLength(2);
    expect(rejects).toEqual([{ code, of: "span", count: 1, first: "$[1]" }]);
  });
});

test("shared, kinds, annotations", () => {
  const annotations = [
    { timestamp: 1556604172355738, value: "foo" },
    { timestamp: "x", value: "lost" },
  ];
  const { spans, rejects } = read([{ ...SPAN, kind: "SERVER", shared: true, annotations }]);
  expect(spans[0]).toMatchObject({
    shared: true,
    kind: "server",
    events: [{ timeNs: 1556604172355738000n, name: "foo" }],
  });
  expect(rejects).toEqual([{ code: "annotation_invalid", of: "part", count: 1, first: "$[0].annotations[1]" }]);
  expect(one({ kind: undefined })).toMatchObject({ kind: "internal" });
  expect(one({ kind: "PRODUCER" })).toMatchObject({ kind: "producer" });
});

test("the error tag is the status", () => {
  expect(one({ tags: { error: "true", "http.status_code": "503" } })).toMatchObject({ status: "error" });
  expect(one({ tags: { error: "true" } })).not.toHaveProperty("statusMessage");
  expect(one({ tags: { error: "" } })).toMatchObject({ status: "error" });
  expect(one({ tags: { error: "timeout" } })).toMatchObject({ status: "error", statusMessage: "timeout" });
  expect(one({ tags: { error: "false" } })).toMatchObject({ status: "unset" });
  expect(one({ tags: { "http.status_code": "404" } })).toMatchObject({ status: "unset" });
});

describe("Envoy", () => {
  test("an old proxy's inbound span, labelled CLIENT, is a server", () => {
    for (const cluster of ["inbound|9080||", "local_app", "cds_ingress_shop_web_http_80"]) {
      expect(one({ tags: { upstream_cluster: cluster } })).toMatchObject({ kind: "server" });
    }
    expect(one({ tags: { upstream_cluster: "outbound|9080||b.shop.svc.cluster.local" } })).toMatchObject({
      kind: "client",
    });
  });

  test("a span without a service name gets one from its tags", () => {
    const nameless = (tags: Record<string, string>) => one({ localEndpoint: { ipv4: "10.0.0.1" }, tags });
    expect(nameless({ "istio.canonical_service": "web", "istio.namespace": "shop" })).toMatchObject({
      service: "web.shop",
    });
    const nodeId = "sidecar~10.1.1.1~web-1-x.shop~shop.svc.cluster.local";
    expect(nameless({ "istio.canonical_service": "web", node_id: nodeId })).toMatchObject({ service: "web.shop" });
    expect(nameless({ node_id: "front-proxy" })).toMatchObject({ service: "front-proxy" });
    expect(nameless({ component: "proxy" })).toMatchObject({ service: "unknown_service:proxy" });
    expect(nameless({})).toMatchObject({ service: "unknown_service" });
  });

  const SAMPLE = new URL("../../../../shared/samples/envoy-zipkin-v2-shared-span.json", import.meta.url);
  test.skipIf(!existsSync(SAMPLE))("a real proxy's shared span (skipped where the sample is absent)", () => {
    const { spans, rejects } = read(JSON.parse(readFileSync(SAMPLE, "utf8")));
    expect(rejects).toEqual([]);
    expect(spans).toMatchObject([
      {
        kind: "server",
        shared: true,
        service: "unknown_service:proxy",
        operation: "localhost:10000",
        durationNs: 127_115_000n,
      },
    ]);
    expect(spans[0]?.attributes.get("upstream_cluster")).toBe("service_google");
  });
});

describe("bodies that are refused whole", () => {
  const cases: readonly [string, string, string][] = [
    ["{}", "json_shape", "$"],
    ["[1]", "json_shape", "$[0]"],
    ['[{},{"binaryAnnotations":[]}]', "zipkin_v1", "$[1].binaryAnnotations"],
    ["[", "json_syntax", "$"],
  ];
  test.each(cases)("%s", (body, code, path) => {
    expect(decodeZipkinJson(encoder.encode(body))).toMatchObject({ ok: false, error: { code, path } });
  });
});

test("10,000 mutations of a valid body never throw", () => {
  const valid = encoder.encode(
    JSON.stringify([
      { ...SPAN, annotations: [{ timestamp: 1, value: "ä" }] },
      { ...SPAN, id: "4" },
    ]),
  );
  let state = 7;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
  let accepted = 0;
  for (let i = 0; i < 10_000; i++) {
    const body = valid.slice();
    for (let hits = 1 + random(3); hits > 0; hits--)
      body[random(body.length)] = random(4) === 0 ? random(256) : 32 + random(95);
    const decoded = decodeZipkinJson(body);
    if (!decoded.ok) continue;
    accepted += 1;
    const { spans, rejects } = translateZipkin(decoded.value);
    const lost = rejects.reduce((sum, reject) => sum + (reject.of === "span" ? reject.count : 0), 0);
    expect(spans.length + lost).toBe(decoded.value.length);
  }
  expect(accepted).toBeGreaterThan(500);
});
