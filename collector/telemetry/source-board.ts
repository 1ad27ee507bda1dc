/**
 * What every receiver and scrape target says about itself: last success, items, drops by code, last error. One board
 * feeds both `GET /sources` and the counters on `/metrics`, so the two cannot disagree.
 */
import { Counter, Gauge, type Registry } from "prom-client";
import { digits4 } from "../../lib/query/numbers.ts";
import type { AbsentReason } from "../../lib/query/schema/common.ts";
import type { Source } from "../../lib/query/schema/estate.ts";
import type { Clock } from "./clock.ts";

export interface SourceDescription {
  readonly id: string;
  readonly kind: Source["kind"];
  readonly address: string;
  readonly job?: string;
  readonly mesh?: string;
  readonly workload?: string;
  readonly intervalMs?: number;
  readonly unit: "series" | "spans";
}

export interface ProxyFacts {
  /** Its build. */
  readonly version?: string;
  /** Seconds left of the first of its certificates to expire. */
  readonly certificateExpiresInSec?: number;
}

/** What a receiver or a scrape tells of itself, in the process it runs in. */
export interface SourceTally {
  readonly description: SourceDescription;
  succeeded(items: number, durationMs?: number): void;
  failed(code: string, message: string): void;
  dropped(code: string, items: number, message?: string): void;
  note(code: string, message: string): void;
  clearNote(code: string): void;
}

const RATE_WINDOW_MS = 60_000;
/** What comes within so long is remembered together: a receiver takes thousands of bodies a second. */
const MARK_MS = 100;
const MAX_NOTES = 20;

/** Owned by one receiver or one target. `perSec` is the mean over the last minute, or since the source was opened. */
export class SourceHandle implements SourceTally {
  private lastOkMs: number | null = null;
  private lastDurationMs: number | null = null;
  private lastError: Source["lastError"] = null;
  private failing = false;
  private count = 0;
  private readonly marks: { atMs: number; count: number }[] = [];
  private readonly drops = new Map<string, number>();
  private readonly notes = new Map<string, string>();
  private proxy: ProxyFacts = {};
  readonly description: SourceDescription;
  private readonly clock: Clock;
  private readonly meters: Meters;
  /** Looked up once: it is counted for every body. */
  private readonly items: Counter.Internal;
  private readonly openedMs: number;

  constructor(description: SourceDescription, clock: Clock, meters: Meters) {
    this.description = description;
    this.clock = clock;
    this.meters = meters;
    this.items = meters.items.labels({ kind: description.kind, job: description.job ?? "" });
    this.openedMs = clock.nowMs();
  }

  /** A scrape or a batch was accepted with `items` series or spans in it. */
  succeeded(items: number, durationMs?: number): void {
    const now = this.clock.nowMs();
    this.lastOkMs = now;
    this.failing = false;
    if (durationMs !== undefined) this.lastDurationMs = durationMs;
    this.count = this.description.unit === "series" ? items : this.count + items;
    const last = this.marks[this.marks.length - 1];
    if (last !== undefined && now - last.atMs >= 0 && now - last.atMs < MARK_MS) last.count += items;
    else this.marks.push({ atMs: now, count: items });
    while ((this.marks[0]?.atMs ?? now) < now - RATE_WINDOW_MS) this.marks.shift();
    this.items.inc(items);
  }

  /** The whole scrape or batch was refused: `code` is contract, `message` says what and where. */
  failed(code: string, message: string): void {
    this.failing = true;
    this.lastError = { code, message, atMs: this.clock.nowMs() };
    this.meters.failures.inc({ kind: this.description.kind, job: this.description.job ?? "", code });
  }

  /** Some items of an accepted batch were left out. */
  dropped(code: string, items: number, message?: string): void {
    if (items <= 0) return;
    this.drops.set(code, (this.drops.get(code) ?? 0) + items);
    if (message !== undefined) this.lastError = { code, message, atMs: this.clock.nowMs() };
    this.meters.drops.inc({ kind: this.description.kind, job: this.description.job ?? "", code }, items);
  }

  /** Something a person should know about this source, once per code. */
  note(code: string, message: string): void {
    if (this.notes.size < MAX_NOTES || this.notes.has(code)) this.notes.set(code, message);
  }

  clearNote(code: string): void {
    this.notes.delete(code);
  }

