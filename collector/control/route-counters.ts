/**
 * The counters of watched routes: what scraping hands over, kept for 24 h, in memory and in a file of the data folder, so
 * that a process that was killed goes on proving what it had counted. In: increases with their intervals (`tap`), routes
 * to watch, moves of their weights; out: what `RouteCounters` promises. What memory has no room for is counted, by code.
 */
import { type ArmPatterns, armPatterns, type KnownVersions } from "../../lib/control/counting/arms.ts";
import { EdgeSplits } from "../../lib/control/counting/edge-splits.ts";
import { IncreaseSorter, type LeftOutCode, type WatchedRoute } from "../../lib/control/counting/increase-sorter.ts";
import type { KnownPods } from "../../lib/control/counting/pods.ts";
import { KEPT_MS, RouteBook } from "../../lib/control/counting/route-book.ts";
import { historiesOf } from "../../lib/control/counting/windows.ts";
import type { MetricHistory } from "../../lib/control/judge/verdict.ts";
import type { RouteRef } from "../../lib/control/rollout/definition.ts";
import type { CallerCounts } from "../../lib/control/traffic/verify.ts";
import { WHOLE_BP } from "../../lib/control/traffic/weights.ts";
import type { Mesh } from "../../lib/model/identity.ts";
import type { IncreaseTap } from "../../lib/model/increase-tap.ts";
import { CounterExchange } from "./counter-exchange.ts";
import { CounterFile } from "./counter-file.ts";
import { registerCounterMetrics } from "./counter-metrics.ts";
import type { RouteCountersOptions } from "./counter-options.ts";
import type { RouteCounters } from "./counters.ts";

const LEAST_WINDOW_MS = 10_000;
const TICK_MS = 1_000;
const SETTLE_MS = 60_000;
const ASK_MS = 60_000;
const AFTER_MS = 3_600_000;
const FOR_OTHERS_MS = 600_000;
/** Of all routes: 64 MB. Past it the oldest are let go. */
export const MAX_NUMBERS = 8_000_000;

interface Watched extends WatchedRoute {
  readonly ref: RouteRef;
  /** Watched since this process began; a book from the file alone is only kept. */
  isWatched: boolean;
  /** When watching ends: what a release leaves behind is seen for a while. */
  untilMs: number;
  /** Only another collector asks for it. */
  isOthers: boolean;
  askedMs: number;
  backends: readonly KnownPods[];
}

/** Two rollouts of one rule and the same backends share what is counted. */
export function routeKeyOf({ target, routeKey, stable, canary }: RouteRef): string {
  const { driver, cluster, namespace, name } = target;
  return JSON.stringify([driver, cluster, namespace, name, routeKey, stable, canary]);
}

function isSame(a: ArmPatterns, b: ArmPatterns): boolean {
  const versions = (one: ArmPatterns) => [one.stable, one.canary].map((arm) => [...(arm.versions ?? [])].sort().join());
  return versions(a).join("/") === versions(b).join("/");
}

export class ScrapedRouteCounters implements RouteCounters {
  readonly leftOut = new Map<LeftOutCode | "memory_limit", number>();
  /** For the edges of the graph. */
  readonly splits: EdgeSplits;
  private readonly books = new Map<string, Watched>();
  private readonly sorter: IncreaseSorter;
  private readonly options: RouteCountersOptions;
  private readonly file: CounterFile | undefined;
  private readonly exchange: CounterExchange | undefined;
  private timer: NodeJS.Timeout | undefined;
  private settledMs = 0;
  private work: Promise<void> = Promise.resolve();

  private constructor(options: RouteCountersOptions, file: CounterFile | undefined, books: readonly RouteBook[]) {
    this.options = options;
    this.file = file;
    this.splits = new EdgeSplits(() => options.clock.nowMs());
    this.sorter = new IncreaseSorter({ leaveOut: (code, requests) => this.leaveOut(code, requests) });
    for (const book of books) this.books.set(routeKeyOf(book.route), this.made(book.route, book, false));
    registerCounterMetrics(options.registry, this, options.clock);
    const exchanged = {
      keyOf: routeKeyOf,
      watchedRoutes: () => this.ownRoutes(),
      bookOf: (route: RouteRef) => this.book(route),
      watchFor: (route: RouteRef) => this.watchFor(route),
    };
    this.exchange =
      options.exchange === undefined ? undefined : new CounterExchange(options.exchange, exchanged, options.clock);
  }

