/** Figures of a rollout from the counters of its routes: what `RolloutFigures` promises. Unix ms. */
import { podsOf } from "../../lib/control/counting/pods.ts";
import { KEPT_MS, type RouteBook } from "../../lib/control/counting/route-book.ts";
import { latencyOf, seriesOf, splitOf, toldUntil } from "../../lib/control/counting/series.ts";
import type { RouteRef } from "../../lib/control/rollout/definition.ts";
import { digits4 } from "../../lib/query/numbers.ts";
import type { Clock } from "../telemetry/clock.ts";
import { EMPTY_FIGURES, type Figures, type FiguresAsked, type RolloutFigures } from "./rollout-figures.ts";
import type { ScrapedRouteCounters } from "./route-counters.ts";

/** Rates "now" are those of the last minute, and of at least three readings. */
const NOW_MS = 60_000;
const READINGS = 3;

function rateOf(books: readonly RouteBook[], sinceMs: number, nowMs: number): number | null {
  const perBook = books.map((book) => {
    const observedMs = Math.max(0, ...[...book.targets.values()].map((target) => target.within(sinceMs, nowMs)));
    const requests = book.callers(sinceMs).reduce((sum, caller) => sum + caller.requests, 0);
    return observedMs === 0 ? null : requests / (observedMs / 1_000);
  });
  const known = perBook.filter((rate) => rate !== null);
  return known.length === 0 ? null : digits4(known.reduce((sum, rate) => sum + rate, 0));
}

export function scrapedFigures(counters: ScrapedRouteCounters, clock: Clock): RolloutFigures {
  const of = async ({ routes, sinceMs }: FiguresAsked): Promise<Figures> => {
    const nowMs = clock.nowMs();
    const counted = routes.flatMap((route: RouteRef) => {
      const book = counters.book(route);
      // Two rollouts may share a book: the page speaks of this one's route.
      return book === undefined ? [] : [{ route, book }];
    });
    const [first] = counted;
    if (first === undefined) return EMPTY_FIGURES;
    const books = counted.map(({ book }) => book);
    const intervalMs = Math.max(...counted.map(({ route }) => counters.intervalMs(route)));
    const toMs = toldUntil(books, nowMs, intervalMs);
    const asked = { fromMs: Math.max(sinceMs, nowMs - KEPT_MS), toMs, leastMs: intervalMs };
    const recentMs = nowMs - Math.max(NOW_MS, READINGS * intervalMs);
    const movedMs = Math.max(asked.fromMs, ...books.map(({ moves }) => moves.at(-1)?.atMs ?? asked.fromMs));
    return {
      requestsPerSec: rateOf(books, recentMs, nowMs),
      pods: counted.flatMap(({ route, book }) => [
        ...podsOf(book, counters.backends(route), { sinceMs: recentMs, nowMs }),
      ]),
      series: seriesOf(books, asked),
      splits: counted.map(({ route, book }) => ({ ...splitOf(book, asked), route: route.id })),
      latency: latencyOf(books, movedMs),
    };
  };
  return { of };
}
