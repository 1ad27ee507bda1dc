/** The simulated estate, printed in its proxies' dialects and read back: every edge has what the simulator counted. */
import { describe, expect, test } from "vitest";
import { isFailure } from "../model/failure.ts";
import type { Endpoint } from "../model/identity.ts";
import type { Measure, TargetLabels } from "../model/meaning.ts";
import { SIDECAR_ESTATE } from "../world/estate.ts";
import { expose } from "../world/exposition.ts";
import type { Pod } from "../world/hop.ts";
import type { TruthEdge, TruthEnd } from "../world/truth.ts";
import { World } from "../world/world.ts";
import type { MeshAdapter } from "./adapter.ts";
import { autoAdapter } from "./auto.ts";
import { envoyAdapter } from "./envoy/adapter.ts";
import { istioAdapter } from "./istio/adapter.ts";
import { meaningsIn } from "./reading-rig.ts";
import { SeriesTable } from "./series-table.ts";

const startMs = Date.UTC(2026, 0, 5);
const world = new World({ seed: 4, startMs, arrivalsEndMs: 60_000, estate: SIDECAR_ESTATE });
for (const { name } of world.incidents()) world.switchIncident(name, true);
world.advance(startMs + 120_000);

interface Sums {
  requests: number;
  failures: number;
  mutual: number;
  plaintext: number;
  opened: number;
  requestBytes: number;
  responseBytes: number;
}

function labelsOf(pod: Pod): TargetLabels {
  const { cluster, namespace, name, service, version } = pod.workload;
  return { cluster, namespace, workload: name, service, version, app: "" };
}

function endKey(end: Endpoint): string {
  return `${end.kind === "workload" || end.kind === "gateway" || end.kind === "service" ? end.namespace : end.kind}/${end.name}`;
}

/** Adds up every pod's body: what a reader that starts from zero would see. */
function readBack(adapterOf: (pod: Pod) => MeshAdapter, wanted: (pod: Pod) => boolean): Map<string, Sums> {
  const edges = new Map<string, Sums>();
  for (const pod of world.pods.filter(wanted)) {
    const exposition = expose(pod, { startMs, nowMs: world.nowMs }, 1);
    if (exposition === null) continue;
    const table = new SeriesTable(adapterOf(pod), labelsOf(pod));
    const result = table.read(new TextEncoder().encode(exposition.text), world.nowMs);
    if (!result.ok) throw new Error(result.error.message);
    const { reading, stats } = result.value;
    expect([...stats.drops]).toEqual([]);
    const meanings = meaningsIn(reading);
    for (let i = 0; i < reading.size; i++) {
      const meaning = meanings.get(reading.ids[i] ?? -1);
      if (meaning?.kind !== "counter") continue;
      if (!["destination", "sourceOnly", "outbound"].includes(meaning.reporter)) continue;
      const key = `${endKey(meaning.edge.source)} ${endKey(meaning.edge.target)} ${meaning.edge.protocol}`;
      const sums = edges.get(key) ?? zero();
      edges.set(key, sums);
      add(sums, meaning.measure, reading.values[i] ?? 0);
    }
  }
  return edges;
}

function zero(): Sums {
  return { requests: 0, failures: 0, mutual: 0, plaintext: 0, opened: 0, requestBytes: 0, responseBytes: 0 };
}

function add(sums: Sums, measure: Measure, value: number): void {
  if (measure.kind === "requestBytes" || measure.kind === "responseBytes") sums[measure.kind] += value;
  if (measure.kind === "connectionsOpened") sums.opened += value;
  if (measure.kind !== "requests" || measure.code.endsWith("xx")) return;
  const { code, grpcStatus = "", security } = measure;
  sums.requests += value;
  if (isFailure(code, grpcStatus)) sums.failures += value;
  if (security === "mutual" || security === "plaintext") sums[security] += value;
}

