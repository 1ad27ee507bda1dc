/**
 * The part that an edge has in what arrives at its service, and which numbers of its rows say how much. In: an indexed
 * edge and the rows chosen to stand for it; out: the flow but for its volume. One rule for a graph and for a time series.
 */
import type { RollupRow } from "../model/rollup-row.ts";
import type { Flow, Role } from "./edge-arrivals.ts";
import type { IndexedEdge } from "./edge-index.ts";
import { areStrangers } from "./places.ts";
import type { RowLayout } from "./row-layout.ts";

const SENDERS: ReadonlySet<string> = new Set(["source", "sourceOnly", "outbound", "outboundRoute"]);

export interface FlowIn extends Omit<Flow, "volume"> {
  /** Rows whose numbers are the flow's volume. */
  readonly rows: readonly RollupRow[];
}

function roleOf({ source }: IndexedEdge, main: readonly RollupRow[]): Role {
  const has = (reporter: string): boolean => main.some((row) => row.reporter === reporter);
  if (has("inbound")) return "told";
  if (source.kind === "unknown" && (has("destination") || has("waypoint"))) return "nameless";
  return main.some((row) => SENDERS.has(row.reporter)) ? "sent" : "other";
}

export function flowIn(edge: IndexedEdge, main: readonly RollupRow[]): FlowIn {
  const { source, target, service, candidate } = edge;
  const role = roleOf(edge, main);
  return {
    service,
    role,
    identified: role === "told" && (source.kind !== "unknown" || source.reason === "caller_by_identity"),
    within: !areStrangers(source, target),
    nameable: main.some((row) => row.reporter === "source"),
    candidate: candidate?.service ?? null,
    rows: role === "sent" ? main.filter((row) => SENDERS.has(row.reporter)) : main,
  };
}

const parts = new WeakMap<RowLayout, readonly number[]>();

/**
 * Columns that hold requests that left their sender, or all of a row that does not tell them apart; connections of TCP.
 * What a source alone tells of (`sourceOnly`) is always told apart: without such a column none of it left. Kept with the
 * layout, which is that of one row.
 */
export function partOf(layout: RowLayout, { edge, reporter }: Pick<RollupRow, "edge" | "reporter">): readonly number[] {
  const known = parts.get(layout);
  if (known !== undefined) return known;
  const { counters, security, classes } = layout;
  const left = security.filter(({ unit }) => unit === "requests");
  const opened = counters.filter(({ name }) => name === "opened");
  const tellsApart = left.length > 0 || reporter === "sourceOnly";
  const made = (edge.protocol === "tcp" ? opened : tellsApart ? left : classes).map(({ at }) => at);
  parts.set(layout, made);
  return made;
}
