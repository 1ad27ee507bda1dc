/**
 * The truth rules of the design, each as a golden test through the whole chain: exposition text as proxies print it →
 * series → increases → slots → the answer. Counts are exact; a rate is checked where a rate is what the rule is about.
 */
import { expect, test } from "vitest";
import { timeseriesAnswer } from "../../lib/query/timeseries-answer.ts";
import { istio, type Labels, lines, Rig, T0 } from "./truth-rig.ts";

test("replicas add: identical series from different targets are summed", async () => {
  const rig = new Rig();
  for (const pod of ["a", "b", "c"]) {
    rig.scrape(T0, istio(100), { pod });
    rig.scrape(T0 + 10_000, istio(200), { pod });
  }
  expect(await rig.counted("web", "api")).toBe(300);
  expect((await rig.edge("web", "api")).requestsPerSec).toBe(30);
});

test("one target twice counts once: two ports of a pod, labels in another order", async () => {
  const rig = new Rig();
  const shuffled = (value: number): string => {
    const [, name, inner] = /^(\w+)\{(.*)\}/.exec(istio(value)) ?? [];
    return `${name}{${inner?.split(",").reverse().join(",")}} ${value}`;
  };
  for (const [at, value] of [
    [0, 100],
    [10_000, 200],
    [20_000, 350],
  ] as const) {
    rig.scrape(T0 + at, istio(value), { port: 15020 });
    rig.scrape(T0 + at + 50, shuffled(value), { port: 15090 });
  }
  expect(await rig.counted("web", "api")).toBe(250);
});

test("when the owner of a series falls silent, the other endpoint of the target takes over without loss", async () => {
  const rig = new Rig();
  rig.scrape(T0, istio(100), { port: 15020 });
  rig.scrape(T0 + 100, istio(100), { port: 15090 });
  rig.scrape(T0 + 10_000, istio(200), { port: 15020 });
  for (let i = 1; i <= 6; i++) rig.scrape(T0 + 10_000 * i + 100, istio(100 + 100 * i), { port: 15090 });
  expect(await rig.counted("web", "api")).toBe(600);
});

const VIEWS_OF_FAILURE: readonly {
  readonly name: string;
  readonly destination: readonly [number, Labels][];
  readonly source: readonly [number, Labels][];
  readonly total: number;
  readonly failures: number;
  readonly caller: number;
}[] = [
  {
    name: "client timeout: the source's 504 UT and the destination's 0 DC are one request",
    destination: [
      [900, { code: "200" }],
      [100, { code: "0", flags: "DC" }],
    ],
    source: [
      [900, { code: "200" }],
      [100, { code: "504", flags: "UT" }],
    ],
    total: 1000,
    failures: 0.1,
    caller: 0.1,
  },
  {
    name: "masked retry: the attempts that arrived are the edge, the masked result is the caller's view",
    destination: [
      [950, { code: "200" }],
      [50, { code: "503" }],
    ],
    source: [[950, { code: "200" }]],
    total: 1000,
    failures: 0.05,
    caller: 0,
  },
  {
    name: "upstream unreachable: UF stands only at the source and is added",
    destination: [[900, { code: "200" }]],
    source: [
      [900, { code: "200" }],
      [100, { code: "503", flags: "UF" }],
    ],
    total: 1000,
    failures: 0.1,
    caller: 0,
  },
  {
    name: "exhausted retries: URX at the source is the destination's own failures again",
    destination: [
      [850, { code: "200" }],
      [150, { code: "503" }],
    ],
    source: [
      [850, { code: "200" }],
      [50, { code: "503", flags: "URX" }],
    ],
    total: 1000,
    failures: 0.15,
    caller: 50 / 900,
  },
];

for (const { name, destination, source, total, failures, caller } of VIEWS_OF_FAILURE) {
  test(`two views, ${name}`, async () => {
    const rig = new Rig();
    const print = (rows: readonly [number, Labels][], reporter: "source" | "destination", share: number) =>
      lines(...rows.map(([count, labels]) => istio(count * share, { ...labels, reporter })));
    for (const [at, share] of [
      [0, 0],
      [10_000, 0.5],
      [20_000, 1],
    ] as const) {
      rig.scrape(T0 + at, print(destination, "destination", share), { pod: "api-1" });
      rig.scrape(T0 + at, print(source, "source", share), { pod: "web-1" });
    }
    const edge = await rig.edge("web", "api");
    expect(edge.health.requests).toBe(total);
    expect(edge.requestsPerSec).toBe(50);
    expect(edge.errorRatio).toBe(failures);
    expect(edge.callerView?.errorRatio).toBeCloseTo(caller, 4);
    expect(edge.mtls?.mutual).toBe(1);
    expect(edge.evidence.reporters).toContain("destination");
  });
}

