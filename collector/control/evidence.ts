/**
 * The windows that a rollout was judged by, kept beside its log for as long as it: what counters keep is gone after a day.
 * In: histories as they come; out: the same after a restart. Only windows that are newer than the last are appended. A
 * rollout keeps so many windows and no more; where that ends is kept too, and said.
 */
import { access } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { MetricHistory, MetricWindow } from "../../lib/control/judge/verdict.ts";
import type { Log } from "../telemetry/log.ts";
import { Journal } from "./journal.ts";

const counts = z.array(z.number());
const windowSchema = z.object({
  atMs: z.number(),
  canaryRequests: z.number(),
  primaryRequests: z.number(),
  canaryBad: z.number(),
  primaryBad: z.number(),
  halves: z
    .object({ aRequests: z.number(), bRequests: z.number(), aBad: z.number(), bBad: z.number() })
    .exactOptional(),
  latency: z.object({ boundsMs: counts, canary: counts, primary: counts }).exactOptional(),
});
const entrySchema = z.union([
  z.object({
    name: z.string(),
    kind: z.enum(["errors", "latency"]),
    absoluteLimit: z.number().exactOptional(),
    windows: z.array(windowSchema),
  }),
  z.object({ fullAtMs: z.number() }),
]);

/** Names of rollouts of our own; anything else is no file of this folder. */
const NAME = /^[a-z0-9](?:[a-z0-9-]{0,80}[a-z0-9])?$/;

export interface Recorded {
  readonly histories: readonly MetricHistory[];
  readonly windows: number;
  readonly fullAtMs: number | null;
}

/** Of one rollout, all metrics together: days of them. */
export const MOST_WINDOWS = 100_000;

interface Book {
  readonly journal: Journal;
  readonly histories: Map<string, MetricHistory & { readonly windows: MetricWindow[] }>;
  windows: number;
  fullAtMs: number | null;
}

export class Evidence {
  private readonly folder: string;
  private readonly log: Log;
  private readonly books = new Map<string, Promise<Book | null>>();

  constructor(folder: string, log: Log) {
    this.folder = folder;
    this.log = log;
  }

  private path(rollout: string): string {
    return join(this.folder, `${rollout}.jsonl`);
  }

  private async open(rollout: string): Promise<Book | null> {
    const opened = await Journal.open(this.path(rollout));
    if (!opened.ok) {
      this.log.error("evidence_unreadable", { rollout, error: opened.error.message });
      return null;
    }
    const book: Book = { journal: opened.value.journal, histories: new Map(), windows: 0, fullAtMs: null };
    for (const value of opened.value.entries) {
      const entry = entrySchema.safeParse(value);
      if (!entry.success) continue;
      if ("fullAtMs" in entry.data) book.fullAtMs = entry.data.fullAtMs;
      else this.keep(book, entry.data);
    }
    return book;
  }

  private keep(book: Book, history: MetricHistory): void {
    const known = book.histories.get(history.name);
    if (known === undefined) book.histories.set(history.name, { ...history, windows: [...history.windows] });
    else known.windows.push(...history.windows);
    book.windows += history.windows.length;
  }

  private book(rollout: string): Promise<Book | null> {
    const known = this.books.get(rollout);
    if (known !== undefined) return known;
    const opened = this.open(rollout);
    this.books.set(rollout, opened);
    return opened;
  }

  /** Appends what is newer than the last window of each metric. False: it could not be written. */
  async record(rollout: string, histories: readonly MetricHistory[]): Promise<boolean> {
    const book = await this.book(rollout);
    if (book === null) return false;
    if (book.fullAtMs !== null) return true;
    try {
      for (const history of histories) {
        const endMs = book.histories.get(history.name)?.windows.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY;
        const windows = history.windows.filter(({ atMs }) => atMs > endMs);
        const last = windows.at(-1);
        if (last === undefined) continue;
        if (book.windows + windows.length > MOST_WINDOWS) {
          await book.journal.append({ fullAtMs: last.atMs });
          book.fullAtMs = last.atMs;
          return true;
        }
        const entry = { ...history, windows };
        await book.journal.append(entry);
        this.keep(book, entry);
      }
      return true;
    } catch (error) {
      this.log.error("evidence_not_durable", { rollout, error: String(error) });
      return false;
    }
  }

  /** Undefined where nothing was recorded of it. */
  async read(rollout: string): Promise<Recorded | undefined> {
    if (!NAME.test(rollout)) return undefined;
    if (!this.books.has(rollout)) {
      // Nothing is made of a name that was never recorded.
      const isThere = await access(this.path(rollout)).then(
        () => true,
        () => false,
      );
      if (!isThere) return undefined;
    }
    const book = await this.book(rollout);
    if (book === null || book.windows === 0) return undefined;
    return { histories: [...book.histories.values()], windows: book.windows, fullAtMs: book.fullAtMs };
  }

  /** Lets go of what is over; it is read again when somebody asks. */
  async release(rollout: string): Promise<void> {
    const opened = this.books.get(rollout);
    this.books.delete(rollout);
    const book = await opened?.catch(() => null);
    if (book !== null && book !== undefined) await book.journal.close();
  }

  async close(): Promise<void> {
    for (const rollout of [...this.books.keys()]) await this.release(rollout);
  }
}
