/** Of the families that an edge is known by, the one whose increase is counted. In: families and the unit; out: its name. */
import type { Mtls } from "./schema/graph.ts";

const COUNTS: Readonly<Record<Mtls["unit"], RegExp>> = {
  requests: /requests|_rq|response_total|statuses/,
  connections: /opened|_cx_total|_open_total/,
};

/** The first by name where none is known to count; empty where there is none. */
export function countingFamily(families: ReadonlySet<string>, unit: Mtls["unit"]): string {
  const sorted = [...families].sort();
  return sorted.find((family) => COUNTS[unit].test(family)) ?? sorted[0] ?? "";
}