for (const seconds of [1, 10, 15, 30, 60]) {
  test(`a scrape every ${seconds} s of a steady 100 requests/s reads 100 in every covered slot`, async () => {
    const rig = new Rig();
    // Phase and jitter as a real loop has them: never on a slot's edge.
    for (let at = 3_217, i = 0; at <= 600_000; at += seconds * 1000, i++) {
      const asked = T0 + at + ((i * 37) % 90);
      rig.scrape(asked, istio(Math.floor((asked - T0) / 10)), { intervalMs: seconds * 1000 });
    }
    const snapshot = await rig.snapshot({ start: T0, end: rig.nowMs });
    const series = await timeseriesAnswer(snapshot, { points: 2000, metric: ["requestsPerSec"] }, rig.ids);
    if (!series.ok) throw new Error(series.error.code);
    const points = (series.value.series["requestsPerSec"] ?? []).filter((value) => value !== null);
    expect(points.length).toBeGreaterThan(50);
    expect(points.filter((value) => Math.abs(value - 100) > 2)).toEqual([]);
    expect((await rig.edge("web", "api")).requestsPerSec).toBeCloseTo(100, 0);
  });
}

test("replicas scraped out of step read the same rate at the start, in the middle and at the end", async () => {
  const rig = new Rig();
  const scrapes = [0, 11_000, 23_000, 47_000].flatMap((phase, pod) =>
    Array.from({ length: 12 }, (_, i) => ({ at: T0 + phase + i * 60_000, pod: `p${pod}` })),
  );
  for (const { at, pod } of scrapes.sort((a, b) => a.at - b.at)) {
    rig.scrape(at, lines(istio((at - T0) / 40 + 1000), `envoy_server_uptime{} ${500 + Math.floor((at - T0) / 1000)}`), {
      pod,
      intervalMs: 60_000,
    });
    if (at < T0 + 60_000) continue;
    const { requestsPerSec } = await rig.edge("web", "api");
    expect(Math.abs((requestsPerSec ?? 0) - 100)).toBeLessThan(2);
  }
});

test("a counter below its last value is a reset and counts from zero", async () => {
  const rig = new Rig();
  rig.scrape(T0, istio(1000));
  rig.scrape(T0 + 10_000, istio(1100));
  rig.scrape(T0 + 20_000, istio(40));
  expect(await rig.counted("web", "api")).toBe(140);
});

test("a proxy that restarts before each scrape counts from zero each time, also when the value is higher", async () => {
  const rig = new Rig();
  rig.scrape(T0, lines(istio(10), "envoy_server_uptime{} 3"));
  rig.scrape(T0 + 10_000, lines(istio(30), "envoy_server_uptime{} 2"));
  rig.scrape(T0 + 20_000, lines(istio(50), "envoy_server_uptime{} 4"));
  rig.scrape(T0 + 30_000, lines(istio(70), "envoy_server_uptime{} 5"));
  expect(await rig.counted("web", "api")).toBe(150);
});

test("a series that appears in a process that was scraped before counts from zero", async () => {
  const rig = new Rig();
  rig.scrape(T0, istio(100));
  rig.scrape(T0 + 10_000, lines(istio(100), istio(7, { code: "503" })));
  expect(await rig.counted("web", "api")).toBe(7);
});

test("a series that vanishes adds nothing", async () => {
  const rig = new Rig();
  rig.scrape(T0, istio(100));
  rig.scrape(T0 + 10_000, istio(130));
  rig.scrape(T0 + 20_000, 'istio_build{component="proxy",tag="1.24"} 1');
  expect(await rig.counted("web", "api")).toBe(30);
});

test("time nobody observed is unknown, and observed time without increase is zero", async () => {
  const rig = new Rig();
  rig.scrape(T0, istio(100));
  expect(await rig.edge("web", "api")).toMatchObject({
    requestsPerSec: null,
    absent: { requestsPerSec: "unknown" },
    health: { state: "unknown" },
  });
  rig.scrape(T0 + 10_000, istio(100));
  expect(await rig.edge("web", "api")).toMatchObject({
    requestsPerSec: 0,
    errorRatio: null,
    absent: { errorRatio: "notApplicable" },
    health: { state: "noTraffic" },
  });
});