  /** What another collector of the cluster asked, answered; undefined for what cannot be read. */
  readonly answer = (question: string): string | undefined => this.exchange?.answer(question);

  /** Of rollouts here, or kept for a while after them. */
  private ownRoutes(): readonly RouteRef[] {
    return [...this.books.values()].flatMap(({ ref, isWatched, isOthers }) => (isWatched && !isOthers ? [ref] : []));
  }

  private watchFor(route: RouteRef): void {
    const known = this.books.get(routeKeyOf(route));
    if (known?.isWatched === true && !known.isOthers) return;
    this.watch(route);
    const watched = this.books.get(routeKeyOf(route));
    if (watched === undefined) return;
    watched.isOthers = true;
    watched.untilMs = this.options.clock.nowMs() + FOR_OTHERS_MS;
  }

  /** A file that cannot be read is set aside and said: counting begins anew. */
  static async open(options: RouteCountersOptions): Promise<ScrapedRouteCounters> {
    if (options.folder === undefined) return new ScrapedRouteCounters(options, undefined, []);
    const { file, books } = await CounterFile.open(options.folder, options.log);
    return new ScrapedRouteCounters(options, file, books);
  }

  get tap(): IncreaseTap {
    return this.sorter;
  }

  get routes(): readonly RouteBook[] {
    return [...this.books.values()].map(({ book }) => book);
  }

  book(route: RouteRef): RouteBook | undefined {
    return this.books.get(routeKeyOf(route))?.book;
  }

  /** Pods of the route's backends as they were last told. */
  backends(route: RouteRef): readonly KnownPods[] {
    return this.books.get(routeKeyOf(route))?.backends ?? [];
  }

  /** Writes down what was counted each second, and joins what is old each minute. */
  start(): void {
    this.timer = setInterval(() => void this.tick(), TICK_MS);
    this.timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.tick();
    await this.file?.close();
  }

  tick(): Promise<void> {
    this.work = this.work
      .then(() => this.keepUp())
      .catch((error) => this.options.log.error("route_counters_not_kept", { error: String(error) }));
    return this.work;
  }

  private async keepUp(): Promise<void> {
    const nowMs = this.options.clock.nowMs();
    const isDue = nowMs - this.settledMs >= SETTLE_MS;
    if (isDue) this.settle(nowMs);
    const books = this.routes;
    for (const book of books)
      this.exchange?.keep(
        book,
        book.gained.filter(({ isTold }) => isTold !== true),
      );
    if (this.file === undefined) for (const book of books) book.gained = [];
    else await this.file.write(books, isDue);
    // Last: what was counted here does not wait for others' answers to be kept.
    await this.exchange?.pull();
    await Promise.all([...this.books.values()].map((watched) => this.learnBackends(watched, nowMs)));
  }

  private settle(nowMs: number): void {
    this.settledMs = nowMs;
    let keptMs = KEPT_MS;
    for (const { book } of this.books.values()) book.settle(nowMs, nowMs - keptMs);
    while (this.heldNumbers > MAX_NUMBERS && keptMs > SETTLE_MS) {
      keptMs /= 2;
      this.leaveOut("memory_limit", 1);
      for (const { book } of this.books.values()) book.settle(nowMs, nowMs - keptMs);
    }
    for (const [key, watched] of this.books) {
      if (nowMs > watched.untilMs) watched.isWatched = false;
      if (!watched.isWatched && watched.book.cells.size === 0) this.books.delete(key);
    }
    this.resort();
  }

  private async learnBackends(watched: Watched, nowMs: number): Promise<void> {
    if (!watched.isWatched || watched.isOthers || nowMs - watched.askedMs < ASK_MS) return;
    watched.askedMs = nowMs;
    const backends = await this.options.backends(watched.ref).catch(() => undefined);
    if (backends === undefined) return;
    watched.backends = backends;
    const versions = backends.map(({ id, pods }) => [id, [...new Set(pods.map(({ version }) => version))]] as const);
    const patterns = this.patternsOf(watched.ref, new Map(versions));
    if (isSame(patterns, watched.patterns)) return;
    watched.patterns = patterns;
    this.resort();
  }

