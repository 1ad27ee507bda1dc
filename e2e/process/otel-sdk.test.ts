/** The official OpenTelemetry JS SDK, in both encodings, and Zipkin's exporter, against the real collector process. */
import { type Context, context, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtoExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { ZipkinExporter } from "@opentelemetry/exporter-zipkin";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, SimpleSpanProcessor, type SpanExporter } from "@opentelemetry/sdk-trace-base";
import { afterAll, beforeAll, expect, test } from "vitest";
import { traceListSchema, traceSchema } from "../../lib/query/schema/traces.ts";
import { type CollectorProcess, eventually, startCollector } from "../support/collector-process.ts";

let collector: CollectorProcess;
beforeAll(async () => {
  collector = await startCollector();
});
afterAll(async () => {
  expect(await collector.stop()).toBe(0);
});

/** One checkout: a server span with an internal child and a failing client call below it. Returns its trace id. */
async function exportCheckout(exporter: SpanExporter, service: string): Promise<string> {
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ "service.name": service, "k8s.namespace.name": "shop" }),
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  });
  const tracer = provider.getTracer("checkout", "1.2.3");
  const below = (parent: Parameters<typeof trace.setSpan>[1]): Context => trace.setSpan(context.active(), parent);
  const server = tracer.startSpan("POST /checkout", { kind: SpanKind.SERVER });
  server.setAttributes({
    "http.request.method": "POST",
    "http.response.status_code": 503,
    "cart.total": 12.5,
    vip: true,
    tags: ["a", "b"],
  });
  const inner = tracer.startSpan("price", {}, below(server));
  inner.addEvent("cache miss", { key: "sku-1" });
  const client = tracer.startSpan("GET /stock", { kind: SpanKind.CLIENT }, below(inner));
  client.setStatus({ code: SpanStatusCode.ERROR, message: "stock said no" });
  client.end();
  inner.end();
  server.end();
  await provider.forceFlush();
  await provider.shutdown();
  return server.spanContext().traceId;
}

const exporters: readonly (readonly [string, (c: CollectorProcess) => SpanExporter])[] = [
  ["OTLP JSON", (c) => new JsonExporter({ url: `${c.otlpHttp}/v1/traces` })],
  ["OTLP protobuf", (c) => new ProtoExporter({ url: `${c.otlpHttp}/v1/traces` })],
  ["Zipkin", (c) => new ZipkinExporter({ url: `${c.zipkin}/api/v2/spans` })],
];

test.each(exporters)("%s from the official exporter is stored whole and found", async (name, make) => {
  const service = `checkout-${name.replace(" ", "-").toLowerCase()}`;
  const traceId = await exportCheckout(make(collector), service);
  const answer = await eventually(async () => {
    const found = await collector.json(`/api/v1/traces/${traceId}`, traceSchema);
    expect(found.spanCount).toBe(3);
    return found;
  });
  const byName = new Map(answer.spans.map((span) => [span.operation.toLowerCase(), span]));
  const server = byName.get("post /checkout");
  const client = byName.get("get /stock");
  expect(server).toMatchObject({ service, kind: "server" });
  expect(client).toMatchObject({ kind: "client", status: "error", parentSpanId: byName.get("price")?.spanId });
  expect(byName.get("price")?.events?.[0]?.name).toContain("cache miss");
  const typed =
    name === "Zipkin" ? { "cart.total": "12.5", vip: "true" } : { "cart.total": 12.5, vip: true, tags: ["a", "b"] };
  expect(server?.attributes).toMatchObject(typed);
  const query = `service=${service}&attr=${encodeURIComponent("http.response.status_code>=500")}&hasError=1`;
  const list = await collector.json(`/api/v1/traces?${query}`, traceListSchema);
  expect(list.traces.map((found) => found.traceId)).toEqual([traceId]);
});
