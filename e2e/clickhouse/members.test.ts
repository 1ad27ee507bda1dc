/**
 * Two collectors as users run them, over one ClickHouse: each trace's client tells the one, its server the other. Both show
 * one edge with every call counted once, also when each is killed in turn and comes back; what a target counts is read by
 * one of them at a time.
 */
import { createServer } from "node:http";
import { createServer as createSocket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { metaSchema, sourceListSchema } from "../../lib/query/schema/estate.ts";
import { edgeDetailSchema, graphSchema } from "../../lib/query/schema/graph.ts";
import { type CollectorProcess, eventually, startCollector } from "../support/collector-process.ts";
import { hexId } from "../support/payloads.ts";
import { findChdb } from "./binary.ts";
import { scratchFolder } from "./rig.ts";
import { type ChdbServer, startChdb } from "./server.ts";

const site = await findChdb();
const fullSchema = graphSchema.extend({ edges: z.array(edgeDetailSchema) });
const tracesSchema = z.object({ traces: z.array(z.object({ traceId: z.string(), spanCount: z.number() })) });
const openMeta = metaSchema.loose();

async function freePort(): Promise<number> {
  const server = createSocket();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** One side of some calls web → cart. */
function spansOf(calls: readonly string[], side: "client" | "server"): string {
  const endMs = Date.now();
  const spans = calls.map((call) => ({
    traceId: hexId(call, 32),
    spanId: hexId(`${call}/${side}`, 16),
    ...(side === "server" ? { parentSpanId: hexId(`${call}/client`, 16) } : {}),
    name: "GET /",
    kind: side === "client" ? 3 : 2,
    startTimeUnixNano: `${endMs - 5}000000`,
    endTimeUnixNano: `${endMs}000000`,
    attributes: [{ key: "http.response.status_code", value: { intValue: "200" } }],
    status: {},
  }));
  const name = { key: "service.name", value: { stringValue: side === "client" ? "web" : "cart" } };
  const resourceSpans = [{ resource: { attributes: [name] }, scopeSpans: [{ scope: {}, spans }] }];
  return JSON.stringify({ resourceSpans });
}

async function send(to: CollectorProcess, body: string): Promise<void> {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${to.otlpHttp}/v1/traces`, { method: "POST", headers, body });
  expect(answer.status).toBe(200);
}

/** An Istio sidecar that counts its requests. */
async function openTarget() {
  let requests = 0;
  const labels =
    'reporter="destination",source_workload="front",source_workload_namespace="shop",source_canonical_service="front",source_canonical_revision="v1",destination_workload="back",destination_workload_namespace="shop",destination_service="back.shop.svc.cluster.local",destination_service_name="back",destination_service_namespace="shop",destination_canonical_service="back",destination_canonical_revision="v1",request_protocol="http",response_code="200",response_flags="-",connection_security_policy="mutual_tls"';
  const server = createServer((_request, response) => {
    requests += 10;
    response.end(`# TYPE istio_requests_total counter\nistio_requests_total{${labels}} ${requests}\n`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}/stats/prometheus`, requests: () => requests, close: () => server.close() };
}

describe.skipIf("skip" in site)("two collectors over one ClickHouse", () => {
  let server: ChdbServer;
  let scratch: Awaited<ReturnType<typeof scratchFolder>>;
  const ports: Record<string, number> = {};
  /** Longer than a busy machine takes to start a killed member again. */
  let takeoverAfter = "5m";
  const running = new Map<string, CollectorProcess>();
  const targets: Awaited<ReturnType<typeof openTarget>>[] = [];

  async function start(name: string): Promise<CollectorProcess> {
    const members = Object.entries(ports).map(([each, port]) => ({ name: each, url: `http://127.0.0.1:${port}` }));
    const made = await startCollector({
      listen: { otlpGrpc: 0, otlpHttp: 0, zipkin: 0, api: ports[name], ui: 0 },
      data: `${scratch.path}/${name}`,
      store: { clickhouse: { url: server.url, database: "meshscope" } },
      cluster: { members, self: name, control: "b", takeoverAfter },
      scrape: targets.map(({ url }, i) => ({
        ...{ name: `job-${i}`, mesh: "istio", interval: "1s", targets: [url] },
        labels: { cluster: "c1", namespace: "shop", workload: "back", pod: `back-${i}` },
      })),
    });
    running.set(name, made);
    return made;
  }

  const member = (name: string): CollectorProcess => {
    const found = running.get(name);
    if (found === undefined) throw new Error(`${name} is not running`);
    return found;
  };

  async function kill(name: string): Promise<void> {
    const { child } = member(name);
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
    running.delete(name);
  }

  /** Calls on each edge as a member shows them. */
  async function seenBy(name: string): Promise<Record<string, number>> {
    const graph = await member(name).json("/api/v1/graph?view=service&detail=full", fullSchema);
    const nameOf = (id: string): string => graph.nodes.find((node) => node.id === id)?.name ?? "";
    return Object.fromEntries(
      graph.edges.map(({ source, target, requests }) => [`${nameOf(source)} → ${nameOf(target)}`, requests ?? 0]),
    );
  }

  async function statesSeenBy(name: string): Promise<Record<string, string>> {
    const { cluster } = await member(name).json("/api/v1/meta", openMeta);
    return Object.fromEntries(cluster?.members.map((each) => [each.name, each.state]) ?? []);
  }

  const callsNamed = (label: string): string[] => Array.from({ length: 40 }, (_, i) => `${label}/${i}`);

  beforeAll(async () => {
    if ("skip" in site) return;
    scratch = await scratchFolder();
    server = await startChdb(site, `${scratch.path}/data`);
    for (const name of ["a", "b"]) ports[name] = await freePort();
    for (let i = 0; i < 6; i++) targets.push(await openTarget());
    await Promise.all(["a", "b"].map(start));
  });

  afterAll(async () => {
    for (const collector of running.values()) expect(await collector.stop()).toBe(0);
    for (const target of targets) target.close();
    await server?.stop();
    await scratch?.remove();
  });

  test("each knows the other, and one of them acts on meshes", async () => {
    await eventually(async () => expect(await statesSeenBy("a")).toEqual({ a: "self", b: "up" }));
    await eventually(async () => expect(await statesSeenBy("b")).toEqual({ a: "up", b: "self" }));
    const roles = await Promise.all(
      ["a", "b"].map(async (name) => (await member(name).json("/api/v1/meta", openMeta)).cluster?.isControl),
    );
    expect(roles).toEqual([false, true]);
  });

  test("a stranger is given nothing and taken nothing from", async () => {
    for (const [path, method] of [
      ["live", "GET"],
      ["hello", "POST"],
      ["sides", "POST"],
    ] as const) {
      const answer = await fetch(`${member("a").api}/internal/v1/${path}`, { method });
      expect(answer.status).toBe(403);
    }
  });

  test("traces split over both are one edge, every call once, on both; every span is found through both", async () => {
    const calls = callsNamed("split");
    await send(member("a"), spansOf(calls, "client"));
    await send(member("b"), spansOf(calls, "server"));
    for (const name of ["a", "b"]) {
      await eventually(async () => expect((await seenBy(name))["web → cart"]).toBe(40));
      const traces = await member(name).json("/api/v1/traces?service=web&limit=100", tracesSchema);
      expect(traces.traces.map(({ spanCount }) => spanCount)).toEqual(calls.map(() => 2));
      const { completeness } = await member(name).json("/api/v1/graph", graphSchema);
      expect(completeness.others).toEqual([
        { member: name === "a" ? "b" : "a", state: "up", ageMs: expect.any(Number) },
      ]);
    }
  });

  test.each([
    ["a", 80],
    ["b", 120],
  ])(
    "%s is killed while traces are split over both; when it is back every call is counted once",
    async (victim, total) => {
      const calls = callsNamed(`killed-${victim}`);
      const other = victim === "a" ? "b" : "a";
      const half = calls.slice(0, 20);
      await send(member(victim), spansOf(half, "client"));
      await kill(victim);
      await send(member(other), spansOf(half, "server"));
      const rest = calls.slice(20);
      await send(member(other), spansOf(rest, "client"));
      await start(victim);
      await send(member(victim), spansOf(rest, "server"));
      for (const name of ["a", "b"]) {
        await eventually(async () => expect((await seenBy(name))["web → cart"]).toBe(total), 60_000);
        const edges = Object.keys(await seenBy(name)).filter((edge) => /web|cart/.test(edge));
        expect(edges).toEqual(["web → cart"]);
      }
    },
  );

  const jobsOf = async (name: string): Promise<string[]> => {
    const { sources } = await member(name).json("/api/v1/sources", sourceListSchema);
    return sources.flatMap(({ job }) => job ?? []).sort();
  };

  test("targets are shared; those of one that is down are taken over after the stated time, given back when it returns, and nothing is counted twice", async () => {
    for (const name of ["a", "b"]) expect(await member(name).stop()).toBe(0);
    takeoverAfter = "8s";
    await Promise.all(["a", "b"].map(start));
    await eventually(async () => expect(await statesSeenBy("a")).toEqual({ a: "self", b: "up" }));
    await eventually(async () => expect([...(await jobsOf("a")), ...(await jobsOf("b"))]).toHaveLength(targets.length));
    const [atA, atB] = [await jobsOf("a"), await jobsOf("b")];
    expect([...atA, ...atB].sort()).toEqual(targets.map((_, i) => `job-${i}`));
    await kill("b");
    await eventually(async () => expect(await jobsOf("a")).toHaveLength(targets.length), 60_000);
    await start("b");
    await eventually(async () => expect(await jobsOf("a")).toEqual(atA), 60_000);
    expect(await jobsOf("b")).toEqual(atB);
    const before = targets.reduce((sum, { requests }) => sum + requests(), 0);
    await eventually(async () => {
      expect(targets.reduce((sum, { requests }) => sum + requests(), 0)).toBeGreaterThan(before + 200);
    });
    const counted = (await seenBy("a"))["front → back"] ?? 0;
    const printed = targets.reduce((sum, { requests }) => sum + requests(), 0);
    expect(counted).toBeGreaterThan(0);
    expect(counted).toBeLessThanOrEqual(printed);
  });
});
