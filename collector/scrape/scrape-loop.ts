/**
 * Scrapes one endpoint for as long as it runs. In: an endpoint, a sink for bodies. Out: calls of the sink, and the
 * endpoint's health on its source handle. The schedule is a fixed grid: its phase comes from the URL, so that targets are
 * spread over the interval, the same way after a restart; a scrape that is late leaves the ones it overran out and never
 * runs beside another. Nothing that a target does ends the loop or touches another's.
 */
import type { Result } from "../../lib/base/result.ts";
import type { Turns } from "../pipeline/turns.ts";
import type { Clock } from "../telemetry/clock.ts";
import type { Log } from "../telemetry/log.ts";
import type { ProxyFacts, SourceHandle } from "../telemetry/source-board.ts";
import type { ScrapeEndpoint } from "./endpoint.ts";
import { type Agents, type FetchedBody, fetchBody } from "./fetch-body.ts";

export interface ScrapeNote {
  readonly code: string;
  readonly message: string;
}

export interface ScrapeOutcome {
  readonly series: number;
  /** Samples left out of an accepted body, by code. */
  readonly dropped: ReadonlyMap<string, number>;
  /** For some of those codes, what and where: line and byte offset of the first. */
  readonly details?: ReadonlyMap<string, string>;
  /** What a person should know; a note that is not repeated by the next scrape is withdrawn. */
  readonly notes?: readonly ScrapeNote[];
  readonly proxy?: ProxyFacts;
}

/** Takes one whole body, asked for at `atMs` (Unix ms). An error refuses the body whole. */
export type ScrapeSink = (
  endpoint: ScrapeEndpoint,
  body: Uint8Array,
  atMs: number,
) => Result<ScrapeOutcome, { readonly code: string; readonly message: string }>;

export interface LoopContext {
  readonly sink: ScrapeSink;
  readonly clock: Clock;
  readonly log: Log;
  readonly agents: Agents;
  readonly turns: Turns;
}

/** FNV-1a: the same phase for a URL in every process. */
export function phaseOf(url: string, intervalMs: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < url.length; i++) hash = Math.imul(hash ^ url.charCodeAt(i), 0x01000193);
  return Math.floor(((hash >>> 0) / 4294967296) * intervalMs);
}

/** The first point of the grid `start + k × interval` that is later than `now`. */
export function nextTick(startMs: number, intervalMs: number, nowMs: number): number {
  if (nowMs < startMs) return startMs;
  return startMs + (Math.floor((nowMs - startMs) / intervalMs) + 1) * intervalMs;
}

export class ScrapeLoop {
  private readonly endpoint: ScrapeEndpoint;
  private readonly handle: SourceHandle;
  private readonly context: LoopContext;
  private readonly abort = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private firstMs = 0;
  private failing = false;
  private notes: ReadonlySet<string> = new Set();

  constructor(endpoint: ScrapeEndpoint, handle: SourceHandle, context: LoopContext) {
    this.endpoint = endpoint;
    this.handle = handle;
    this.context = context;
  }

  /** The grid is on the monotonic clock, so that a step of the wall clock neither stalls nor crowds scrapes. */
  start(): void {
    this.firstMs = performance.now() + phaseOf(this.endpoint.address, this.endpoint.intervalMs);
    this.waitUntil(this.firstMs);
  }

  private waitUntil(atMs: number): void {
    if (this.abort.signal.aborted) return;
    this.timer = setTimeout(
      () => {
        this.running = this.tick(atMs);
      },
      Math.max(0, atMs - performance.now()),
    );
  }

  private async tick(dueMs: number): Promise<void> {
    await this.scrape();
    const { intervalMs } = this.endpoint;
    const next = nextTick(this.firstMs, intervalMs, Math.max(dueMs, performance.now()));
    const missed = Math.round((next - dueMs) / intervalMs) - 1;
    if (missed > 0)
      this.handle.note("scrape_overrun", `a scrape took longer than ${intervalMs} ms; ${missed} left out`);
    else this.handle.clearNote("scrape_overrun");
    this.waitUntil(next);
  }

  /** One exchange and its record. Never throws: a bug of the sink fails this scrape. */
  async scrape(): Promise<void> {
    const { endpoint, context } = this;
    const atMs = context.clock.nowMs();
    const began = performance.now();
    const { url, timeoutMs, bodyLimitBytes } = endpoint;
    const { agents } = context;
    try {
      const body = await fetchBody({ url, timeoutMs, bodyLimitBytes, agents, signal: this.abort.signal });
      if (!body.ok && this.abort.signal.aborted) return;
      const fetchMs = performance.now() - began;
      // Some hundred targets answer at once after a pause, and the first reading of each takes long.
      const turn = body.ok ? context.turns.next() : undefined;
      if (turn !== undefined) await turn;
      const readMs = performance.now();
      const outcome = body.ok ? this.sink(body.value, atMs) : body;
      const workMs = performance.now() - readMs;
      if (body.ok) context.turns.worked(workMs);
      if (outcome === undefined) return;
      if (outcome.ok) this.succeeded(outcome.value, fetchMs + workMs);
      else this.failed(outcome.error.code, outcome.error.message);
    } catch (error) {
      this.failed("internal", error instanceof Error ? error.message : String(error));
    }
  }

  /** The sink's answer; undefined where the loop was stopped meanwhile. The body is given back in any case. */
  private sink({ bytes, release }: FetchedBody, atMs: number): ReturnType<ScrapeSink> | undefined {
    try {
      return this.abort.signal.aborted ? undefined : this.context.sink(this.endpoint, bytes, atMs);
    } finally {
      release();
    }
  }

  private succeeded(outcome: ScrapeOutcome, durationMs: number): void {
    const { handle, endpoint } = this;
    handle.succeeded(outcome.series, Math.round(durationMs));
    for (const [code, count] of outcome.dropped) {
      const detail = outcome.details?.get(code);
      if (detail === undefined) handle.dropped(code, count);
      else handle.dropped(code, count, `${endpoint.address}: ${detail}`);
    }
    handle.tells(outcome.proxy ?? {});
    const notes = outcome.notes ?? [];
    for (const { code, message } of notes) handle.note(code, message);
    const codes = new Set(notes.map((note) => note.code));
    for (const code of this.notes) if (!codes.has(code)) handle.clearNote(code);
    this.notes = codes;
    if (this.failing) this.context.log.info("scrape_recovered", { job: endpoint.job, address: endpoint.address });
    this.failing = false;
  }

  private failed(code: string, message: string): void {
    const { job, address } = this.endpoint;
    this.handle.failed(code, `${address}: ${message}`);
    // Once per outage: the source board has every failure.
    if (!this.failing) this.context.log.warn("scrape_failed", { job, address, code, message });
    this.failing = true;
  }

  /** Ends the request in flight; resolves when nothing of the loop runs any more. */
  async stop(): Promise<void> {
    this.abort.abort();
    clearTimeout(this.timer);
    await this.running;
  }
}
