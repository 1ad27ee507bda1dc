/**
 * The collector's parts put together: stores, pipelines, receivers, scraping, API. In: a validated configuration. Out:
 * open ports and a stop, or the error that kept a port closed. The API opens first and says what it waits for; receivers
 * open once everything that was acknowledged before is taken up. Stopping goes the other way: receivers and scrapes first,
 * so that nothing is acknowledged and lost, then streams and the API, then log and store.
 */
import { randomBytes } from "node:crypto";
import { collectDefaultMetrics, Registry } from "prom-client";
import { err, ok, type Result } from "../lib/base/result.ts";
import type { Meta } from "../lib/query/schema/estate.ts";
import { Ids } from "../lib/query/view-key.ts";
import { SlotTable } from "../lib/rollup/slot-table.ts";
import { actingPlanes, openControlPlanes } from "./actuators/open-control-planes.ts";
import { authenticateBy } from "./api/authenticate.ts";
import { closeEventStreams } from "./api/events.ts";
import { gateRoutes } from "./api/gate-routes.ts";
import { recordRoutes } from "./api/routes/control-records.ts";
import { heatmapRoutes } from "./api/routes/heatmap.ts";
import { judgeRoutes } from "./api/routes/judge.ts";
import { metricsRoutes } from "./api/routes/metrics.ts";
import { MetricsAnswers } from "./api/routes/metrics-answers.ts";
import { operationsRoute } from "./api/routes/operations.ts";
import { rolloutRoutes } from "./api/routes/rollouts.ts";
import { securityRoutes } from "./api/routes/security.ts";
import { serviceRoutes } from "./api/routes/services.ts";
import { storeRoute } from "./api/routes/store.ts";
import { traceRoutes } from "./api/routes/traces.ts";
import { clusterView, othersOf } from "./cluster/cluster-view.ts";
import { internalRoutes } from "./cluster/internal-routes.ts";
import type { Config } from "./config/config.ts";
import { openControl } from "./control/open-control.ts";
import { openRouteCounters } from "./control/open-route-counters.ts";
import { scrapedFigures } from "./control/scraped-figures.ts";
import { DurableIngest, openDataFolder } from "./durable-ingest.ts";
import { listenApi, urlOf } from "./listen-api.ts";
import { openCluster } from "./open-cluster.ts";
import { openReceivers } from "./open-receivers.ts";
import { LiveDirectory } from "./pipeline/graph-directory.ts";
import { ScrapePipeline } from "./pipeline/scrape-pipeline.ts";
import { SpanEdges } from "./pipeline/span-edges.ts";
import { type Intake, SpanIntake } from "./pipeline/span-intake.ts";
import { addressBook } from "./scrape/address-book.ts";
import { startScraping } from "./scrape/start-scraping.ts";
import { registerSpanMetrics } from "./store/memory-span-store-metrics.ts";
import { openStore } from "./store/open-store.ts";
import type { RowBook } from "./store/row-aligner.ts";
import { registerStoreMetrics } from "./store/store-metrics.ts";
import type { Clock } from "./telemetry/clock.ts";
import { watchEventLoop } from "./telemetry/event-loop.ts";
import type { Log } from "./telemetry/log.ts";
import { SourceBoard } from "./telemetry/source-board.ts";

export const VERSION = "0.1.0";

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

/** Undone last first. */
type Undo = (() => Promise<void> | void)[];

async function unwind(undo: Undo): Promise<void> {
  for (const step of undo.splice(0).reverse()) await step();
}

function rowsOf({ table }: SlotTable): RowBook {
  return {
    find: (key) => table.byKeyOf(key),
    adopt: (row, columns, schemes) => table.byKeyOf(row.key)?.adopt(columns, schemes) ?? columns.map((_, i) => i),
  };
}

