/**
 * Receiving processes, seen from outside: the same bodies give the same edges, traces and counts whatever number of them
 * there is, also when one is killed while it receives, and when there are fewer after a crash.
 */
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { sourceListSchema } from "../../lib/query/schema/estate.ts";
import { edgeDetailSchema, graphSchema } from "../../lib/query/schema/graph.ts";
import { type CollectorProcess, eventually, startCollector } from "../support/collector-process.ts";
import { hexId } from "../support/payloads.ts";

const CALLS_PER_BODY = 10;
const PAIRS = [
  ["web", "cart"],
  ["web", "search"],
  ["cart", "stock"],
] as const;

interface Body {
  readonly path: "/v1/traces" | "/api/v2/spans";
  readonly text: string;
}

let collector: CollectorProcess | undefined;
let folder: string | undefined;
afterEach(async () => {
  await collector?.stop();
  collector = undefined;
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  folder = undefined;
});

/** One side of ten calls: every trace is split over two bodies, which may reach two processes. */
function bodyOf(round: number, side: "client" | "server", endMs: number): Body {
  const [from, to] = PAIRS[round % PAIRS.length] ?? PAIRS[0];
  const calls = Array.from({ length: CALLS_PER_BODY }, (_, i) => `${round}/${i}`);
  const startUs = endMs * 1000 - 5_000;
  if (round % 2 === 0) {
    const spans = calls.map((call) => ({
      traceId: hexId(call, 32),
      spanId: hexId(`${call}/${side}`, 16),
      ...(side === "server" ? { parentSpanId: hexId(`${call}/client`, 16) } : {}),
      name: "GET /",
      kind: side === "client" ? 3 : 2,
      startTimeUnixNano: `${startUs}000`,
      endTimeUnixNano: `${endMs}000000`,
      attributes: [{ key: "http.response.status_code", value: { intValue: "200" } }],
      status: {},
    }));
    const name = { key: "service.name", value: { stringValue: side === "client" ? from : to } };
    const resourceSpans = [{ resource: { attributes: [name] }, scopeSpans: [{ scope: {}, spans }] }];
    return { path: "/v1/traces", text: JSON.stringify({ resourceSpans }) };
  }
  const spans = calls.map((call) => ({
    traceId: hexId(call, 32),
    id: hexId(`${call}/${side}`, 16),
    ...(side === "server" ? { parentId: hexId(`${call}/client`, 16) } : {}),
    kind: side === "client" ? "CLIENT" : "SERVER",
    name: "get /",
    timestamp: startUs,
    duration: 5_000,
    localEndpoint: { serviceName: side === "client" ? from : to },
    tags: { "http.status_code": "200" },
  }));
  return { path: "/api/v2/spans", text: JSON.stringify(spans) };
}

function load(rounds: number): Body[] {
  const endMs = Date.now() - 1_000;
  return Array.from({ length: rounds }, (_, round) => round).flatMap((round) => [
    bodyOf(round, "client", endMs),
    bodyOf(round, "server", endMs),
  ]);
}

function post(url: string, text: string, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
    const sent = request(url, { method: "POST", agent, headers }, (answer) => {
      answer.resume().once("end", () => resolve(answer.statusCode ?? 0));
      answer.once("error", reject);
    });
    sent.once("error", reject).end(text);
  });
}

/** As a client does that was promised nothing yet: until it is acknowledged. */
async function deliver(to: CollectorProcess, { path, text }: Body, agent: Agent): Promise<void> {
  const url = `${path === "/v1/traces" ? to.otlpHttp : to.zipkin}${path}`;
  await eventually(async () => expect([200, 202]).toContain(await post(url, text, agent)));
}

async function deliverAll(to: CollectorProcess, bodies: readonly Body[], connections: number): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let body = bodies[next++]; body !== undefined; body = bodies[next++]) await deliver(to, body, agent);
    agent.destroy();
  };
  await Promise.all(Array.from({ length: connections }, worker));
}

const fullSchema = graphSchema.extend({ edges: z.array(edgeDetailSchema) });
const tracesSchema = z.object({ traces: z.array(z.object({ traceId: z.string(), spanCount: z.number() })) });

