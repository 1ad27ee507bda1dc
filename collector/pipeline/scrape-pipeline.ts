/**
 * Scraped bodies → series → increases → slots. In: one whole body of one endpoint and when it was asked for; out: what was
 * read and left out, or why the body was refused. Slots that have grown too old go to the store by ticks of the clock.
 * Folding is synchronous: when the sink returns, every query sees the scrape.
 */
import { Counter, type Registry } from "prom-client";
import { err, ok, type Result } from "../../lib/base/result.ts";
import { adapterFor } from "../../lib/mesh/auto.ts";
import { reportOf } from "../../lib/mesh/read-report.ts";
import { SeriesPool } from "../../lib/mesh/series-pool.ts";
import { DEFAULT_SERIES_LIMITS, type ReadStats, SeriesTable } from "../../lib/mesh/series-table.ts";
import type { CertificateSource, TargetCertificates } from "../../lib/model/certificate.ts";
import type { Mesh } from "../../lib/model/identity.ts";
import type { IncreaseTap } from "../../lib/model/increase-tap.ts";
import type { TargetLabels } from "../../lib/model/meaning.ts";
import type { RollupStore } from "../../lib/query/rollup-store.ts";
import type { SlotTable } from "../../lib/rollup/slot-table.ts";
import { TargetFold } from "../../lib/rollup/target-fold.ts";
import type { Clock } from "../telemetry/clock.ts";
import { gaugeByCode, gaugeOn } from "../telemetry/gauge.ts";
import type { Log } from "../telemetry/log.ts";
import type { ProxyFacts } from "../telemetry/source-board.ts";
import { certificatesOf } from "./target-certificates.ts";

/** The part of a scrape endpoint that the fold needs. */
export interface ScrapedEndpoint {
  readonly id: string;
  readonly job: string;
  readonly mesh: Mesh | "auto";
  readonly target: string;
  readonly targetLabels: TargetLabels;
  readonly intervalMs: number;
  readonly sampleLimit: number;
}

export interface ScrapeResult {
  readonly series: number;
  readonly dropped: ReadonlyMap<string, number>;
  readonly details?: ReadonlyMap<string, string>;
  readonly notes?: readonly { readonly code: string; readonly message: string }[];
  readonly proxy?: ProxyFacts;
}

export interface ScrapePipelineOptions {
  readonly slots: SlotTable;
  readonly store: RollupStore;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly log: Log;
  /** Takes closed slots to the store; absent: they are appended as they close. */
  readonly keeper?: { tick(): Promise<void> };
  /** Hears what rollouts watch. */
  readonly tap?: IncreaseTap;
}

const TICK_MS = 1_000;
/** A series that was not printed for so many scrapes is forgotten, but not within this time. */
const FORGET_SCRAPES = 10;
const FORGET_MIN_MS = 120_000;
/** A process that was not read for longer has gone, and its certificate with it. */
const CERTIFICATES_KEPT_MS = 3_600_000;

export class ScrapePipeline implements CertificateSource {
  private readonly tables = new Map<string, SeriesTable>();
  private readonly pool = new SeriesPool();
  private readonly seriesOf = new Map<string, number>();
  private foldedSeries = 0;
  private readonly folds = new Map<string, { readonly fold: TargetFold; readonly endpoint: ScrapedEndpoint }>();
  private readonly options: ScrapePipelineOptions;
  private readonly scrapes: Counter<"outcome">;
  private timer: NodeJS.Timeout | undefined;
  private closing: Promise<void> = Promise.resolve();

  constructor(options: ScrapePipelineOptions) {
    this.options = options;
    const registers = [options.registry];
    this.scrapes = new Counter({
      name: "meshscope_scrapes_folded_total",
      help: "Scraped bodies by outcome: folded, or refused by the reader",
      labelNames: ["outcome"],
      registers,
    });
    registerGauges(options, () => [...this.seriesOf.values()].reduce((sum, series) => sum + series, 0));
    this.registerMemory();
  }

  /** The `ScrapeSink` of the scrape loop. Errors: the reader's codes, `unknown_mesh`. */
  readonly sink = (
    endpoint: ScrapedEndpoint,
    body: Uint8Array,
    atMs: number,
  ): Result<ScrapeResult, { readonly code: string; readonly message: string }> => {
    const table = this.table(endpoint);
    if (table === undefined) return err({ code: "unknown_mesh", message: `there is no adapter for ${endpoint.mesh}` });
    const read = table.read(body, atMs);
    this.scrapes.inc({ outcome: read.ok ? "folded" : "refused" });
    if (!read.ok) return read;
    const { reading, stats } = read.value;
    this.seriesOf.set(endpoint.id, stats.series);
    this.foldedSeries += stats.drops.get("series_folded") ?? 0;
    const fold = this.fold(endpoint);
    fold.observe(endpoint.id, endpoint.job, reading);
    return ok({ ...resultOf(stats), proxy: proxyOf(fold, atMs) });
  };

