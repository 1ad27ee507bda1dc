/**
 * What other collectors of a cluster count of the routes that this one watches. In: their answers to a question each
 * second; out: their intervals in this collector's books, as if it had read those targets itself. The other way round, what
 * others ask for is watched here while they ask, and what was counted of it lately is told once, by a running number. What
 * came from another is told to nobody: each target is read by one collector at a time.
 */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Interval } from "../../lib/control/counting/intervals.ts";
import type { Cell, CellName, RouteBook } from "../../lib/control/counting/route-book.ts";
import type { RouteRef } from "../../lib/control/rollout/definition.ts";
import type { Clock } from "../telemetry/clock.ts";
import { nameSchema, routeSchema } from "./counter-lines.ts";

/** Asks one other collector; undefined: no answer. */
export type AskMember = (member: string, text: string) => Promise<string | undefined>;

export interface Exchange {
  readonly others: () => readonly string[];
  readonly ask: AskMember;
}

/** Kept to be told; who asks less often has a gap. */
const KEPT_MS = 600_000;
const MAX_KEPT = 50_000;
/** Without an answer for longer, the callers of the other one are not known. */
const SILENT_MS = 30_000;

const questionSchema = z.object({ routes: z.array(routeSchema), boot: z.string(), since: z.number() });
const toldSchema = z.object({
  route: z.number(),
  name: nameSchema,
  bounds: z.array(z.number()).nullable(),
  interval: z.tuple([z.number(), z.number(), z.number(), z.number()]),
  buckets: z.array(z.number()),
});
const answerSchema = z.object({ boot: z.string(), seq: z.number(), told: z.array(toldSchema) });

interface Kept {
  readonly seq: number;
  readonly atMs: number;
  readonly key: string;
  readonly name: CellName;
  readonly bounds: readonly number[] | null;
  readonly interval: Interval;
}

interface Peer {
  readonly boot: string;
  readonly seq: number;
  readonly heardMs: number;
}

/** The counters as the exchange needs them. */
export interface Exchanged {
  readonly keyOf: (route: RouteRef) => string;
  readonly watchedRoutes: () => readonly RouteRef[];
  readonly bookOf: (route: RouteRef) => RouteBook | undefined;
  /** Watches for another collector, for a while. */
  readonly watchFor: (route: RouteRef) => void;
}

export class CounterExchange {
  private kept: readonly Kept[] = [];
  private seq = 0;
  private readonly peers = new Map<string, Peer>();
  private readonly boot: string;
  private readonly exchange: Exchange;
  private readonly counters: Exchanged;
  private readonly clock: Clock;

  constructor(exchange: Exchange, counters: Exchanged, clock: Clock) {
    this.exchange = exchange;
    this.counters = counters;
    this.clock = clock;
    this.boot = randomUUID();
  }

  /** Whether every other collector has told what it counted lately. */
  get isWhole(): boolean {
    const nowMs = this.clock.nowMs();
    return this.exchange
      .others()
      .every((name) => nowMs - (this.peers.get(name)?.heardMs ?? Number.NEGATIVE_INFINITY) < SILENT_MS);
  }

  /** What was counted here: told to those who ask for its route. */
  keep(book: RouteBook, gained: readonly { readonly cell: Cell; readonly interval: Interval }[]): void {
    if (this.exchange.others().length === 0 || gained.length === 0) return;
    const atMs = this.clock.nowMs();
    const key = this.counters.keyOf(book.route);
    const added = gained.map(({ cell: { name, intervals }, interval }): Kept => {
      const timed = interval.buckets.length === 0 ? null : intervals.bounds;
      return { seq: ++this.seq, atMs, key, name, bounds: timed, interval };
    });
    this.kept = [...this.kept.filter((one) => atMs - one.atMs < KEPT_MS), ...added].slice(-MAX_KEPT);
  }

  /** Undefined for a question that cannot be read. */
  answer(text: string): string | undefined {
    const read = parsed(questionSchema, text);
    if (read === undefined) return undefined;
    for (const route of read.routes) this.counters.watchFor(route);
    const places = new Map(read.routes.map((route, i) => [this.counters.keyOf(route), i]));
    const since = read.boot === this.boot ? read.since : 0;
    const told = this.kept.flatMap(({ seq, key, name, bounds, interval }) => {
      const route = places.get(key);
      if (route === undefined || seq <= since) return [];
      const { fromMs, toMs, requests, failures, buckets } = interval;
      return [{ route, name, bounds, interval: [fromMs, toMs, requests, failures], buckets: [...buckets] }];
    });
    return JSON.stringify({ boot: this.boot, seq: this.seq, told });
  }

  /** Asks all others once; where nothing is watched nobody is asked. */
  async pull(): Promise<void> {
    const routes = this.counters.watchedRoutes();
    if (routes.length === 0) return;
    await Promise.all(this.exchange.others().map((member) => this.pullFrom(member, routes)));
  }

  private async pullFrom(member: string, routes: readonly RouteRef[]): Promise<void> {
    const before = this.peers.get(member);
    const question = { routes, boot: before?.boot ?? "", since: before?.seq ?? 0 };
    const text = await this.exchange.ask(member, JSON.stringify(question));
    const answer = text === undefined ? undefined : parsed(answerSchema, text);
    if (answer === undefined) return;
    for (const told of answer.told) this.take(routes, told);
    this.peers.set(member, { boot: answer.boot, seq: answer.seq, heardMs: this.clock.nowMs() });
  }

  private take(routes: readonly RouteRef[], told: z.infer<typeof toldSchema>): void {
    const route = routes[told.route];
    const book = route === undefined ? undefined : this.counters.bookOf(route);
    const cell = book?.cell(told.name);
    const [fromMs, toMs, requests, failures] = told.interval;
    // Told twice where the other one began anew.
    if (book === undefined || cell === undefined || toMs <= cell.intervals.lastMs) return;
    const isTimed = told.bounds !== null && cell.intervals.withBounds(told.bounds);
    const buckets = Float64Array.from(isTimed ? told.buckets : []);
    const interval = { fromMs, toMs, requests, failures, buckets };
    cell.intervals.add(interval);
    book.observed(told.name.target).cover(fromMs, toMs);
    book.gained.push({ cell, interval, isTold: true });
  }
}

function parsed<T>(schema: z.ZodType<T>, text: string): T | undefined {
  try {
    const read = schema.safeParse(JSON.parse(text));
    return read.success ? read.data : undefined;
  } catch {
    return undefined;
  }
}