  private leaveOut(code: LeftOutCode | "memory_limit", requests: number): void {
    this.leftOut.set(code, (this.leftOut.get(code) ?? 0) + requests);
  }

  get heldNumbers(): number {
    return this.routes.reduce((sum, { heldNumbers }) => sum + heldNumbers, 0);
  }

  private patternsOf(route: RouteRef, known?: KnownVersions): ArmPatterns {
    return armPatterns(route, this.options.telemetry.places(route), known);
  }

  private made(ref: RouteRef, book: RouteBook, isWatched: boolean): Watched {
    const untilMs = Number.POSITIVE_INFINITY;
    const askedMs = Number.NEGATIVE_INFINITY;
    return { ref, book, patterns: this.patternsOf(ref), isWatched, untilMs, isOthers: false, askedMs, backends: [] };
  }

  private resort(): void {
    const watched = [...this.books.values()].filter(({ isWatched }) => isWatched);
    this.sorter.watch(watched);
    this.showSplits();
  }

  watch(route: RouteRef, rollout?: string): void {
    const key = routeKeyOf(route);
    const known = this.books.get(key);
    const release = rollout === undefined ? undefined : { rollout, route: route.id };
    const isNew = known?.isWatched !== true;
    if (known === undefined) this.books.set(key, { ...this.made(route, new RouteBook(route), true), release });
    else {
      known.isWatched = true;
      known.isOthers = false;
      known.release = release ?? known.release;
      known.untilMs = Number.POSITIVE_INFINITY;
    }
    if (isNew) this.resort();
  }

  unwatch(route: RouteRef): void {
    const watched = this.books.get(routeKeyOf(route));
    if (watched === undefined) return;
    watched.untilMs = this.options.clock.nowMs() + AFTER_MS;
    this.showSplits();
  }

  moved(route: RouteRef, canaryBp: number, atMs: number): void {
    if (this.book(route)?.moved({ atMs, canaryBp }) === true) this.showSplits();
  }

  /** Splits are drawn while a release is under way, and where both arms are meant to get traffic. */
  private showSplits(): void {
    const shown = [...this.books.values()].filter(({ isWatched, untilMs, book }) => {
      const bp = book.moves.at(-1)?.canaryBp ?? 0;
      return isWatched && untilMs === Number.POSITIVE_INFINITY && bp > 0 && bp < WHOLE_BP;
    });
    this.splits.show(shown);
  }

  private meshOf(route: RouteRef): Mesh {
    return this.options.meshOf(route) ?? "envoy";
  }

  counts(route: RouteRef): boolean {
    const watched = this.books.get(routeKeyOf(route));
    // A part of the callers proves nothing of all.
    if (watched?.isWatched === true && this.exchange?.isWhole === false) return false;
    if (watched !== undefined && watched.book.cells.size > 0) return true;
    return this.options.telemetry.isRead(this.meshOf(route));
  }

  callers(route: RouteRef, sinceMs: number): readonly CallerCounts[] {
    return this.book(route)?.callers(sinceMs) ?? [];
  }

  intervalMs(route: RouteRef): number {
    const observed = this.book(route)?.intervalMs(this.options.clock.nowMs());
    return observed ?? this.options.telemetry.intervalMs(this.meshOf(route));
  }

  histories(route: RouteRef, sinceMs: number): readonly MetricHistory[] {
    const book = this.book(route);
    if (book === undefined) return [];
    const intervalMs = this.intervalMs(route);
    const windowMs = Math.max(LEAST_WINDOW_MS, Math.ceil(intervalMs / 1_000) * 1_000);
    // By then every target was read once more.
    const untilMs = Math.floor((this.options.clock.nowMs() - intervalMs) / windowMs) * windowMs;
    return historiesOf(book, { sinceMs, untilMs, windowMs });
  }

  graceMs(route: RouteRef): number {
    return Math.max(2 * this.intervalMs(route), this.options.propagationMs(this.meshOf(route)));
  }
}