test("a gap over five minutes is a baseline and stays uncovered", async () => {
  const rig = new Rig();
  rig.scrape(T0, istio(100));
  rig.scrape(T0 + 10_000, istio(200));
  rig.scrape(T0 + 410_000, istio(9000));
  rig.scrape(T0 + 420_000, istio(9100));
  const edge = await rig.edge("web", "api", { start: T0, end: rig.nowMs });
  expect(edge.health.requests).toBe(200);
  expect(edge.requestsPerSec).toBe(10);
});

test("after 36 s of a steady 50/s the default window answers 50/s with 0.12 of it observed", async () => {
  const rig = new Rig();
  for (let at = 0; at <= 36_000; at += 12_000) rig.scrape(T0 + at, istio(at / 20));
  const graph = await rig.graph();
  expect((await rig.edge("web", "api")).requestsPerSec).toBe(50);
  expect(graph.completeness.observedShare).toBeCloseTo(0.12, 2);
  expect(graph.window.end).toBe(T0 + 36_000);
});

test("with no destination report for three intervals the source's view stands, and evidence says so", async () => {
  const rig = new Rig();
  for (let i = 0; i <= 6; i++) {
    rig.scrape(T0 + i * 10_000, istio(i * 100, { reporter: "source" }), { pod: "web-1" });
    if (i <= 2) rig.scrape(T0 + i * 10_000, istio(i * 90), { pod: "api-1" });
    if (i === 3) expect((await rig.edge("web", "api")).evidence.reporters).toEqual(["destination"]);
  }
  const edge = await rig.edge("web", "api");
  expect(edge.evidence).toMatchObject({ reporters: ["source"], note: "no_destination_report" });
  expect(edge.health.requests).toBe(600);
});

test("503 UF never left its source: it is a failure, and opens no lock", async () => {
  const rig = new Rig();
  for (const [at, value] of [
    [0, 0],
    [10_000, 100],
  ] as const) {
    rig.scrape(T0 + at, istio(value * 9), { pod: "api-1" });
    rig.scrape(T0 + at, istio(value, { reporter: "source", code: "503", flags: "UF" }), { pod: "web-1" });
  }
  const edge = await rig.edge("web", "api");
  expect(edge.errorRatio).toBe(0.1);
  expect(edge.mtls).toMatchObject({ mutual: 1, plaintext: 0, unknown: 0, total: 900 });
});

test("10 mutual and 30 mutual and 20 plain requests are 66.7 % mutual, in any order", async () => {
  const rig = new Rig();
  for (const share of [0, 1]) {
    const at = T0 + share * 10_000;
    rig.scrape(at, lines(istio(20 * share, { policy: "none" }), istio(10 * share)), { pod: "a" });
    rig.scrape(at, istio(30 * share), { pod: "b" });
  }
  expect((await rig.edge("web", "api")).mtls).toMatchObject({
    mutual: 0.6667,
    plaintext: 0.3333,
    total: 60,
    unit: "requests",
  });
});

test("keep-alive through plain Envoys: a window without a handshake is still wholly mutual", async () => {
  const rig = new Rig();
  const web = (n: number): string =>
    lines(
      `envoy_cluster_upstream_rq{envoy_cluster_name="api",envoy_response_code="200"} ${n}`,
      `envoy_cluster_upstream_rq_xx{envoy_cluster_name="api",envoy_response_code_class="2"} ${n}`,
      'envoy_cluster_upstream_cx_total{envoy_cluster_name="api"} 4',
      'envoy_cluster_ssl_handshake{envoy_cluster_name="api"} 4',
    );
  const api = lines(
    'envoy_listener_downstream_cx_total{envoy_listener_address="0.0.0.0_8443"} 4',
    'envoy_listener_ssl_handshake{envoy_listener_address="0.0.0.0_8443"} 4',
    'envoy_listener_ssl_no_certificate{envoy_listener_address="0.0.0.0_8443"} 0',
  );
  for (let i = 0; i <= 60; i++) {
    rig.scrape(T0 + i * 10_000, web(100 * i), { pod: "web-1", mesh: "envoy", workload: "web" });
    const inbound = `envoy_http_downstream_rq{envoy_http_conn_manager_prefix="ingress_http",envoy_response_code="200"} ${100 * i}`;
    rig.scrape(T0 + i * 10_000, lines(api, inbound), { pod: "api-1", mesh: "envoy", workload: "api" });
  }
  const edge = await rig.edge("web", "api");
  expect(edge.mtls).toMatchObject({ mutual: 1, plaintext: 0, unknown: 0, total: 4, unit: "connections" });
  expect(edge.evidence.join).toBe("service_host");
  // Codes and classes of one upstream are the same requests.
  expect(edge.requestsPerSec).toBe(10);
  const graph = await rig.graph({ idle: "0" });
  expect(graph.edges.length).toBe(1);
});