/** What holds state: made once, before any port is opened. Errors: the data folder's and the store's own. */
async function openParts(config: Config, surroundings: Surroundings, undo: Undo) {
  const { clock, log } = surroundings;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const board = new SourceBoard(registry, clock);
  const slots = new SlotTable();
  const edges = new SpanEdges(clock, slots);
  edges.register(registry);
  // Only a store that keeps has a log, and a folder.
  const folder = config.store.kind === "memory" ? undefined : await openDataFolder(config, surroundings);
  if (folder !== undefined) {
    if (!folder.ok) return folder;
    undo.push(() => folder.value.lock.release());
  }
  const opened = await openStore(config, { clock, log, rows: rowsOf(slots) });
  if (!opened.ok) return opened;
  const store = opened.value;
  undo.push(() => store.close());
  const { spans, rollups, durable } = store;
  registerSpanMetrics(spans, registry);
  registerStoreMetrics(() => store.facts(), registry);
  const kept =
    folder === undefined || durable === undefined
      ? undefined
      : new DurableIngest({ config, folder: folder.value, store, durable, slots, edges, registry }, surroundings);
  if (kept !== undefined) undo.push(() => kept.stop());
  const intake: Intake = kept?.intake ?? new SpanIntake({ store: spans, clock, edges });
  const keeper = kept === undefined ? {} : { keeper: kept };
  const shared =
    kept === undefined ? ok(undefined) : await openCluster(config, { kept, slots, edges, registry, ...surroundings });
  if (!shared.ok) return shared;
  const planes = openControlPlanes(config.control);
  const exchange = shared.value === undefined ? {} : { exchange: shared.value.counters };
  const counters = await openRouteCounters(config, {
    ...{ planes, rows: () => slots.rows, registry, clock, log },
    ...exchange,
  });
  undo.push(() => counters.stop());
  const { tap } = counters;
  const metrics = new ScrapePipeline({ slots, store: rollups, registry, clock, log, tap, ...keeper });
  const control = await openControl({
    ...{ dataFolder: config.dataFolder, planes: actingPlanes(planes, config.cluster), clock, log },
    ...{ counters, figures: scrapedFigures(counters, clock), config: config.control, registry },
  });
  if (!control.ok) return control;
  undo.push(() => control.value.close());
  const ids = new Ids();
  const joins = { addresses: addressBook(config.scrape), spans: edges.peers, aliases: config.aliases };
  const directory = new LiveDirectory(slots, ids, joins);
  return ok({
    registry,
    board,
    slots,
    store,
    kept,
    ids,
    metrics,
    edges,
    intake,
    directory,
    joins,
    shared: shared.value,
    control: control.value,
    counters,
  });
}

type Parts = Extract<Awaited<ReturnType<typeof openParts>>, { ok: true }>["value"];

/** Where clients find this collector: known in full once every port is open. */
interface Addresses {
  api: string;
  otlpHttp: string;
  otlpGrpc: string;
  zipkin: string;
}

function apiOptions(config: Config, parts: Parts, { clock, log }: Surroundings, listen: Addresses) {
  const { registry, board, slots, store, ids, metrics, edges, directory, joins, shared, control, counters } = parts;
  const boot = randomBytes(6).toString("hex");
  const startedMs = clock.nowMs();
  const meta = (): Omit<Meta, "subject"> => ({
    version: VERSION,
    boot,
    startedMs,
    nowMs: clock.nowMs(),
    slotMs: slots.slotMs,
    simulated: config.simulated,
    store: config.store.kind,
    auth: config.auth.mode,
    listen: { ...listen },
    ...(shared === undefined ? {} : { cluster: clusterView(shared.cluster) }),
  });
  const estate = { live: slots, store: store.rollups, joins, splits: counters.splits };
  const others = shared === undefined ? {} : { others: () => othersOf(shared.cluster) };
  const deps = {
    estate,
    ids,
    board,
    clock,
    boot,
    meta,
    spans: () => edges.stats(),
    keepWarm: true as const,
    ...others,
  };
  const answers = new MetricsAnswers(deps);
  const routes = [
    ...metricsRoutes(deps, answers),
    ...securityRoutes(answers, metrics),
    ...serviceRoutes(answers),
    ...heatmapRoutes(answers, store.spans, directory.names),
    ...rolloutRoutes(control.service, control.audit),
    ...recordRoutes(control),
    ...judgeRoutes(),
    storeRoute(() => store.facts()),
    ...traceRoutes({ store: store.spans, directory: () => directory, clock }),
    operationsRoute({ store: store.spans, directory: () => directory, clock }),
  ];
  const authenticate = authenticateBy(config.auth);
  const internal =
    shared === undefined ? {} : { internal: internalRoutes(shared.cluster, shared.secret, counters.answer) };
  const gates = control.keeper === undefined ? {} : { gates: gateRoutes(control.keeper) };
  const { flaggerGateUrl } = config.control;
  const members = config.cluster?.members.map(({ url }) => url) ?? [];
  const called = [...members, ...(flaggerGateUrl === undefined ? [] : [flaggerGateUrl])];
  const hosts = [...config.hosts, ...called.map((url) => new URL(url).hostname)];
  return { routes, registry, log, version: VERSION, hosts, authenticate, ...internal, ...gates };
}

