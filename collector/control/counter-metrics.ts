/**
 * What the counters of watched routes show in `/metrics`: the canary's share of each route as it was asked for and as its
 * callers' proxies counted it, so that the weight's history stands beside everything else; and what the counters cost.
 */
import { Gauge, type Registry } from "prom-client";
import type { RouteBook } from "../../lib/control/counting/route-book.ts";
import { WHOLE_BP } from "../../lib/control/traffic/weights.ts";
import type { Clock } from "../telemetry/clock.ts";
import { gaugeByCode, gaugeOn } from "../telemetry/gauge.ts";

interface Counted {
  readonly routes: readonly RouteBook[];
  readonly heldNumbers: number;
  readonly leftOut: ReadonlyMap<string, number>;
}

const BYTES = 8;
/** The observed share is that of the last minute. */
const OBSERVED_MS = 60_000;

const LABELS = ["cluster", "namespace", "object", "rule", "canary"] as const;

function labelsOf({ route }: RouteBook): Record<(typeof LABELS)[number], string> {
  const { cluster, namespace, name } = route.target;
  return { cluster, namespace, object: name, rule: route.routeKey, canary: route.canary };
}

/** Null without requests. */
export function observedShare(book: RouteBook, sinceMs: number): number | null {
  const callers = book.callers(sinceMs);
  const requests = callers.reduce((sum, caller) => sum + caller.requests, 0);
  return requests === 0 ? null : callers.reduce((sum, caller) => sum + caller.canaryRequests, 0) / requests;
}

export function registerCounterMetrics(registry: Registry, counted: Counted, clock: Clock): void {
  const byRoute = (name: string, help: string, read: (book: RouteBook) => number | null): void => {
    new Gauge({
      name,
      help,
      labelNames: [...LABELS],
      registers: [registry],
      collect() {
        this.reset();
        for (const book of counted.routes) {
          const value = read(book);
          if (value !== null) this.set(labelsOf(book), value);
        }
      },
    });
  };
  byRoute("meshscope_route_canary_weight_ratio", "Share of a route that its canary was given last, 0..1", (book) => {
    const last = book.moves.at(-1);
    return last === undefined ? null : last.canaryBp / WHOLE_BP;
  });
  byRoute(
    "meshscope_route_canary_observed_ratio",
    "Share of a route's requests in the last minute that its callers' proxies sent to the canary, 0..1",
    (book) => observedShare(book, clock.nowMs() - OBSERVED_MS),
  );
  gaugeOn(registry, "meshscope_route_counters_bytes", "Bytes held by the counters of watched routes", () => {
    return counted.heldNumbers * BYTES;
  });
  const cells = "Targets by caller and arm that are counted for watched routes";
  gaugeOn(registry, "meshscope_route_counters_cells", cells, () => {
    return counted.routes.reduce((sum, book) => sum + book.cells.size, 0);
  });
  const help = "Requests of watched routes that had no place in their counters, by code; memory_limit: times";
  gaugeByCode(registry, "meshscope_route_counters_left_out", help, () => counted.leftOut);
}