test("an upstream with connections and no handshake is plaintext", async () => {
  const rig = new Rig();
  for (const n of [0, 100]) {
    const text = lines(
      `envoy_cluster_upstream_rq_xx{envoy_cluster_name="api",envoy_response_code_class="2"} ${n}`,
      'envoy_cluster_upstream_cx_total{envoy_cluster_name="api"} 2',
      'envoy_cluster_ssl_handshake{envoy_cluster_name="api"} 0',
    );
    rig.scrape(T0 + n * 100, text, { mesh: "envoy", workload: "web" });
  }
  const edge = await rig.edge("web", "api");
  expect(edge.mtls).toMatchObject({ mutual: 0, plaintext: 1, unit: "connections" });
  expect(edge.statusCodes).toEqual({ "2xx": 10 });
});

test("latency percentiles come from the buckets' increases, and know their bounds", async () => {
  const rig = new Rig();
  const bounds = [1, 5, 10, 25, 50, 100];
  const print = (counts: readonly number[]): string => {
    let sum = 0;
    const buckets = [...bounds, "+Inf"].map((le, i) => {
      sum += counts[i] ?? 0;
      const line = istio(sum, { family: "istio_request_duration_milliseconds_bucket" });
      return line.replace("} ", `,le="${le}"} `);
    });
    return lines(
      istio(sum),
      ...buckets,
      istio(sum * 3, { family: "istio_request_duration_milliseconds_sum" }),
      istio(sum, { family: "istio_request_duration_milliseconds_count" }),
    );
  };
  rig.scrape(T0, print([5, 5, 5, 5, 5, 5, 5]));
  rig.scrape(T0 + 10_000, print([5, 5, 55, 55, 5, 5, 5]));
  const edge = await rig.edge("web", "api");
  expect(edge.latencyMs).toMatchObject({ p50: 10, p95: 23.5, count: 100, known: { p95: [10, 25] }, of: "response" });
  // A restart: everything in the histogram is new, also buckets that are higher than before.
  rig.scrape(T0 + 20_000, print([0, 0, 0, 0, 0, 0, 10]));
  expect((await rig.edge("web", "api")).latencyMs).toMatchObject({ count: 110, known: { p99: [100, null] } });
});

test("a slot is in the live table or in the store, and a window over both counts each once", async () => {
  const rig = new Rig();
  for (let i = 0; i <= 180; i++) {
    rig.scrape(T0 + i * 10_000, istio(i * 100));
    await rig.pipeline.tick();
  }
  expect(rig.store.stats().slots["10000"]).toBeGreaterThan(80);
  const edge = await rig.edge("web", "api", { start: T0, end: rig.nowMs });
  expect(edge.health.requests).toBe(18_000);
  expect(edge.requestsPerSec).toBe(10);
  const whole = await rig.edge("web", "api", { start: T0 - 3 * 3_600_000, end: rig.nowMs });
  expect(whole.health.requests).toBe(18_000);
});

/** A request that reached no workload: Istio knows the host it was for, and nothing of who would have answered. */
function unreached(value: number): string {
  return istio(value, { reporter: "source", code: "503", flags: "UH" })
    .replace('destination_workload="api"', 'destination_workload="unknown"')
    .replace('destination_workload_namespace="shop"', 'destination_workload_namespace="unknown"')
    .replace('destination_canonical_service="api"', 'destination_canonical_service="unknown"');
}

test("a host in the cluster with one workload behind it is that workload, and evidence says how it was joined", async () => {
  const rig = new Rig();
  for (const n of [0, 1, 2]) {
    rig.scrape(T0 + n * 10_000, istio(n * 450), { pod: "api-1" });
    rig.scrape(T0 + n * 10_000, lines(istio(n * 450, { reporter: "source" }), unreached(n * 50)), { pod: "web-1" });
  }
  const edge = await rig.edge("web", "api");
  expect(edge.evidence).toMatchObject({ join: "service_host", reporters: ["destination", "sourceOnly"] });
  expect(edge.health.requests).toBe(1000);
  expect(edge.errorRatio).toBe(0.1);
  expect(edge.mtls).toMatchObject({ mutual: 1, total: 900 });
});