function truthKey(end: TruthEnd): string {
  switch (end.kind) {
    case "workload":
    case "gateway":
      return `${end.namespace}/${end.name}`;
    case "unmeshed":
      return "unknown/unknown";
    case "external":
      return `external/${end.name}`;
    case "passthrough":
      return "passthrough/PassthroughCluster";
    case "unreached": {
      const [service = "", namespace = ""] = end.name.split(".");
      return `${namespace}/${service}`;
    }
  }
}

const isIstio = (pod: Pod) => pod.role === "sidecar" || pod.role === "gateway";
const inShop = (edge: TruthEdge) => edge.source.mesh !== "envoy";

const isEnvoy = (pod: Pod) => pod.proxy?.dialect === "envoy";

describe("the Istio estate", () => {
  for (const [name, adapter] of [
    ["istio", istioAdapter],
    ["auto", autoAdapter],
  ] as const) {
    test(`read by ${name}: every edge has the requests, failures and security that happened`, () => {
      const seen = readBack(() => adapter, isIstio);
      const truth = new Map<string, Sums>();
      const http = world.truth().filter((e) => inShop(e) && e.protocol !== "tcp" && e.requests > 0);
      for (const edge of http) {
        const key = `${truthKey(edge.source)} ${truthKey(edge.target)} ${edge.protocol}`;
        const sum = truth.get(key) ?? zero();
        truth.set(key, sum);
        sum.requests += edge.requests;
        sum.failures += edge.failures;
        sum.mutual += edge.security.mutual;
        sum.plaintext += edge.security.plaintext;
      }
      expect(truth.size).toBeGreaterThan(10);
      expect([...truth.values()].some((sum) => sum.plaintext > 0)).toBe(true);
      expect([...truth.values()].some((sum) => sum.failures > 0)).toBe(true);
      const table = (sums: ReadonlyMap<string, Sums>) =>
        [...sums]
          .filter(([, sum]) => sum.requests > 0)
          .map(([key, sum]) => `${key} ${sum.requests} ${sum.failures} ${sum.mutual} ${sum.plaintext}`)
          .sort();
      expect(table(seen)).toEqual(table(truth));
    });
  }

  test("TCP runs from caller to database, in bytes of the request's direction", () => {
    const seen = readBack(() => istioAdapter, isIstio);
    const tcp = world.truth().filter((e) => inShop(e) && e.protocol === "tcp");
    expect(tcp.length).toBeGreaterThan(0);
    for (const edge of tcp) {
      expect(seen.get(`${truthKey(edge.source)} ${truthKey(edge.target)} tcp`)).toMatchObject({
        opened: edge.tcp.opened,
        requestBytes: edge.tcp.requestBytes,
        responseBytes: edge.tcp.responseBytes,
      });
    }
  });
});

describe("the plain-Envoy estate", () => {
  for (const [name, adapter] of [
    ["envoy", envoyAdapter],
    ["auto", autoAdapter],
  ] as const) {
    test(`read by ${name}: every edge has the requests and failures that its caller sent`, () => {
      const seen = readBack(() => adapter, isEnvoy);
      const http = world.truth().filter((e) => e.source.mesh === "envoy" && e.protocol !== "tcp" && e.requests > 0);
      expect(http.length).toBeGreaterThan(1);
      for (const edge of http) {
        expect(seen.get(`${truthKey(edge.source)} ${truthKey(edge.target)} http`)).toMatchObject({
          requests: edge.requests,
          failures: edge.failures,
        });
      }
      const tcp = world.truth().filter((e) => e.source.mesh === "envoy" && e.protocol === "tcp" && e.tcp.opened > 0);
      for (const edge of tcp) {
        expect(seen.get(`${truthKey(edge.source)} ${truthKey(edge.target)} tcp`)).toMatchObject({
          opened: edge.tcp.opened,
          requestBytes: edge.tcp.requestBytes,
        });
      }
    });
  }
});
