/**
 * What the edges of a time series need of each step, laid out before the first: which rows, which of their columns, in
 * which order they add up. In: the edges of a window and which of them are asked for. Out: a plan whose numbers are
 * offsets into one array that holds the sums of a step. Quantities as in rows: counts, bytes, ms.
 */
import type { Outcome } from "../model/failure.ts";
import { sameBounds } from "../model/histogram-merge.ts";
import type { RollupRow } from "../model/rollup-row.ts";
import { ambientOf, type Below } from "./ambient-legs.ts";
import type { Flow } from "./edge-arrivals.ts";
import { type Choice, type Choices, printedMs, silentFromMs } from "./edge-choice.ts";
import { requestEnds } from "./edge-facts.ts";
import type { IndexedEdge } from "./edge-index.ts";
import { flowIn, partOf } from "./edge-parts.ts";
import type { LiveTable } from "./live-table.ts";
import { layoutOf, type RowLayout } from "./row-layout.ts";
import type { Breathe } from "./step-reading.ts";

/** A number of one row: where its sum stands, and whose covered time divides it. */
export interface Part {
  readonly at: number;
  readonly group: number;
}

export interface LatencyPart {
  /** Which of the plan's bounds. */
  readonly bounds: number;
  readonly buckets: readonly number[];
}

/** One choice between the views of an edge. */
export interface LineView {
  readonly groups: readonly number[];
  /** By code and gRPC status, in the order in which an edge's statistics list them. */
  readonly classes: readonly { readonly outcome: Outcome; readonly parts: readonly Part[] }[];
  readonly requestBytes: readonly Part[];
  readonly responseBytes: readonly Part[];
  readonly opened: readonly Part[];
  readonly latency: readonly LatencyPart[];
  /** Its part in what arrives at its service, and the numbers that say how much. */
  readonly flow: Omit<Flow, "volume">;
  readonly volume: readonly Part[];
}

export interface Line {
  readonly edge: IndexedEdge;
  /** False where only its share of what arrived at a service matters; `joined`: of the part that is joined elsewhere. */
  readonly asked: boolean;
  readonly askedJoined: boolean;
  /** By number of a row's speaker. */
  readonly choices: Choices<number, LineView>;
  /** Groups while any of which speaks the line does not stand, and what then stands of it (see `Below`). */
  readonly below?: { readonly by: readonly number[]; readonly above: Choices<number, LineView> | null };
}

export interface PlannedRow {
  readonly row: RollupRow;
  /** Columns that matter, and where the first of them stands in the sums; the others follow it. */
  readonly columns: readonly number[];
  readonly offset: number;
}

export interface Plan {
  readonly lines: readonly Line[];
  readonly rows: ReadonlyMap<string, PlannedRow>;
  readonly byIndex: readonly (PlannedRow | undefined)[];
  readonly groups: readonly string[];
  /** When each group falls silent, Unix ms. */
  readonly silentFromMs: readonly number[];
  /** Rows whose own first and last reading matter: from when until when each is printed, Unix ms. */
  readonly printed: readonly { readonly from: number; readonly until: number }[];
  readonly bounds: readonly (readonly number[])[];
  /** Length of the array of sums. */
  readonly size: number;
}

type Traffic = "requestBytes" | "responseBytes" | "opened";

const isTraffic = (name: string): name is Traffic =>
  name === "requestBytes" || name === "responseBytes" || name === "opened";

/** A planned row with the order of its columns: classes, then traffic by name, then buckets. */
interface LaidRow extends PlannedRow {
  readonly layout: RowLayout;
  readonly traffic: readonly Traffic[];
  /** Places in the sums of what the row says was sent or arrived. */
  readonly volume: readonly number[];
}

class Planner {
  readonly rows = new Map<string, LaidRow>();
  readonly groupOf = new Map<string, number>();
  readonly bounds: (readonly number[])[] = [];
  readonly printed: { readonly from: number; readonly until: number }[] = [];
  size = 0;
  private readonly live: LiveTable;
  private readonly boundsOf = new Map<readonly number[], number>();
  private readonly quantiles: boolean;

  constructor(live: LiveTable, quantiles: boolean) {
    this.live = live;
    this.quantiles = quantiles;
  }

  group(key: string): number {
    const known = this.groupOf.get(key);
    if (known !== undefined) return known;
    const made = this.groupOf.size;
    this.groupOf.set(key, made);
    return made;
  }

  private row(row: RollupRow): LaidRow {
    const known = this.rows.get(row.key);
    if (known !== undefined) return known;
    const layout = layoutOf(row);
    const columns = layout.classes.map(({ at }) => at);
    const traffic: Traffic[] = [];
    for (const { at, name } of row.edge.protocol === "tcp" ? layout.counters : []) {
      if (!isTraffic(name)) continue;
      traffic.push(name);
      columns.push(at);
    }
    if (this.quantiles)
      for (const { buckets } of layout.latency) for (const at of buckets) if (at >= 0) columns.push(at);
    const part = partOf(layout, row);
    for (const at of part) if (!columns.includes(at)) columns.push(at);
    const volume = part.map((at) => this.size + columns.indexOf(at));
    const made = { row, columns, offset: this.size, layout, traffic, volume };
    this.size += columns.length;
    this.rows.set(row.key, made);
    return made;
  }

