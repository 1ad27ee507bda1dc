/**
 * Watched routes → what edges of the graph say of their splits. In: routes whose release is under way, the time (Unix ms);
 * out: `Splits`. The observed share is the caller's own, since the weight moved last and at most of the last five minutes.
 * A caller's counts are summed once a second, however many edges ask. A caller without a proxy does not follow the weights:
 * nothing was asked for of it.
 */
import type { Endpoint } from "../../model/identity.ts";
import type { ArmShare, Splits } from "../../query/splits.ts";
import { WHOLE_BP } from "../traffic/weights.ts";
import { armOf } from "./arms.ts";
import { callerOf, hasNoProxy, type WatchedRoute } from "./increase-sorter.ts";
import type { RouteBook } from "./route-book.ts";

const RECENT_MS = 300_000;
const SUMMED_FOR_MS = 1_000;

interface Summed {
  readonly atMs: number;
  /** By caller: the canary's share. */
  readonly shares: ReadonlyMap<string, number>;
}

/** What an edge calls a backend of a route: `<host>/<subset>` by its subset, a name without its port. */
function versionOf(backend: string): string {
  const [head = "", tail] = backend.split("/");
  return (tail ?? head).replace(/:\d+$/, "");
}

export class EdgeSplits implements Splits {
  generation = 0;
  private routes: readonly WatchedRoute[] = [];
  private readonly summed = new Map<RouteBook, Summed>();
  private readonly nowMs: () => number;

  constructor(nowMs: () => number) {
    this.nowMs = nowMs;
  }

  /** From now on these are under way. */
  show(routes: readonly WatchedRoute[]): void {
    const isSame = routes.length === this.routes.length && routes.every((route, i) => route === this.routes[i]);
    if (isSame) return;
    this.routes = routes;
    this.generation++;
    for (const book of this.summed.keys()) if (!routes.some((route) => route.book === book)) this.summed.delete(book);
  }

  get isEmpty(): boolean {
    return this.routes.length === 0;
  }

  of(source: Endpoint, target: Endpoint): readonly ArmShare[] {
    if (hasNoProxy(source)) return [];
    return this.routes.flatMap(({ book, patterns, release }): ArmShare[] => {
      const arm = armOf(target, undefined, patterns);
      if (arm !== "canary" && arm !== "stable") return [];
      const isCanary = arm === "canary";
      const last = book.moves.at(-1);
      const desired = last === undefined ? null : last.canaryBp / WHOLE_BP;
      const observed = this.sharesOf(book).get(callerOf(source, book.route)) ?? null;
      const share = (canary: number | null): number | null => (canary === null || isCanary ? canary : 1 - canary);
      const version = versionOf(isCanary ? book.route.canary : book.route.stable);
      const of = release === undefined ? {} : { release };
      return [{ version, isCanary, desired: share(desired), observed: share(observed), ...of }];
    });
  }

  private sharesOf(book: RouteBook): ReadonlyMap<string, number> {
    const nowMs = this.nowMs();
    const known = this.summed.get(book);
    if (known !== undefined && nowMs - known.atMs < SUMMED_FOR_MS) return known.shares;
    const movedMs = book.moves.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY;
    const callers = book.callers(Math.max(movedMs, nowMs - RECENT_MS));
    const shares = new Map(callers.map(({ caller, requests, canaryRequests }) => [caller, canaryRequests / requests]));
    this.summed.set(book, { atMs: nowMs, shares });
    return shares;
  }
}