  /** Another collector reads this target from now on: what comes from it again is a baseline. */
  forget({ id, target }: Pick<ScrapedEndpoint, "id" | "target">): void {
    this.tables.delete(id);
    this.seriesOf.delete(id);
    this.folds.delete(target);
  }

  private table(endpoint: ScrapedEndpoint): SeriesTable | undefined {
    const known = this.tables.get(endpoint.id);
    if (known !== undefined) return known;
    const adapter = adapterFor(endpoint.mesh);
    if (adapter === undefined) return undefined;
    const forgetAfterMs = Math.max(FORGET_MIN_MS, FORGET_SCRAPES * endpoint.intervalMs);
    const limits = { ...DEFAULT_SERIES_LIMITS, samples: endpoint.sampleLimit, forgetAfterMs };
    const made = new SeriesTable(adapter, endpoint.targetLabels, limits, this.pool);
    this.tables.set(endpoint.id, made);
    return made;
  }

  private fold(endpoint: ScrapedEndpoint): TargetFold {
    const known = this.folds.get(endpoint.target);
    if (known !== undefined) return known.fold;
    const { slots, tap } = this.options;
    const { target, intervalMs } = endpoint;
    const fold = new TargetFold(slots, { target, intervalMs, ...(tap === undefined ? {} : { tap }) });
    this.folds.set(endpoint.target, { fold, endpoint });
    return fold;
  }

  private registerMemory(): void {
    const gauge = (name: string, help: string, read: () => number): void =>
      gaugeOn(this.options.registry, name, help, read);
    const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0);
    gauge("meshscope_series_known", "Series known to the tables of all endpoints", () => this.pool.known);
    gauge("meshscope_series_folded", "Samples counted in an `other` member since start", () => this.foldedSeries);
    const held = "Counters and histograms held for all targets";
    gauge("meshscope_series_held", held, () => sumOf([...this.folds.values()].map(({ fold }) => fold.held)));
    gauge("meshscope_series_bytes", "Bytes held by the tables of series and their counters", () =>
      sumOf([
        ...[...this.tables.values()].map(({ memory }) => memory),
        ...[...this.folds.values()].map(({ fold }) => fold.memory),
      ]),
    );
  }

  /** What is known of the certificates of every process read within the last hour. */
  certificates(nowMs: number): readonly TargetCertificates[] {
    const known = [...this.folds.values()].filter(({ fold }) => nowMs - fold.lastReadMs < CERTIFICATES_KEPT_MS);
    return known.map(({ fold, endpoint }) => certificatesOf(fold, endpoint));
  }

  /** Hands slots that have grown too old to the store, once a second. */
  start(): void {
    this.timer = setInterval(() => void this.tick(), TICK_MS);
    this.timer.unref();
  }

  /** One tick of the clock; resolves when what was closed can be read from the store. */
  tick(): Promise<void> {
    const { slots, store, clock, log, keeper } = this.options;
    if (keeper !== undefined) {
      this.closing = keeper.tick();
      return this.closing;
    }
    const closed = slots.close(clock.nowMs());
    if (closed.length === 0) return this.closing;
    this.closing = this.closing
      .then(() => store.append(closed))
      .catch((error) => log.error("rollup_append_failed", { slots: closed.length, error: String(error) }));
    return this.closing;
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.closing;
  }
}

function proxyOf({ version, certificates }: TargetFold, atMs: number): ProxyFacts {
  const left = certificates.firstToExpireSec(atMs);
  return {
    ...(version === null ? {} : { version }),
    ...(left === undefined ? {} : { certificateExpiresInSec: Math.round(left) }),
  };
}

/** Shown once a type changed, in words that say what follows from it. */
function resultOf(stats: ReadStats): ScrapeResult {
  const { series, dropped, details, notes } = reportOf(stats);
  const told = notes.map(({ code, message }) => ({ code, message: `${message}: its samples are left out` }));
  return { series, dropped, details, notes: told };
}

function registerGauges({ slots, store, registry }: ScrapePipelineOptions, series: () => number): void {
  const gauge = (name: string, help: string, read: () => number): void => gaugeOn(registry, name, help, read);
  gauge("meshscope_rollup_series", "Series in the last reading of all endpoints", series);
  gauge("meshscope_rollup_rows", "Rows: edges by reporter and group", () => slots.rows.length);
  gauge("meshscope_rollup_edges", "Different edges known", () => slots.table.edgeCount);
  gauge("meshscope_rollup_overflow_edges", "Edges folded into an `other` member", () => slots.table.overflowEdges);
  gauge("meshscope_rollup_open_slots", "Slots in the live table", () => slots.openSlots);
  gauge("meshscope_rollup_increases_folded", "Increases folded since start", () => slots.folded);
  gauge("meshscope_rollup_store_values", "Numbers held by the rollup store", () => store.stats().values);
  gauge("meshscope_rollup_store_evicted_slots", "Slots let go for memory", () => store.stats().evicted);
  const help = "What had no place in the rows since start, by code as in `completeness.dropped`";
  gaugeByCode(registry, "meshscope_rollup_left_out", help, () => Object.entries(slots.dropped));
}
