/**
 * Whom a destination denied. It counts denials without a caller, beside what arrives without one. In: facts of a window
 * before named callers are subtracted from arrivals, and after. Out: the latter; where named callers account for all that
 * arrived and only one of them was ever answered 403 (of TCP: only one called at all), the denials are that one's.
 * Not handled: several such callers: how many of each were denied is not told, and stays so.
 */
import type { EdgeStats } from "../model/edge-stats.ts";
import type { EdgeFact } from "./edge-facts.ts";

/** By service, per window and per second. */
export type Denials = ReadonlyMap<string, { readonly counts: number; readonly perSec: number }>;

const deniedIn = (stats: EdgeStats): number => stats.counters.get("denied") ?? 0;

function isArrival({ counts }: EdgeFact): boolean {
  return counts.reporters.has("inbound");
}

export function denialsOf(facts: readonly EdgeFact[]): Denials {
  const denials = new Map<string, { counts: number; perSec: number }>();
  for (const fact of facts) {
    if (!isArrival(fact) || deniedIn(fact.counts) === 0) continue;
    const known = denials.get(fact.service) ?? { counts: 0, perSec: 0 };
    denials.set(fact.service, known);
    known.counts += deniedIn(fact.counts);
    known.perSec += deniedIn(fact.perSec);
  }
  return denials;
}

/** Requests answered 403, or connections opened: no more than these can have been denied. */
function deniable({ counts, protocol }: EdgeFact): number {
  if (protocol === "tcp") return counts.counters.get("opened") ?? 0;
  let forbidden = 0;
  for (const { code, count } of counts.classes.values()) if (code === "403") forbidden += count;
  return forbidden;
}

function withDenied(stats: EdgeStats, denied: number): EdgeStats {
  return { ...stats, counters: new Map(stats.counters).set("denied", deniedIn(stats) + denied) };
}

export function giveDenials(denials: Denials, facts: EdgeFact[]): EdgeFact[] {
  if (denials.size === 0) return facts;
  const callers = new Map<string, EdgeFact[]>();
  // Where callers without a name are left, the denied may be theirs.
  const unnamed = new Set<string>();
  for (const fact of facts) {
    if (!denials.has(fact.service)) continue;
    if (isArrival(fact)) unnamed.add(fact.service);
    else if (deniable(fact) > 0) callers.set(fact.service, [...(callers.get(fact.service) ?? []), fact]);
  }
  return facts.map((fact) => {
    const denied = denials.get(fact.service);
    const [only, ...others] = callers.get(fact.service) ?? [];
    if (denied === undefined || only !== fact || others.length > 0 || unnamed.has(fact.service)) return fact;
    const share = Math.min(1, deniable(fact) / denied.counts);
    const counts = withDenied(fact.counts, denied.counts * share);
    return { ...fact, counts, perSec: withDenied(fact.perSec, denied.perSec * share) };
  });
}
