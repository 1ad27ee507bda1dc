/**
 * Zipkin v2 as Envoy writes and posts it, in JSON or, by a span's format, in protobuf: up to five spans of one proxy a body, at the latest after five seconds,
 * no retry, anything but 202 a loss. In: world spans. Out: requests to `/api/v2/spans`. Microseconds. A trace id of 64
 * bits is written with 16 digits.
 */
import type { WorldSpan } from "../../lib/world/trace.ts";
import type { ExportTally } from "./export-tally.ts";
import { zipkinProto } from "./zipkin-proto.ts";

const SPANS_A_BODY = 5;
const FLUSH_MS = 5000;
const TIMEOUT_MS = 5000;
/** Bodies under way; more are dropped and counted, as Envoy drops when its collector is slow. */
const IN_FLIGHT = 64;
const SHORT_ID = /^0{16}/;

/** One span in Envoy's words. */
export function zipkinSpan(world: WorldSpan): Record<string, unknown> {
  const { span, pod } = world;
  const tags: Record<string, string> = {};
  for (const [key, value] of span.attributes) tags[key] = String(value);
  return {
    traceId: span.traceId.replace(SHORT_ID, ""),
    id: span.spanId,
    ...(span.parentSpanId === undefined ? {} : { parentId: span.parentSpanId }),
    kind: span.kind.toUpperCase(),
    name: span.operation,
    timestamp: Number(span.startNs / 1000n),
    duration: Number(span.durationNs / 1000n),
    localEndpoint: { serviceName: span.service, ipv4: pod.ip, port: 0 },
    tags,
    ...(span.shared ? { shared: true } : {}),
  };
}

interface Buffer {
  readonly spans: WorldSpan[];
  sinceMs: number;
}

export class ZipkinExporter {
  private readonly url: string;
  private readonly tally: ExportTally;
  private readonly buffers = new Map<string, Buffer>();
  private readonly underWay = new Set<Promise<void>>();

  constructor(baseUrl: string, tally: ExportTally) {
    this.url = new URL("/api/v2/spans", baseUrl).href;
    this.tally = tally;
  }

  export(spans: readonly WorldSpan[], nowMs: number): void {
    for (const span of spans) {
      const buffer = this.buffers.get(span.pod.name) ?? { spans: [], sinceMs: nowMs };
      this.buffers.set(span.pod.name, buffer);
      if (buffer.spans.length === 0) buffer.sinceMs = nowMs;
      buffer.spans.push(span);
      if (buffer.spans.length >= SPANS_A_BODY) this.post(buffer);
    }
    for (const buffer of this.buffers.values()) {
      if (buffer.spans.length > 0 && nowMs - buffer.sinceMs >= FLUSH_MS) this.post(buffer);
    }
  }

  /** Posts what is left and waits for the answers. */
  async shutdown(): Promise<void> {
    for (const buffer of this.buffers.values()) if (buffer.spans.length > 0) this.post(buffer);
    await Promise.allSettled(this.underWay);
  }

  private post(buffer: Buffer): void {
    const spans = buffer.spans.splice(0);
    // A pod's proxy has one tracer, so that a body has one format.
    const format = spans[0]?.format === "zipkinProto" ? "zipkinProto" : "zipkin";
    if (this.underWay.size >= IN_FLIGHT) {
      this.tally.failed(format, spans.length, "too many bodies under way");
      return;
    }
    const sending = this.send(spans, format).finally(() => this.underWay.delete(sending));
    this.underWay.add(sending);
  }

  private async send(spans: readonly WorldSpan[], format: "zipkin" | "zipkinProto"): Promise<void> {
    const json = format === "zipkin";
    try {
      const answer = await fetch(this.url, {
        method: "POST",
        headers: { "content-type": json ? "application/json" : "application/x-protobuf" },
        body: json ? JSON.stringify(spans.map(zipkinSpan)) : zipkinProto(spans),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      await answer.arrayBuffer();
      if (answer.status === 202) this.tally.sent(format, spans.length);
      else this.tally.failed(format, spans.length, `answered ${answer.status}`);
    } catch (error) {
      this.tally.failed(format, spans.length, error instanceof Error ? error.message : String(error));
    }
  }
}