  view(edge: IndexedEdge, { main }: Choice): LineView {
    const classes = new Map<string, { readonly outcome: Outcome; readonly parts: Part[] }>();
    const traffic: Record<Traffic, Part[]> = { requestBytes: [], responseBytes: [], opened: [] };
    const latency: LatencyPart[] = [];
    const groups: number[] = [];
    for (const row of main) {
      const { layout, offset, traffic: counters } = this.row(row);
      const group = this.group(row.group);
      groups.push(group);
      let at = offset;
      for (const { key, outcome } of layout.classes) {
        const part = { at: at++, group };
        const known = classes.get(key);
        if (known === undefined) classes.set(key, { outcome, parts: [part] });
        else known.parts.push(part);
      }
      for (const name of counters) traffic[name].push({ at: at++, group });
      if (!this.quantiles) continue;
      for (const { bounds, buckets } of layout.latency) {
        latency.push({ bounds: this.boundsAt(bounds), buckets: buckets.map((column) => (column < 0 ? -1 : at++)) });
      }
    }
    const { rows, ...flow } = flowIn(edge, main);
    const volume = rows.flatMap((row) => {
      const group = this.group(row.group);
      return this.row(row).volume.map((at) => ({ at, group }));
    });
    return { groups, classes: [...classes.values()], ...traffic, latency, flow, volume };
  }

  private boundsAt(bounds: readonly number[]): number {
    const known = this.boundsOf.get(bounds);
    if (known !== undefined) return known;
    let at = this.bounds.findIndex((other) => sameBounds(other, bounds));
    if (at < 0) at = this.bounds.push(bounds) - 1;
    this.boundsOf.set(bounds, at);
    return at;
  }

  private printedAt(rows: readonly RollupRow[]): number[] {
    return rows.map((row) => this.printed.push(printedMs(row, this.live)) - 1);
  }

  private groups(rows: readonly RollupRow[]): number[] {
    return rows.map((row) => this.group(row.group));
  }

  private choices(edge: IndexedEdge, { arrivals, callers, otherwise, endpoints }: Choices): Choices<number, LineView> {
    const counted = (found: NonNullable<typeof endpoints>) => ({
      rows: this.printedAt(found.rows),
      routes: this.printedAt(found.routes),
      choice: this.view(edge, found.choice),
    });
    return {
      arrivals: arrivals.map(({ rows, choice }) => ({ rows: this.groups(rows), choice: this.view(edge, choice) })),
      callers: this.groups(callers),
      otherwise: this.view(edge, otherwise),
      endpoints: endpoints === null ? null : counted(endpoints),
    };
  }

  line(edge: IndexedEdge, { asked, askedJoined }: Pick<Line, "asked" | "askedJoined">, under: Below | undefined): Line {
    const line = { edge, asked, askedJoined, choices: this.choices(edge, edge.choices) };
    if (under === undefined) return line;
    const above = under.above === null ? null : this.choices(edge, under.above);
    return { ...line, below: { by: this.groups(under.by), above } };
  }
}

/** Whether the edge may stand for callers that its destination cannot name. */
const mayBeUnnamed = ({ choices, source }: IndexedEdge): boolean =>
  choices.arrivals.length === 0
    ? choices.otherwise.main.some((row) => row.reporter === "inbound")
    : source.kind === "unknown";

/** Services at which it matters who else sent there: of callers without a name, and of hosts that may be the service. */
function sharedServices(edges: readonly IndexedEdge[]): ReadonlySet<string> {
  const services = new Set<string>();
  for (const edge of edges) {
    if (mayBeUnnamed(edge)) services.add(edge.service);
    if (edge.candidate !== null) services.add(edge.candidate.service);
  }
  return services;
}

/** Edges of a large estate that are laid out before other work is let in. */
const EDGES_PER_BREATH = 512;

export interface PlanParts {
  readonly live: LiveTable;
  /** Whether latency is asked for. */
  readonly quantiles: boolean;
  readonly breathe: Breathe;
}

/** `asked`: the edges of the series. */
export async function planLines(
  edges: readonly IndexedEdge[],
  asked: (edge: IndexedEdge) => boolean,
  { live, quantiles, breathe }: PlanParts,
): Promise<Plan> {
  const http = requestEnds(edges);
  const { below } = ambientOf(edges);
  const isAsked = (edge: IndexedEdge): Pick<Line, "asked" | "askedJoined"> => ({
    asked: asked(edge),
    askedJoined: edge.candidate !== null && asked({ ...edge, ...edge.candidate }),
  });
  const all = edges.map((edge) => ({ edge, ...isAsked(edge) }));
  const wanted = all.filter((one) => one.asked || one.askedJoined);
  // What unnamed callers sent is what arrived less what named ones sent: all that goes to such a service matters.
  const services = sharedServices(wanted.map(({ edge }) => edge));
  const planner = new Planner(live, quantiles);
  const lines: Line[] = [];
  for (const one of all) {
    const { edge } = one;
    const isShared = services.has(edge.service) || services.has(edge.candidate?.service ?? "");
    if (!one.asked && !one.askedJoined && !isShared) continue;
    // Connections that carry an http edge are no edge of their own.
    if (edge.rows.every((row) => row.transport) && http.has(edge.ends)) continue;
    lines.push(planner.line(edge, one, below.get(edge)));
    if (lines.length % EDGES_PER_BREATH === 0) await breathe();
  }
  const { rows, bounds, size, printed } = planner;
  const groups = [...planner.groupOf.keys()];
  const byIndex: PlannedRow[] = [];
  for (const planned of rows.values()) byIndex[planned.row.index] = planned;
  const silent = groups.map((group) => silentFromMs(group, live));
  return { lines, rows, byIndex, groups, bounds, size, printed, silentFromMs: silent };
}
