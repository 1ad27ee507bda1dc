/** What the receivers' tests share: real receivers on free ports, a store that keeps a list, a board with its registry. */
import { gzipSync } from "node:zlib";
import { Registry } from "prom-client";
import { ok } from "../../lib/base/result.ts";
import { parseTraceId, type Span, type TraceId } from "../../lib/model/span.ts";
import type { Source } from "../../lib/query/schema/estate.ts";
import type { SpanStore } from "../../lib/query/span-store.ts";
import { SpanIntake } from "../pipeline/span-intake.ts";
import { systemClock } from "../telemetry/clock.ts";
import { silentLog } from "../telemetry/log.ts";
import { SourceBoard } from "../telemetry/source-board.ts";
import { type Receivers, startReceivers } from "./start.ts";

export interface Rig {
  readonly receivers: Receivers;
  readonly otlp: string;
  readonly zipkin: string;
  readonly grpc: string;
  readonly registry: Registry;
  readonly intake: SpanIntake;
  source(id: "otlpHttp" | "otlpGrpc" | "zipkin"): Source;
  spansOf(traceId: string): Promise<readonly Span[]>;
  failures(id: "otlpHttp" | "otlpGrpc" | "zipkin"): Promise<Record<string, number>>;
}

/** Enough of a store to see what arrived; the real ones have a contract suite of their own. */
export class ListStore implements SpanStore {
  readonly spans: Span[] = [];
  /** What it says to have let go. */
  evicted = 0;
  /** When set, every write fails with it. */
  broken: Error | undefined;
  /** When set, writes wait for it. */
  gate: Promise<void> | undefined;

  async write(spans: readonly Span[]): Promise<void> {
    await this.gate;
    if (this.broken !== undefined) throw this.broken;
    this.spans.push(...spans);
  }

  async trace(id: TraceId): Promise<readonly Span[]> {
    return this.spans.filter((span) => span.traceId === id);
  }

  async tracesByLowBits(): Promise<readonly TraceId[]> {
    return [];
  }

  async search(): ReturnType<SpanStore["search"]> {
    return ok({ traces: [], nextCursor: null, total: 0 });
  }

  async exemplars(): ReturnType<SpanStore["exemplars"]> {
    return [];
  }

  async values(): ReturnType<SpanStore["values"]> {
    return [];
  }

  stats() {
    return { spans: this.spans.length, traces: 0, bytes: 0, evicted: this.evicted };
  }

  async close(): Promise<void> {}
}

export interface RigOptions {
  readonly store: SpanStore;
  readonly requestTimeoutMs?: number;
  readonly bodyLimitBytes?: number;
  readonly maxBytesInFlight?: number;
  readonly ports?: { readonly otlpHttp: number; readonly zipkin: number };
}

async function failuresOf(registry: Registry, kind: string): Promise<Record<string, number>> {
  const metric = await registry.getSingleMetric("meshscope_source_failures_total")?.get();
  const own = (metric?.values ?? []).filter(({ labels }) => labels["kind"] === kind);
  return Object.fromEntries(own.map(({ labels, value }) => [String(labels["code"]), value]));
}

export async function startRig(options: RigOptions): Promise<Rig> {
  const { store, maxBytesInFlight, ports, ...limits } = options;
  const registry = new Registry();
  const board = new SourceBoard(registry, systemClock);
  const bounds = maxBytesInFlight === undefined ? {} : { maxBytesInFlight };
  const intake = new SpanIntake({ store, clock: systemClock, ...bounds });
  const listen = { ingestHost: "127.0.0.1", otlpGrpc: 0, ...(ports ?? { otlpHttp: 0, zipkin: 0 }) };
  const receivers = await startReceivers({ listen, intake, board, log: silentLog, clock: systemClock, ...limits });
  return {
    receivers,
    registry,
    intake,
    otlp: `http://127.0.0.1:${receivers.ports.otlpHttp}`,
    zipkin: `http://127.0.0.1:${receivers.ports.zipkin}`,
    grpc: `http://127.0.0.1:${receivers.ports.otlpGrpc}`,
    source(id) {
      const found = board.list().find((source) => source.id === id);
      if (found === undefined) throw new Error(`no source ${id}`);
      return found;
    },
    async spansOf(traceId) {
      const id = parseTraceId(traceId);
      return id === undefined ? [] : store.trace(id);
    },
    failures: (id) => failuresOf(registry, id),
  };
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  readonly text: string;
}

export async function post(url: string, body: Uint8Array | string, headers: Record<string, string>): Promise<Reply> {
  const response = await fetch(url, { method: "POST", body: Buffer.from(body), headers });
  const bytes = new Uint8Array(await response.arrayBuffer());
  return { status: response.status, headers: response.headers, bytes, text: Buffer.from(bytes).toString("utf8") };
}

export const JSON_TYPE = { "content-type": "application/json" };
export const PROTO_TYPE = { "content-type": "application/x-protobuf" };

export function gzipped(body: string | Uint8Array): Uint8Array {
  return gzipSync(body);
}

export function hexId(seed: number, digits: 16 | 32): string {
  return (seed + 1).toString(16).padStart(digits, "a");
}

/** One span of OTLP JSON that starts now. */
export function otlpJsonSpan(seed: number): { traceId: string; body: string } {
  const traceId = hexId(seed, 32);
  const start = BigInt(Date.now()) * 1_000_000n;
  const span = {
    traceId,
    spanId: hexId(seed, 16),
    name: "GET /",
    kind: 2,
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(start + 5_000_000n),
    attributes: [{ key: "http.response.status_code", value: { intValue: "200" } }],
    status: {},
  };
  const resource = { attributes: [{ key: "service.name", value: { stringValue: "web" } }] };
  return {
    traceId,
    body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ scope: {}, spans: [span] }] }] }),
  };
}

export function zipkinSpan(seed: number): { traceId: string; body: string } {
  const traceId = hexId(seed, 32);
  const span = {
    traceId,
    id: hexId(seed, 16),
    kind: "SERVER",
    name: "get /",
    timestamp: Date.now() * 1000,
    duration: 5000,
    localEndpoint: { serviceName: "web.shop" },
    tags: { "http.status_code": "200" },
  };
  return { traceId, body: JSON.stringify([span]) };
}