test("a host with two workloads behind it stays a service in the workload view, and is one node in the service view", async () => {
  const rig = new Rig();
  const second = (value: number): string =>
    istio(value).replace('destination_workload="api"', 'destination_workload="api-b"');
  for (const n of [0, 1]) {
    rig.scrape(T0 + n * 10_000, lines(istio(n * 100), second(n * 100)), { pod: "api-1" });
    rig.scrape(T0 + n * 10_000, unreached(n * 50), { pod: "web-1" });
  }
  const kinds = (await rig.graph()).nodes.map((node) => `${node.name} ${node.kind}`).sort();
  expect(kinds).toEqual(["api service", "api workload", "api-b workload", "web workload"]);
  const services = await rig.graph({ view: "service" });
  expect(services.nodes.map((node) => node.name).sort()).toEqual(["api", "web"]);
  expect(services.edges.map((edge) => edge.health.requests)).toEqual([250]);
});

test("a plain Envoy's callers that have no proxy are what is left of its inbound after the named ones", async () => {
  const rig = new Rig();
  const inbound = (n: number) =>
    `envoy_http_downstream_rq_xx{envoy_http_conn_manager_prefix="ingress_http",envoy_response_code_class="2"} ${n}`;
  const outbound = (n: number) =>
    `envoy_cluster_upstream_rq_xx{envoy_cluster_name="api",envoy_response_code_class="2"} ${n}`;
  for (const n of [0, 1]) {
    rig.scrape(T0 + n * 10_000, outbound(n * 600), { pod: "web-1", mesh: "envoy", workload: "web" });
    rig.scrape(T0 + n * 10_000, inbound(n * 1000), { pod: "api-1", mesh: "envoy", workload: "api" });
  }
  expect((await rig.edge("web", "api")).requestsPerSec).toBe(60);
  const unnamed = await rig.edge("unknown", "api");
  expect(unnamed.requestsPerSec).toBe(40);
  expect(unnamed.evidence.note).toBe("inbound_remainder");
});

test("a burst that two plain Envoys counted alike has no unnamed callers, though one was observed for longer", async () => {
  const rig = new Rig();
  const inbound = (n: number) =>
    `envoy_http_downstream_rq_xx{envoy_http_conn_manager_prefix="ingress_http",envoy_response_code_class="2"} ${n}`;
  const outbound = (n: number) =>
    `envoy_cluster_upstream_rq_xx{envoy_cluster_name="api",envoy_response_code_class="2"} ${n}`;
  for (const [n, value] of [0, 600, 600].entries()) {
    rig.scrape(T0 + n * 10_000, outbound(value), { pod: "web-1", mesh: "envoy", workload: "web" });
    if (n > 0)
      rig.scrape(T0 + n * 10_000, inbound(n === 1 ? 0 : 600), { pod: "api-1", mesh: "envoy", workload: "api" });
  }
  expect((await rig.graph()).edges).toMatchObject([{ health: { requests: 600 } }]);
});

test("an edge that comes back hours later, when its row was given up, is counted again", async () => {
  const rig = new Rig();
  rig.scrape(T0, istio(100));
  rig.scrape(T0 + 10_000, istio(200));
  for (let i = 2; i < 60; i++) {
    rig.scrape(T0 + i * 120_000, "envoy_server_live{} 1");
    await rig.pipeline.tick();
  }
  expect(rig.slots.rows).toEqual([]);
  rig.scrape(T0 + 7_200_000, istio(30));
  rig.scrape(T0 + 7_210_000, istio(70));
  expect(await rig.counted("web", "api")).toBe(70);
});

test("a replica that was silent for hours is covered again when it speaks, though its row lived on by the others", async () => {
  const rig = new Rig();
  for (let i = 0; i < 60; i++) {
    rig.scrape(T0 + i * 120_000, istio(i * 1200), { pod: "a" });
    if (i < 2) rig.scrape(T0 + i * 120_000, istio(i * 1200), { pod: "b" });
    await rig.pipeline.tick();
  }
  for (const n of [0, 1]) rig.scrape(T0 + 7_200_000 + n * 10_000, istio(n * 100), { pod: "b" });
  const edge = await rig.edge("web", "api", { start: T0 + 7_200_000, end: rig.nowMs });
  expect(edge.requestsPerSec).toBe(10);
});

test("a step of a time series in which part of the estate was not observed yet is a gap, not a dip", async () => {
  const rig = new Rig();
  for (let i = 0; i <= 9; i++) {
    rig.scrape(T0 + i * 10_000 + 1_000, istio(i * 1000), { pod: "a" });
    const text = istio(i * 1000, { to: "pay" });
    if (i < 9) rig.scrape(T0 + i * 10_000 + 8_000, text, { pod: "b" });
  }
  const series = await timeseriesAnswer(await rig.snapshot({ start: T0 }), { points: 100 }, rig.ids);
  if (!series.ok) throw new Error(series.error.code);
  expect(series.value.series["requestsPerSec"]).toEqual([...new Array(9).fill(200), null]);
});