/** What of the answers does not depend on when it was asked. */
async function seen(of: CollectorProcess) {
  const graph = await of.json("/api/v1/graph?view=service&detail=full", fullSchema);
  const name = (id: string): string => graph.nodes.find((node) => node.id === id)?.name ?? "";
  const edges = graph.edges.map(({ source, target, requests }) => `${name(source)} → ${name(target)}: ${requests}`);
  const { sources } = await of.json("/api/v1/sources", sourceListSchema);
  const counts = sources.map(({ kind, items, drops }) => `${kind} ${items.count} ${JSON.stringify(drops)}`);
  const { traces } = await of.json("/api/v1/traces?limit=500", tracesSchema);
  const spans = traces.map(({ traceId, spanCount }) => `${traceId} ${spanCount}`).sort();
  return { edges: edges.sort(), counts, spans };
}

/** Every call once: `rounds` bodies a side, a third of them for each pair of services. */
function expected(rounds: number) {
  const calls = (rounds / PAIRS.length) * CALLS_PER_BODY;
  const labels = Array.from({ length: rounds }, (_, round) => round).flatMap((round) =>
    Array.from({ length: CALLS_PER_BODY }, (_, i) => `${round}/${i}`),
  );
  const spans = rounds * CALLS_PER_BODY;
  return {
    edges: PAIRS.map(([from, to]) => `${from} → ${to}: ${calls}`).sort(),
    counts: ["otlpGrpc 0 {}", `otlpHttp ${spans} {}`, `zipkin ${spans} {}`],
    spans: labels.map((label) => `${hexId(label, 32)} 2`).sort(),
  };
}

/** Processes that the collector started, by what they run. */
function shardPids(of: CollectorProcess): number[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const parent = /^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${name}/status`, "utf8"))?.[1];
      const isShard = readFileSync(`/proc/${name}/cmdline`, "utf8").includes("shard.mjs");
      return isShard && Number(parent) === of.child.pid ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

async function start(shards: number): Promise<CollectorProcess> {
  folder ??= await mkdtemp(join(tmpdir(), "meshscope-shards-e2e-"));
  collector = await startCollector({ store: "duckdb", data: folder, ingest: { shards } });
  return collector;
}

describe.each([1, 2, 4])("%i receiving processes", (shards) => {
  test("give the edges, traces and counts of the load", async () => {
    const rounds = 24;
    const started = await start(shards);
    expect(shardPids(started)).toHaveLength(shards === 1 ? 0 : shards);
    const bodies = load(rounds);
    await deliverAll(started, bodies, 8);
    // Bodies that come again within five minutes change nothing, whichever process they reach.
    await deliverAll(started, bodies.slice(0, 12), 5);
    await eventually(async () => expect(await seen(started)).toEqual(expected(rounds)));
    expect(await started.stop()).toBe(0);
    collector = undefined;
  });
});

test("a process that is killed while it receives loses nothing that was acknowledged and doubles nothing", async () => {
  const rounds = 48;
  const started = await start(2);
  const before = shardPids(started);
  const bodies = load(rounds);
  const delivered = deliverAll(started, bodies, 6);
  await eventually(async () => {
    const { sources } = await started.json("/api/v1/sources", sourceListSchema);
    expect(sources.reduce((sum, { items }) => sum + items.count, 0)).toBeGreaterThan(CALLS_PER_BODY * 8);
  });
  const [victim] = before;
  if (victim !== undefined) process.kill(victim, "SIGKILL");
  await delivered;
  await eventually(async () => expect(await seen(started)).toEqual(expected(rounds)));
  await eventually(async () => expect(shardPids(started)).toHaveLength(2));
  expect(shardPids(started)).not.toContain(victim);
  const metrics = await (await fetch(`${started.api}/metrics`)).text();
  expect(metrics).toMatch(/^meshscope_shard_restarts_total 1$/m);
});

test("fewer processes after a crash: what the others had logged is there", async () => {
  const rounds = 12;
  const four = await start(4);
  await deliverAll(four, load(rounds), 8);
  four.child.kill("SIGKILL");
  await four.stop();
  const one = await start(1);
  const { edges, spans } = expected(rounds);
  await eventually(async () => expect(await seen(one)).toMatchObject({ edges, spans }));
});
