/** The official OpenTelemetry exporters against our receivers: every span arrives as it was made. */
import { type HrTime, SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { ExportResultCode } from "@opentelemetry/core";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtoExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { ZipkinExporter } from "@opentelemetry/exporter-zipkin";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  type SpanExporter,
} from "@opentelemetry/sdk-trace-base";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ListStore, type Rig, startRig } from "./receiver-rig.ts";

let store: ListStore;
let rig: Rig;

beforeEach(async () => {
  store = new ListStore();
  rig = await startRig({ store });
});

afterEach(() => rig.receivers.stop());

/** Two spans, parent and child, with every kind of attribute, an event, a link and an error. */
function made(): ReadableSpan[] {
  const memory = new InMemorySpanExporter();
  const resource = resourceFromAttributes({ "service.name": "checkout", "k8s.namespace.name": "shop" });
  const provider = new BasicTracerProvider({ resource, spanProcessors: [new SimpleSpanProcessor(memory)] });
  const tracer = provider.getTracer("test", "1.2");
  const parent = tracer.startSpan("POST /order", {
    kind: SpanKind.SERVER,
    attributes: { whole: 7, part: 0.5, yes: true },
  });
  const child = tracer.startSpan("charge", {
    kind: SpanKind.CLIENT,
    attributes: { text: "späße", list: ["a", "b"], big: Number.MAX_SAFE_INTEGER },
    links: [{ context: parent.spanContext(), attributes: { why: "retry" } }],
  });
  child.addEvent("sent", { bytes: 12 });
  child.setStatus({ code: SpanStatusCode.ERROR, message: "card refused" });
  child.end();
  parent.end();
  return memory.getFinishedSpans();
}

function exported(exporter: SpanExporter, spans: ReadableSpan[]): Promise<void> {
  return new Promise((resolve, reject) => {
    exporter.export(spans, ({ code, error }) => {
      if (code === ExportResultCode.SUCCESS) resolve();
      else reject(error ?? new Error("export failed"));
    });
  });
}

function nanos([seconds, ns]: HrTime): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(ns);
}

const KINDS = ["internal", "server", "client", "producer", "consumer"];

function expectOtlp(spans: readonly ReadableSpan[]): void {
  expect(store.spans).toEqual(
    spans.map((span) =>
      expect.objectContaining({
        traceId: span.spanContext().traceId,
        spanId: span.spanContext().spanId,
        kind: KINDS[span.kind],
        operation: span.name,
        service: "checkout",
        startNs: nanos(span.startTime),
        durationNs: nanos(span.endTime) - nanos(span.startTime),
        status: span.status.code === SpanStatusCode.ERROR ? "error" : "unset",
        attributes: new Map(Object.entries(span.attributes)),
        scope: { name: "test", version: "1.2" },
        events: span.events.map((event) => ({
          name: event.name,
          timeNs: nanos(event.time),
          attributes: new Map(Object.entries(event.attributes ?? {})),
        })),
        links: span.links.map((link) => ({
          traceId: link.context.traceId,
          spanId: link.context.spanId,
          attributes: new Map(Object.entries(link.attributes ?? {})),
        })),
      }),
    ),
  );
  expect(store.spans[0]?.resource.get("k8s.namespace.name")).toBe("shop");
  expect(rig.source("otlpHttp")).toMatchObject({ items: { count: spans.length }, drops: {}, lastError: null });
}

test("OTLP JSON", async () => {
  const spans = made();
  await exported(new JsonExporter({ url: `${rig.otlp}/v1/traces` }), spans);
  expectOtlp(spans);
});

test("OTLP protobuf", async () => {
  const spans = made();
  await exported(new ProtoExporter({ url: `${rig.otlp}/v1/traces` }), spans);
  expectOtlp(spans);
});

test("Zipkin", async () => {
  const spans = made();
  await exported(new ZipkinExporter({ url: `${rig.zipkin}/api/v2/spans` }), spans);
  const micros = (time: HrTime): bigint => nanos(time) / 1000n;
  expect(store.spans).toHaveLength(spans.length);
  spans.forEach((span, i) => {
    const stored = store.spans[i];
    expect(stored).toMatchObject({
      traceId: span.spanContext().traceId,
      spanId: span.spanContext().spanId,
      kind: KINDS[span.kind],
      operation: span.name,
      service: "checkout",
      status: span.status.code === SpanStatusCode.ERROR ? "error" : "unset",
    });
    // Zipkin's clock is in microseconds, and the exporter rounds.
    const off = (stored?.startNs ?? 0n) / 1000n - micros(span.startTime);
    expect(off >= -1n && off <= 1n).toBe(true);
    expect(stored?.attributes.get("k8s.namespace.name")).toBe("shop");
    for (const [key, value] of Object.entries(span.attributes)) expect(stored?.attributes.get(key)).toBe(String(value));
    expect(stored?.events.map((event) => event.name.includes("sent") || event.name)).toEqual(
      span.events.map(() => true),
    );
  });
  expect(store.spans[0]?.statusMessage).toBe("card refused");
});
