/** Edges from spans, seen from outside: the official exporters against the real collector, and the graph 12 s later at most. */
import { type Context, context, type Span, SpanKind, trace } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { ZipkinExporter } from "@opentelemetry/exporter-zipkin";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, SimpleSpanProcessor, type SpanExporter } from "@opentelemetry/sdk-trace-base";
import { afterAll, beforeAll, expect, test } from "vitest";
import { graphSchema } from "../../lib/query/schema/graph.ts";
import { type CollectorProcess, eventually, startCollector } from "../support/collector-process.ts";

let collector: CollectorProcess;
beforeAll(async () => {
  collector = await startCollector();
});
afterAll(async () => {
  expect(await collector.stop()).toBe(0);
});

function providerOf(service: string, exporter: SpanExporter): BasicTracerProvider {
  return new BasicTracerProvider({
    resource: resourceFromAttributes({ "service.name": service }),
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  });
}

const below = (parent: Span): Context => trace.setSpan(context.active(), parent);

/** One call web → cart, told by both, and one of web to a database that nobody else tells of. */
async function exportCalls(make: () => SpanExporter, prefix: string): Promise<void> {
  const [web, cart] = [providerOf(`${prefix}-web`, make()), providerOf(`${prefix}-cart`, make())];
  const root = web.getTracer("t").startSpan("GET /", { kind: SpanKind.SERVER });
  const client = web.getTracer("t").startSpan("GET cart", { kind: SpanKind.CLIENT }, below(root));
  const server = cart.getTracer("t").startSpan("GET /cart", { kind: SpanKind.SERVER }, below(client));
  server.setAttribute("http.response.status_code", 200);
  const query = web.getTracer("t").startSpan("SELECT", { kind: SpanKind.CLIENT }, below(root));
  query.setAttributes({ "db.system.name": "postgresql", "server.address": `${prefix}-db.example.com` });
  for (const span of [server, client, query, root]) span.end();
  for (const provider of [web, cart]) {
    await provider.forceFlush();
    await provider.shutdown();
  }
}

async function edges(): Promise<readonly string[]> {
  const graph = await collector.json("/api/v1/graph?view=service", graphSchema);
  const name = (id: string): string => graph.nodes.find((node) => node.id === id)?.name ?? "";
  return graph.edges.map((edge) => `${name(edge.source)} → ${name(edge.target)} ${edge.badges?.join() ?? ""}`);
}

const exporters: readonly (readonly [string, string, (c: CollectorProcess) => SpanExporter])[] = [
  ["OTLP", "otlp", (c) => new OTLPTraceExporter({ url: `${c.otlpHttp}/v1/traces` })],
  ["Zipkin", "zipkin", (c) => new ZipkinExporter({ url: `${c.zipkin}/api/v2/spans` })],
];

test.each(exporters)("spans of the official %s exporter make edges within 12 s", async (_, prefix, make) => {
  await exportCalls(() => make(collector), prefix);
  const sentMs = performance.now();
  await eventually(async () => expect(await edges()).toContain(`${prefix}-web → ${prefix}-cart spans`), 12_000);
  const database = `${prefix}-web → ${prefix}-db.example.com spans`;
  await eventually(async () => expect(await edges()).toContain(database), 15_000);
  expect(performance.now() - sentMs).toBeLessThan(12_500);
  const { completeness } = await collector.json("/api/v1/graph", graphSchema);
  expect(completeness).toMatchObject({ unpairedSpanShare: 0, absent: { sampledShare: "unknown" } });
});
