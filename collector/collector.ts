/**
 * The collector's parts put together: stores, pipelines, receivers, scraping, API. In: a validated configuration. Out:
 * open ports and a stop, or the error that kept a port closed. Stopping goes against the flow: receivers and scrapes
 * first, so that nothing is acknowledged and lost, then streams and the API, then the stores.
 */
import { randomBytes } from "node:crypto";
import { collectDefaultMetrics, Registry } from "prom-client";
import { err, ok, type Result } from "../lib/base/result.ts";
import type { Meta } from "../lib/query/schema/estate.ts";
import { Ids } from "../lib/query/view-key.ts";
import { SlotTable } from "../lib/rollup/slot-table.ts";
import { authenticateBy } from "./api/authenticate.ts";
import { closeEventStreams } from "./api/events.ts";
import { heatmapRoutes } from "./api/routes/heatmap.ts";
import { metricsRoutes } from "./api/routes/metrics.ts";
import { MetricsAnswers } from "./api/routes/metrics-answers.ts";
import { securityRoutes } from "./api/routes/security.ts";
import { serviceRoutes } from "./api/routes/services.ts";
import { traceRoutes } from "./api/routes/traces.ts";
import { type ApiOptions, apiServer } from "./api/server.ts";
import type { Config } from "./config/config.ts";
import { LiveDirectory } from "./pipeline/graph-directory.ts";
import { ScrapePipeline } from "./pipeline/scrape-pipeline.ts";
import { SpanEdges } from "./pipeline/span-edges.ts";
import { SpanIntake } from "./pipeline/span-intake.ts";
import { ReceiverStartError, startReceivers } from "./receivers/start.ts";
import { addressBook } from "./scrape/address-book.ts";
import { startScraping } from "./scrape/start-scraping.ts";
import { MemoryRollupStore } from "./store/memory-rollup-store.ts";
import { MemorySpanStore } from "./store/memory-span-store.ts";
import { registerSpanMetrics } from "./store/memory-span-store-metrics.ts";
import type { Clock } from "./telemetry/clock.ts";
import { watchEventLoop } from "./telemetry/event-loop.ts";
import type { Log } from "./telemetry/log.ts";
import { SourceBoard } from "./telemetry/source-board.ts";

export const VERSION = "0.1.0";

/** Measured at 2.2 KB of heap a span with 18 attributes: 440 MB. The memory store is for a look around, not for history. */
const MAX_SPANS = 200_000;

export interface Surroundings {
  readonly clock: Clock;
  readonly log: Log;
}

export interface Collector {
  readonly urls: { readonly api: string; readonly otlpHttp: string; readonly zipkin: string };
  stop(): Promise<void>;
}

export interface StartError {
  readonly code: string;
  readonly message: string;
}

/** What holds state: made once, before any port is opened. */
function makeParts(config: Config, { clock, log }: Surroundings) {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const board = new SourceBoard(registry, clock);
  const slots = new SlotTable();
  const rollups = new MemoryRollupStore();
  const spans = new MemorySpanStore({ maxSpans: MAX_SPANS });
  registerSpanMetrics(spans, registry);
  const ids = new Ids();
  const metrics = new ScrapePipeline({ slots, store: rollups, registry, clock, log });
  const edges = new SpanEdges(clock, slots);
  edges.register(registry);
  const intake = new SpanIntake({ store: spans, clock, edges });
  const joins = { addresses: addressBook(config.scrape), spans: edges.peers, aliases: config.aliases };
  const directory = new LiveDirectory(slots, ids, joins);
  return { registry, board, slots, rollups, spans, ids, metrics, edges, intake, directory, joins };
}

/** An address that a client on this machine can use; a wildcard is reached through loopback. */
function urlOf(host: string, port: number): string {
  const name = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  return `http://${name.includes(":") ? `[${name}]` : name}:${port}`;
}

async function listenApi(options: ApiOptions, host: string, port: number) {
  const app = apiServer(options);
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    const taken = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
    return err({
      code: taken ? "port_in_use" : "listen_failed",
      message: taken
        ? `port ${port} on ${host} is in use (listen.api): stop what uses it or set listen.api to another port`
        : `${host}:${port} (listen.api) cannot be opened: ${String(error)}`,
    });
  }
  const address = app.server.address();
  const open = typeof address === "object" && address !== null ? address.port : port;
  return ok({ app, url: urlOf(host, open) });
}

async function openReceivers(options: Parameters<typeof startReceivers>[0]) {
  try {
    return ok(await startReceivers(options));
  } catch (error) {
    if (error instanceof ReceiverStartError) return err({ code: error.code, message: error.message });
    throw error;
  }
}

export async function startCollector(
  config: Config,
  { clock, log }: Surroundings,
): Promise<Result<Collector, StartError>> {
  const parts = makeParts(config, { clock, log });
  const { registry, board, slots, rollups, spans, ids, metrics, edges, intake, directory, joins } = parts;
  const { listen } = config;
  const receivers = await openReceivers({ listen, intake, board, log, clock });
  if (!receivers.ok) return receivers;
  const otlpHttp = urlOf(listen.ingestHost, receivers.value.ports.otlpHttp);
  const otlpGrpc = urlOf(listen.ingestHost, receivers.value.ports.otlpGrpc);
  const zipkin = urlOf(listen.ingestHost, receivers.value.ports.zipkin);
  const boot = randomBytes(6).toString("hex");
  const startedMs = clock.nowMs();
  let apiUrl = "";
  const meta = (): Omit<Meta, "subject"> => ({
    version: VERSION,
    boot,
    startedMs,
    nowMs: clock.nowMs(),
    slotMs: slots.slotMs,
    simulated: config.simulated,
    store: config.store.kind,
    auth: config.auth.mode,
    listen: { api: apiUrl, otlpHttp, otlpGrpc, zipkin },
  });
  const estate = { live: slots, store: rollups, joins };
  const deps = { estate, ids, board, clock, boot, meta, spans: () => intake.stats(), keepWarm: true as const };
  const answers = new MetricsAnswers(deps);
  const routes = [
    ...metricsRoutes(deps, answers),
    ...securityRoutes(answers, metrics),
    ...serviceRoutes(answers),
    ...heatmapRoutes(answers, spans, directory.names),
    ...traceRoutes({ store: spans, directory: () => directory, clock }),
  ];
  const ready = () => ({ ready: true, waitingFor: [] });
  const api = await listenApi(
    { routes, registry, log, version: VERSION, hosts: config.hosts, authenticate: authenticateBy(config.auth), ready },
    listen.host,
    listen.api,
  );
  if (!api.ok) {
    await receivers.value.stop();
    return api;
  }
  const { app, url } = api.value;
  apiUrl = url;
  metrics.start();
  edges.start();
  const unwatchLoop = watchEventLoop(registry);
  const scraping = startScraping(config.scrape, { sink: metrics.sink, board, clock, log });
  const stop = async (): Promise<void> => {
    await Promise.all([scraping.stop(), receivers.value.stop()]);
    closeEventStreams();
    await app.close();
    edges.stop();
    unwatchLoop();
    await metrics.stop();
    await Promise.all([rollups.close(), spans.close()]);
  };
  return ok({ urls: { api: url, otlpHttp, zipkin }, stop });
}
