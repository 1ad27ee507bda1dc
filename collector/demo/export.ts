/**
 * Sends sampled spans on, each in the format of its workload: OTLP/HTTP JSON and protobuf through OpenTelemetry's own
 * exporters, Zipkin as Envoy posts it. In: world spans. Out: requests to the collector, and a tally of what arrived.
 */
import { ExportResultCode } from "@opentelemetry/core";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtoExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import type { SpanExporter } from "@opentelemetry/sdk-trace-base";
import type { WorldSpan } from "../../lib/world/trace.ts";
import { ExportTally } from "./export-tally.ts";
import { readableSpans } from "./readable-span.ts";
import { ZipkinExporter } from "./zipkin.ts";

export interface CollectorUrls {
  /** Base URL of OTLP/HTTP, without `/v1/traces`. */
  readonly otlpHttp: string;
  /** Base URL of Zipkin, without `/api/v2/spans`. */
  readonly zipkin: string;
}

export class TraceExport {
  readonly tally = new ExportTally();
  private readonly otlp: { readonly otlpJson: SpanExporter; readonly otlpProto: SpanExporter };
  private readonly zipkin: ZipkinExporter;
  private readonly readable = readableSpans();

  constructor(urls: CollectorUrls) {
    const options = { url: new URL("/v1/traces", urls.otlpHttp).href, timeoutMillis: 5000, keepAlive: true };
    this.otlp = { otlpJson: new JsonExporter(options), otlpProto: new ProtoExporter(options) };
    this.zipkin = new ZipkinExporter(urls.zipkin, this.tally);
  }

  export(spans: readonly WorldSpan[], nowMs: number): void {
    for (const format of ["otlpJson", "otlpProto"] as const) {
      const own = spans.filter((span) => span.format === format).map(this.readable);
      if (own.length === 0) continue;
      this.otlp[format].export(own, (result) => {
        if (result.code === ExportResultCode.SUCCESS) this.tally.sent(format, own.length);
        else this.tally.failed(format, own.length, result.error?.message ?? "refused");
      });
    }
    this.zipkin.export(
      spans.filter((span) => span.format === "zipkin" || span.format === "zipkinProto"),
      nowMs,
    );
  }

  /** Flushes and stops; never fails. */
  async shutdown(): Promise<void> {
    await Promise.allSettled([this.otlp.otlpJson.shutdown(), this.otlp.otlpProto.shutdown(), this.zipkin.shutdown()]);
  }
}
