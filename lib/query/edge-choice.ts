/**
 * The choice between the views of one request (design §2.1 rule 2). In: the rows of one edge, and which of them speak at
 * a moment. Out: the rows that are the edge, and those that are the caller's view of it. What can be chosen is worked out
 * once per edge, so that choosing costs a look at who speaks.
 */
import type { Mesh } from "../model/identity.ts";
import type { Reporter } from "../model/meaning.ts";
import { edgeKey, type RollupRow } from "../model/rollup-row.ts";
import type { RouteRows } from "./route-rows.ts";

export interface Choice {
  readonly main: readonly RollupRow[];
  readonly caller: readonly RollupRow[];
  /** Rows of which only retries, timeouts and their like count: their requests are counted elsewhere. */
  readonly extras?: readonly RollupRow[];
  readonly note?: string;
}

/** `Row`: whatever stands for a row; `Chosen`: what is made of a choice. */
export interface Choices<Row = RollupRow, Chosen = Choice> {
  /** Destination before waypoint; only those that have rows. */
  readonly arrivals: readonly { readonly rows: readonly Row[]; readonly choice: Chosen }[];
  /** Rows of those who send. */
  readonly callers: readonly Row[];
  /** Where no arrival is told of, or only by proxies that fell silent while the callers' did not. */
  readonly otherwise: Chosen;
  /** Of routes: where rows of their endpoints are printed, or the routes' own no longer are, this stands. */
  readonly endpoints: {
    readonly rows: readonly Row[];
    readonly routes: readonly Row[];
    readonly choice: Chosen;
  } | null;
}

const NO_ROUTES: RouteRows = { elsewhere: [], extras: [] };

const meshesOf = (rows: readonly RollupRow[]): ReadonlySet<Mesh | null> =>
  new Set(rows.map((row) => row.edge.source.mesh));

/**
 * Istio: destination, else waypoint, plus what cannot have arrived; with no such report for three intervals, the source's.
 * Elsewhere outbound is the edge, and inbound speaks where no outbound does. A workload half-way from one mesh to another
 * has replicas of both: what they send are different requests, and adds.
 */
export function choicesOf(rows: readonly RollupRow[], { elsewhere, extras }: RouteRows = NO_ROUTES): Choices {
  const by = (reporter: Reporter): RollupRow[] => rows.filter((row) => row.reporter === reporter);
  const source = by("source");
  const sourceOnly = by("sourceOnly");
  const own = by("outbound");
  const routes = by("outboundRoute");
  const outbound = own.length > 0 || elsewhere.length > 0 ? own : routes;
  const arrivals = (["destination", "waypoint"] as const).flatMap((reporter) => {
    const arrived = by(reporter);
    if (arrived.length === 0) return [];
    const meshes = meshesOf(arrived);
    const apart = outbound.filter((row) => !meshes.has(row.edge.source.mesh));
    const same = outbound.filter((row) => meshes.has(row.edge.source.mesh));
    const caller = source.length > 0 ? source : same;
    return [{ rows: arrived, choice: { main: [...arrived, ...sourceOnly, ...apart], caller } }];
  });
  const callers = [...source, ...sourceOnly, ...outbound];
  if (routes.length > 0 && arrivals.length === 0) return routedChoices(rows, elsewhere);
  if (outbound.length > 0 && source.length === 0 && sourceOnly.length === 0) {
    return { arrivals, callers, otherwise: { main: outbound, caller: [], extras }, endpoints: null };
  }
  if (source.length > 0) {
    const main = [...source, ...sourceOnly, ...outbound];
    return { arrivals, callers, otherwise: { main, caller: [], note: "no_destination_report" }, endpoints: null };
  }
  const [main = []] = [[...sourceOnly, ...outbound], by("inbound"), by("span")].filter((found) => found.length > 0);
  return { arrivals, callers, otherwise: { main, caller: [] }, endpoints: null };
}

/** Linkerd's routes: they speak where the endpoints' own counts of the same requests are no longer printed. */
function routedChoices(rows: readonly RollupRow[], elsewhere: readonly RollupRow[]): Choices {
  const routes = rows.filter((row) => row.reporter === "outboundRoute");
  const senders = rows.filter((row) => ["source", "sourceOnly", "outbound"].includes(row.reporter));
  const others = senders.filter((row) => row.reporter !== "outbound");
  // Where the requests are counted on one other edge, so are the retries.
  const isOwn = elsewhere.length === 0 || new Set(elsewhere.map((row) => edgeKey(row.edge))).size > 1;
  const choice = { main: senders, caller: [], extras: isOwn ? routes : [] };
  const otherwise = { main: [...others, ...routes], caller: [] };
  const counted = [...senders.filter((row) => row.reporter === "outbound"), ...elsewhere];
  const endpoints = counted.length === 0 ? null : { rows: counted, routes, choice };
  return { arrivals: [], callers: [...senders, ...routes], otherwise, endpoints };
}

/**
 * `speaks`: the row's group was observed in the window, and lately. `isPrinted`: the row itself was in a reading of the
 * window, and lately.
 */
export function chooseView<Row, Chosen>(
  { arrivals, callers, otherwise, endpoints }: Choices<Row, Chosen>,
  speaks: (row: Row) => boolean,
  isPrinted: (row: Row) => boolean,
): Chosen {
  if (arrivals.length === 0) {
    if (endpoints === null) return otherwise;
    return endpoints.rows.some(isPrinted) || !endpoints.routes.some(isPrinted) ? endpoints.choice : otherwise;
  }
  const [first] = arrivals;
  if (callers.length === 0 && first !== undefined) return first.choice;
  for (const { rows, choice } of arrivals) if (rows.some(speaks) || !callers.some(speaks)) return choice;
  return otherwise;
}

export const SILENT_INTERVALS = 3;

/** The part of the live table that says who was read lately. */
export interface Readings {
  groupLastMs(group: string): number | null;
  groupIntervalMs(group: string): number;
}

/**
 * When the group falls silent, Unix ms: at no reading for three scrape intervals. Of a group that the live table no longer
 * knows, what a window covered has to say: it spoke wherever it was covered, so that no past window changes its mind.
 */
export function silentFromMs(group: string, live: Readings): number {
  const last = live.groupLastMs(group);
  return last === null ? Number.POSITIVE_INFINITY : last + SILENT_INTERVALS * live.groupIntervalMs(group);
}

/** The time in which a row counts as printed, Unix ms: from its first reading to three intervals after its last. */
export function printedMs(row: RollupRow, live: Readings): { readonly from: number; readonly until: number } {
  const until = row.lastSeenMs + SILENT_INTERVALS * live.groupIntervalMs(row.group);
  return { from: row.firstSeenMs, until };
}
