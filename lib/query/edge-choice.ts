/**
 * The choice between the views of one request (design §2.1 rule 2). In: the rows of one edge, and which of them speak at
 * a moment. Out: the rows that are the edge, and those that are the caller's view of it. What can be chosen is worked out
 * once per edge, so that choosing costs a look at who speaks.
 */
import type { Reporter } from "../model/meaning.ts";
import type { RollupRow } from "../model/rollup-row.ts";

export interface Choice {
  readonly main: readonly RollupRow[];
  readonly caller: readonly RollupRow[];
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
}

/**
 * Istio: destination, else waypoint, plus what cannot have arrived; with no such report for three intervals, the source's.
 * Elsewhere outbound is the edge, and inbound speaks where no outbound does.
 */
export function choicesOf(rows: readonly RollupRow[]): Choices {
  const by = (reporter: Reporter): RollupRow[] => rows.filter((row) => row.reporter === reporter);
  const source = by("source");
  const sourceOnly = by("sourceOnly");
  // Linkerd's routes count the same requests again: they speak where the endpoints' own counts are missing.
  const endpoints = by("outbound");
  const outbound = endpoints.length > 0 ? endpoints : by("outboundRoute");
  const caller = source.length > 0 ? source : outbound;
  const arrivals = (["destination", "waypoint"] as const).flatMap((reporter) => {
    const arrived = by(reporter);
    return arrived.length === 0 ? [] : [{ rows: arrived, choice: { main: [...arrived, ...sourceOnly], caller } }];
  });
  const callers = [...source, ...sourceOnly, ...outbound];
  if (outbound.length > 0) return { arrivals, callers, otherwise: { main: outbound, caller: source } };
  if (source.length > 0) {
    const otherwise = { main: [...source, ...sourceOnly], caller: [], note: "no_destination_report" };
    return { arrivals, callers, otherwise };
  }
  const [main = []] = [sourceOnly, by("inbound"), by("span")].filter((rows) => rows.length > 0);
  return { arrivals, callers, otherwise: { main, caller: [] } };
}

/** `speaks`: the row's group was observed in the window, and lately. */
export function chooseView<Row, Chosen>(
  { arrivals, callers, otherwise }: Choices<Row, Chosen>,
  speaks: (row: Row) => boolean,
): Chosen {
  if (arrivals.length === 0) return otherwise;
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