/** Everything behind the API, in order: what was left is taken up before anything new is received. */
async function openIngest(config: Config, parts: Parts, surroundings: Surroundings, undo: Undo) {
  const { clock, log } = surroundings;
  const { board, kept, metrics, edges, registry, shared } = parts;
  const replayed = (await kept?.replay()) ?? ok(undefined);
  if (!replayed.ok) return replayed;
  metrics.start();
  edges.start();
  const unwatchLoop = watchEventLoop(registry);
  undo.push(async () => {
    edges.stop();
    unwatchLoop();
    await metrics.stop();
  });
  shared?.exchange.start(kept?.own.ends ?? new Map());
  undo.push(() => shared?.cluster.stop());
  const receivers = await openReceivers(config, parts, surroundings);
  if (!receivers.ok) return receivers;
  await shared?.cluster.start();
  const members = shared?.cluster.members;
  const scraping = startScraping(config.scrape, {
    ...{ sink: metrics.sink, board, clock, log },
    forget: (endpoint) => metrics.forget(endpoint),
    ...(members === undefined ? {} : { owns: (target) => members.ownerOf(target) === members.self }),
  });
  members?.onChange(() => scraping.reassign());
  undo.push(async () => {
    await Promise.all([scraping.stop(), receivers.value.stop()]);
  });
  return ok(receivers.value.ports);
}

export async function startCollector(
  config: Config,
  surroundings: Surroundings,
): Promise<Result<Collector, StartError>> {
  const { listen } = config;
  const undo: Undo = [];
  const failed = async (error: StartError) => {
    await unwind(undo);
    return err(error);
  };
  const parts = await openParts(config, surroundings, undo);
  if (!parts.ok) return failed(parts.error);
  const { kept } = parts.value;
  const urls: Addresses = {
    api: "",
    otlpHttp: urlOf(listen.ingestHost, listen.otlpHttp),
    otlpGrpc: urlOf(listen.ingestHost, listen.otlpGrpc),
    zipkin: urlOf(listen.ingestHost, listen.zipkin),
  };
  let isReceiving = false;
  const ready = () => {
    const isReady = isReceiving && kept?.hasCaughtUp() !== false;
    return { ready: isReady, waitingFor: isReady ? [] : ["log_replay"] };
  };
  const options = { ...apiOptions(config, parts.value, surroundings, urls), ready };
  const api = await listenApi(options, listen.host, listen.api);
  if (!api.ok) return failed(api.error);
  undo.push(async () => {
    closeEventStreams();
    await api.value.app.close();
  });
  urls.api = api.value.url;
  const ports = await openIngest(config, parts.value, surroundings, undo);
  if (!ports.ok) return failed(ports.error);
  urls.otlpHttp = urlOf(listen.ingestHost, ports.value.otlpHttp);
  urls.otlpGrpc = urlOf(listen.ingestHost, ports.value.otlpGrpc);
  urls.zipkin = urlOf(listen.ingestHost, ports.value.zipkin);
  isReceiving = true;
  return ok({ urls, stop: () => unwind(undo) });
}
