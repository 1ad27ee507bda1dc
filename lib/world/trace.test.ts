import { describe, expect, test } from "vitest";
import type { Span } from "../model/span.ts";
import type { IncidentName } from "./incidents.ts";
import type { WorldSpan } from "./trace.ts";
import { World } from "./world.ts";

const START = Date.UTC(2026, 0, 5, 9);

function spansOf(incidents: readonly IncidentName[]): readonly WorldSpan[] {
  const world = new World({ seed: 5, startMs: START, arrivalsEndMs: 30_000 });
  for (const name of incidents) world.switchIncident(name, true);
  world.advance(START + 30_000);
  while (world.underWay > 0) world.advance(world.nowMs + 1000);
  return world.takeSpans();
}

const spans = spansOf(["bad-canary", "slow-dependency", "retry-storm", "plaintext-caller"]);

function byTrace(all: readonly WorldSpan[]): ReadonlyMap<string, readonly WorldSpan[]> {
  const traces = new Map<string, WorldSpan[]>();
  for (const span of all) traces.set(span.span.traceId, [...(traces.get(span.span.traceId) ?? []), span]);
  return traces;
}

const traces = byTrace(spans);
const endNs = (span: Span): bigint => span.startNs + span.durationNs;
const tag = (world: WorldSpan, key: string): unknown => world.span.attributes.get(key);

/** The span a span hangs under: for the server half of a shared id, its client half. */
function parentOf(world: WorldSpan, trace: readonly WorldSpan[]): WorldSpan | undefined {
  const { span } = world;
  if (span.shared) return trace.find((other) => other.span.spanId === span.spanId && !other.span.shared);
  const halves = trace.filter((other) => other.span.spanId === span.parentSpanId);
  return halves.find((half) => half.span.shared) ?? halves[0];
}

describe("traces", () => {
  test("are a tree: one root, every parent present, no id twice but as the halves of a shared span", () => {
    expect(traces.size).toBeGreaterThan(500);
    for (const trace of traces.values()) {
      const roots = trace.filter(({ span }) => span.parentSpanId === undefined && !span.shared);
      expect(roots).toHaveLength(1);
      const ids = trace.map(({ span }) => `${span.spanId} ${span.shared}`);
      expect(new Set(ids).size).toBe(ids.length);
      for (const world of trace) if (world !== roots[0]) expect(parentOf(world, trace)).toBeDefined();
    }
  });

  test("have children inside their parents, on whole microseconds", () => {
    for (const trace of traces.values()) {
      for (const world of trace) {
        const { span } = world;
        expect(span.startNs % 1000n).toBe(0n);
        expect(span.durationNs).toBeGreaterThanOrEqual(0n);
        const parent = parentOf(world, trace)?.span;
        if (parent === undefined) continue;
        expect(span.startNs).toBeGreaterThanOrEqual(parent.startNs);
        expect(endNs(span), `${span.operation} in ${parent.operation}`).toBeLessThanOrEqual(endNs(parent));
      }
    }
  });

  test("pair a client span of one proxy with a server span of another for each hop that arrived", () => {
    let pairs = 0;
    for (const trace of traces.values()) {
      for (const server of trace.filter((w) => w.by === "proxy" && w.span.kind === "server")) {
        const parent = parentOf(server, trace);
        // A waypoint is the only proxy of its callers and of what they call.
        if (parent === undefined || server.pod.role === "waypoint") continue;
        expect(parent.span.kind).toBe("client");
        expect(parent.pod).not.toBe(server.pod);
        if (parent.pod.role !== server.pod.role) continue;
        expect(server.span.operation === parent.span.operation || parent.span.operation.startsWith("router ")).toBe(
          true,
        );
        pairs++;
      }
    }
    expect(pairs).toBeGreaterThan(2000);
  });

  test("carry Istio's tags as strings, and the flags and codes of what happened", () => {
    const cut = spans.find((w) => tag(w, "response_flags") === "UT" && tag(w, "http.status_code") === "504");
    expect(cut?.span).toMatchObject({ kind: "client", status: "error" });
    const sidecar = spans.find(
      (w) => w.pod.workload.name === "payments-v2" && w.by === "proxy" && w.span.kind === "server",
    );
    expect(Object.fromEntries(sidecar?.span.attributes ?? [])).toMatchObject({
      component: "proxy",
      "istio.canonical_service": "payments",
      "istio.canonical_revision": "v2",
      "istio.namespace": "finance",
      "istio.cluster_id": "c1",
      "upstream_cluster.name": "inbound|8080||",
      "http.method": "POST",
    });
    expect(sidecar?.span.service).toBe("payments.finance");
    expect(sidecar?.span.operation).toBe("payments.finance.svc.cluster.local:8080/*");
    expect(String(sidecar && tag(sidecar, "node_id"))).toMatch(
      /^sidecar~10\.244\.\d+\.\d+~payments-v2-.*\.finance~finance\.svc\.cluster\.local$/,
    );
    const proxies = spans.filter((w) => w.by === "proxy");
    expect(proxies.flatMap((w) => [...w.span.attributes.values()]).every((value) => typeof value === "string")).toBe(
      true,
    );
  });

  test("mark errors exactly where the request failed", () => {
    for (const world of spans.filter((w) => w.by === "proxy")) {
      const code = String(tag(world, "http.status_code"));
      const grpc = tag(world, "grpc.status_code");
      const bad = code === "0" || code.startsWith("5") || grpc === "13" || grpc === "14";
      expect(world.span.status, `${world.span.operation} ${code} ${String(grpc)}`).toBe(bad ? "error" : "unset");
      expect(tag(world, "error")).toBe(bad ? "true" : undefined);
    }
  });

  test("show retries as several server spans under one client span", () => {
    const retried = spans.find((w) => tag(w, "retry.count") === "3");
    const children = spans.filter((w) => w.span.parentSpanId === retried?.span.spanId && w.span.kind === "server");
    expect(children).toHaveLength(4);
    expect(new Set(children.map((w) => w.span.service))).toEqual(new Set(["stock.shop"]));
  });

  test("have parallel and sequential children, and the apps' own spans between", () => {
    const app = spans.find((w) => w.span.operation === "catalog.render");
    const calls = spans.filter((w) => w.span.parentSpanId === app?.span.spanId);
    expect(app?.span.kind).toBe("internal");
    expect(calls.length).toBeGreaterThanOrEqual(2);
    const [a, b] = calls.map((w) => w.span);
    expect(a?.startNs).toBe(b?.startNs);
    expect(spans.find((w) => w.span.attributes.get("db.system.name") === "postgresql")?.span.kind).toBe("client");
  });

  test("of stock Envoys have 64-bit ids and share the span id of client and server", () => {
    const query = spans.filter((w) => w.span.service === "query" && w.span.kind === "server");
    expect(query.length).toBeGreaterThan(50);
    for (const { span } of query) {
      expect(span.shared).toBe(true);
      expect(span.traceId.startsWith("0".repeat(16))).toBe(true);
    }
  });

  test("travel in each of the three formats, some of them in one trace", () => {
    const counts = (["otlpJson", "otlpProto", "zipkin"] as const).map(
      (f) => spans.filter((w) => w.format === f).length,
    );
    for (const count of counts) expect(count).toBeGreaterThan(spans.length / 10);
    expect([...traces.values()].some((trace) => new Set(trace.map((w) => w.format)).size === 3)).toBe(true);
    expect(spans.filter((w) => w.by === "app" && w.format === "zipkin")).toEqual([]);
  });
});
