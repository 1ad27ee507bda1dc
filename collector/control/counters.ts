/**
 * What a rollout asks of the telemetry: raw increases of the routes it watches, per caller and per version, with the
 * intervals in which they were observed. Never slots: an increase that was spread over slots would prove a shift that has
 * not happened yet.
 */
import type { MetricHistory } from "../../lib/control/judge/verdict.ts";
import type { RouteRef } from "../../lib/control/rollout/definition.ts";
import type { CallerCounts } from "../../lib/control/traffic/verify.ts";

export interface RouteCounters {
  /** Whether the traffic of a route is counted at all; where it is not, nothing is said of it. */
  counts(route: RouteRef): boolean;
  /** Begins to keep what is counted of a route, if it does not already; `rollout`: the id of whose it is. */
  watch(route: RouteRef, rollout: string): void;
  /** Nothing goes on any more that needs it: what is kept stays for its 24 h. */
  unwatch(route: RouteRef): void;
  /** The canary's share was acknowledged, found, or moved by somebody else, at this time. */
  moved(route: RouteRef, canaryBp: number, atMs: number): void;
  /** Increases of intervals that lie wholly after `sinceMs`, by caller. */
  callers(route: RouteRef, sinceMs: number): readonly CallerCounts[];
  /** Windows since, each within one interval of the scrapes, for the judge: errors first. */
  histories(route: RouteRef, sinceMs: number): readonly MetricHistory[];
  /** Time after a write before its effect can be in the counters: two scrapes, or the mesh's own, if longer. */
  graceMs(route: RouteRef): number;
}

const GRACE_MS = 20_000;

/** Where nothing is counted: no shift is ever proved, and the judge has no data. */
export const NO_COUNTERS: RouteCounters = {
  counts: () => false,
  watch: () => {},
  unwatch: () => {},
  moved: () => {},
  callers: () => [],
  histories: () => [],
  graceMs: () => GRACE_MS,
};