  /** What the proxy says of itself at this scrape, instead of what it said before. */
  tells(proxy: ProxyFacts): void {
    const { version, certificateExpiresInSec } = proxy;
    this.proxy = {
      ...(version === undefined ? {} : { version }),
      ...(certificateExpiresInSec === undefined ? {} : { certificateExpiresInSec }),
    };
  }

  isUp(): boolean {
    return this.description.kind === "scrape" ? this.lastOkMs !== null && !this.failing : true;
  }

  private perSec(now: number): number | null {
    if (this.description.unit === "series" || this.lastOkMs === null) return null;
    const recent = this.marks.filter((mark) => mark.atMs >= now - RATE_WINDOW_MS);
    const knownMs = Math.min(RATE_WINDOW_MS, Math.max(1000, now - this.openedMs));
    return digits4(recent.reduce((sum, mark) => sum + mark.count, 0) / (knownMs / 1000));
  }

  view(): Source {
    const { id, kind, address, job, mesh, workload, intervalMs, unit } = this.description;
    const now = this.clock.nowMs();
    const perSec = this.perSec(now);
    const absent: Record<string, AbsentReason> = {};
    if (this.lastOkMs === null) absent["ageMs"] = "unknown";
    if (intervalMs !== undefined && this.lastDurationMs === null) absent["lastDurationMs"] = "unknown";
    return {
      id,
      kind,
      address,
      ...(job === undefined ? {} : { job }),
      ...(mesh === undefined ? {} : { mesh }),
      ...(workload === undefined ? {} : { workload }),
      ...this.proxy,
      up: this.isUp(),
      ageMs: this.lastOkMs === null ? null : now - this.lastOkMs,
      ...(intervalMs === undefined ? {} : { intervalMs, lastDurationMs: this.lastDurationMs }),
      ...(Object.keys(absent).length === 0 ? {} : { absent }),
      items: {
        unit,
        count: this.count,
        perSec,
        ...(perSec === null ? { absent: { perSec: unit === "series" ? "notApplicable" : "unknown" } as const } : {}),
      },
      drops: Object.fromEntries(this.drops),
      lastError: this.lastError,
      notes: [...this.notes].map(([code, message]) => ({ code, message })),
    };
  }
}

interface Meters {
  readonly items: Counter<"kind" | "job">;
  readonly drops: Counter<"kind" | "job" | "code">;
  readonly failures: Counter<"kind" | "job" | "code">;
}

export class SourceBoard {
  private readonly handles = new Map<string, SourceHandle>();
  private readonly clock: Clock;
  private readonly meters: Meters;

  constructor(registry: Registry, clock: Clock) {
    this.clock = clock;
    const registers = [registry];
    this.meters = {
      items: new Counter({
        name: "meshscope_source_items_total",
        help: "Series read or spans accepted",
        labelNames: ["kind", "job"],
        registers,
      }),
      drops: new Counter({
        name: "meshscope_source_dropped_items_total",
        help: "Items left out of accepted input, by code",
        labelNames: ["kind", "job", "code"],
        registers,
      }),
      failures: new Counter({
        name: "meshscope_source_failures_total",
        help: "Scrapes and requests refused whole, by code",
        labelNames: ["kind", "job", "code"],
        registers,
      }),
    };
    const board = this;
    new Gauge({
      name: "meshscope_sources_up",
      help: "Sources whose last exchange succeeded",
      labelNames: ["kind"],
      registers,
      collect() {
        this.reset();
        for (const handle of board.handles.values()) this.inc({ kind: handle.description.kind }, handle.isUp() ? 1 : 0);
      },
    });
  }

  open(description: SourceDescription): SourceHandle {
    const handle = new SourceHandle(description, this.clock, this.meters);
    this.handles.set(description.id, handle);
    return handle;
  }

  /** It is another collector's source from now on. */
  close(id: string): void {
    this.handles.delete(id);
  }

  list(): Source[] {
    return [...this.handles.values()].map((handle) => handle.view()).sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** Scrape targets up and down; receivers do not count. */
  targets(): { up: number; down: number } {
    const scrapes = [...this.handles.values()].filter((handle) => handle.description.kind === "scrape");
    const up = scrapes.filter((handle) => handle.isUp()).length;
    return { up, down: scrapes.length - up };
  }
}
