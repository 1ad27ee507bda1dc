/**
 * One window of every finest edge, with the choice between the views of one request made (design §2.1 rule 2). In: rows
 * with their sums and covered times. Out: a fact per edge: counts, rates per second, and the caller's view beside it.
 */
import type { Sliced } from "../base/sliced.ts";
import { addRowFacts, addStats, type EdgeStats, emptyStats } from "../model/edge-stats.ts";
import type { Endpoint, Layer, Protocol } from "../model/identity.ts";
import type { RollupRow, SlotSum } from "../model/rollup-row.ts";
import { type AmbientMarks, standingFacts } from "./ambient-legs.ts";
import type { Flow, Volume } from "./edge-arrivals.ts";
import { type Choice, chooseView, printedMs, silentFromMs } from "./edge-choice.ts";
import { denialsOf, giveDenials } from "./edge-denied.ts";
import { FactMemory } from "./edge-fact-memory.ts";
import type { IndexedEdge, TargetPlace } from "./edge-index.ts";
import { joinFacts } from "./edge-joined.ts";
import { flowIn, partOf } from "./edge-parts.ts";
import type { LiveTable } from "./live-table.ts";
import { addLatencies, addNumbers, layoutOf, ratesFor, statsFor } from "./row-layout.ts";
import { unheardServices } from "./unheard-callers.ts";

/** Counts over the window, and the same per covered second. */
export interface Seen {
  readonly counts: EdgeStats;
  readonly perSec: EdgeStats;
}

export interface EdgeFact extends Seen, TargetPlace, AmbientMarks {
  /** Of which indexed edge, and which part of it. */
  readonly origin: string;
  readonly source: Endpoint;
  readonly protocol: Protocol;
  readonly layer: Layer;
  /** Those that are the edge in this window, and how much of them: `counts` is that part of their sum. */
  readonly rows: readonly RollupRow[];
  readonly part: number;
  readonly candidate: TargetPlace | null;
  /** What it is in the arrivals at its service. */
  readonly flow: Flow;
  /** The rest of what the source says: shown, never added. */
  readonly caller: Seen | null;
  /** What the called side's proxy says of the same requests, where its mesh is another one: shown, never added. */
  readonly callee: Seen | null;
  /** The called side knows how all its callers connect, and the caller's proxy does not. */
  readonly calleeKnows?: true;
  /** Whose word the security counts are, where it is the called side's. */
  readonly securityBy?: { readonly reporter: string; readonly family: string };
  /** Time in which those that carry the edge were observed, ms; 0 = unknown. */
  readonly coveredMs: number;
  readonly stale: boolean;
  readonly note?: string;
  readonly lastSeenMs: number;
  /** Anything was counted here since its proxies started. */
  readonly everActive: boolean;
  readonly transportOnly: boolean;
}

interface Context {
  readonly live: LiveTable;
  readonly end: number;
  readonly values: ReadonlyMap<string, Float64Array>;
  readonly coveredMs: ReadonlyMap<string, number>;
  /** By group, worked out as it is asked for. */
  readonly silent: Map<string, boolean>;
  readonly memory: FactMemory;
}

const NOTHING = new Float64Array(0);

/** No reading of the row's group for three scrape intervals before the end of the window. */
function isSilent({ group }: RollupRow, { live, end, silent }: Context): boolean {
  let known = silent.get(group);
  if (known === undefined) {
    known = silentFromMs(group, live) < end;
    silent.set(group, known);
  }
  return known;
}

function see(rows: readonly RollupRow[], context: Context): Seen {
  const counts = statsFor(rows);
  const perSec = ratesFor(rows);
  for (const row of rows) {
    const values = context.values.get(row.key) ?? zeros(row);
    const covered = context.coveredMs.get(row.group) ?? 0;
    addNumbers(counts, row, values, 1);
    addLatencies(counts, row, values);
    addRowFacts(counts, row);
    if (covered > 0) addNumbers(perSec, row, values, 1000 / covered);
  }
  return { counts, perSec };
}

/** A row without increases still says which counters are collected. */
function zeros(row: RollupRow): Float64Array {
  return row.columns.length === 0 ? NOTHING : new Float64Array(row.columns.length);
}

/** What only the caller's proxy can tell, of rows whose requests are counted elsewhere. */
const RESILIENCE = ["retries", "timeouts", "overflow", "ejections", "rateLimited"] as const;

function addExtras(seen: Seen, { extras = [] }: Choice, context: Context): void {
  if (extras.length === 0) return;
  const more = see(extras, context);
  for (const part of ["counts", "perSec"] as const) {
    for (const name of RESILIENCE) {
      const value = more[part].counters.get(name);
      if (value === undefined) continue;
      seen[part].counters.set(name, (seen[part].counters.get(name) ?? 0) + value);
    }
  }
}

/** What the senders among these rows say they sent, or all that they counted. */
function volumeOf(rows: readonly RollupRow[], context: Context): Volume {
  const volume = { counts: 0, perSec: 0 };
  for (const row of rows) {
    const values = context.values.get(row.key);
    if (values === undefined) continue;
    const covered = context.coveredMs.get(row.group) ?? 0;
    const scale = covered > 0 ? 1000 / covered : 0;
    for (const at of partOf(layoutOf(row), row)) {
      const count = values[at] ?? 0;
      volume.counts += count;
      volume.perSec += count * scale;
    }
  }
  return volume;
}

function flowOf(edge: IndexedEdge, main: readonly RollupRow[], context: Context): Flow {
  const { rows, ...flow } = flowIn(edge, main);
  return { ...flow, volume: volumeOf(rows, context) };
}

/** The row's group was observed in the window, and lately. */
function speaksIn(context: Context): (row: RollupRow) => boolean {
  return (row) => !isSilent(row, context) && (context.coveredMs.get(row.group) ?? 0) > 0;
}

/** Null where the edge's requests and all else of it are counted on another one. */
function factOf(edge: IndexedEdge, context: Context): EdgeFact | null {
  const isPrinted = (row: RollupRow): boolean => {
    const { from, until } = printedMs(row, context.live);
    return from < context.end && until >= context.end;
  };
  const choice = chooseView(edge.choices, speaksIn(context), isPrinted);
  if (choice.main.length + (choice.extras?.length ?? 0) === 0) return null;
  const { values, coveredMs } = context;
  const spoken = { values, coveredMs, isSilent: (row: RollupRow) => isSilent(row, context) };
  return context.memory.factOf(edge, choice, spoken, () => madeOf(edge, choice, context));
}

function madeOf(edge: IndexedEdge, choice: Choice, context: Context): EdgeFact {
  const { source, target, protocol, layer, join, ends, service, targetWorkloads, candidate } = edge;
  const { main, caller, note, extras = [] } = choice;
  let coveredMs = 0;
  for (const row of [...main, ...extras]) coveredMs = Math.max(coveredMs, context.coveredMs.get(row.group) ?? 0);
  let lastSeenMs = Number.NEGATIVE_INFINITY;
  for (const row of edge.rows) lastSeenMs = Math.max(lastSeenMs, row.lastSeenMs);
  const seen = see(main, context);
  addExtras(seen, choice, context);
  return {
    origin: edge.key,
    source,
    target,
    protocol,
    layer,
    rows: main,
    part: 1,
    join,
    ends,
    service,
    targetWorkloads,
    candidate,
    flow: flowOf(edge, main, context),
    ...seen,
    callee: null,
    caller: caller.length === 0 ? null : see(caller, context),
    coveredMs,
    stale: main.length > 0 && main.every((row) => isSilent(row, context)),
    ...(note === undefined ? {} : { note }),
    lastSeenMs,
    everActive: edge.rows.some((row) => row.everActive),
    transportOnly: edge.rows.every((row) => row.transport),
  };
}

const BYTES = ["requestBytes", "responseBytes", "opened", "closed"] as const;

/**
 * Connections that carry an http edge are no edge of their own: their bytes and TLS evidence become that edge's. Where
 * connections run and no request was ever counted, the cluster speaks no HTTP, though Envoy prints its retries: 0 requests
 * would be a lie.
 */
function foldTransport(facts: readonly EdgeFact[], http: ReadonlySet<string>): EdgeFact[] {
  const tcp = new Set(facts.filter((fact) => fact.transportOnly && fact.everActive).map((fact) => fact.ends));
  const byEnds = new Map<string, EdgeFact>();
  for (const fact of facts) if (fact.protocol !== "tcp" && http.has(fact.ends)) byEnds.set(fact.ends, fact);
  const carrying = new Map<EdgeFact, EdgeFact[]>();
  const left = facts.filter((fact) => {
    const isNone = fact.protocol !== "tcp" && !fact.everActive && !http.has(fact.ends);
    if (isNone && tcp.has(fact.ends)) return false;
    const carried = fact.transportOnly ? byEnds.get(fact.ends) : undefined;
    if (carried === undefined) return true;
    carrying.set(carried, [...(carrying.get(carried) ?? []), fact]);
    return false;
  });
  return left.map((fact) => {
    const below = carrying.get(fact);
    return below === undefined
      ? fact
      : { ...fact, counts: over(below, fact, "counts"), perSec: over(below, fact, "perSec") };
  });
}

/** An edge's own statistics with the bytes and the TLS evidence of the connections that carry it. */
function over(below: readonly EdgeFact[], fact: EdgeFact, part: "counts" | "perSec"): EdgeStats {
  const sum = emptyStats();
  addStats(sum, fact[part]);
  for (const carrier of below) {
    for (const name of BYTES) {
      const value = carrier[part].counters.get(name);
      if (value !== undefined) sum.counters.set(name, (sum.counters.get(name) ?? 0) + value);
    }
    if (part === "perSec") continue;
    const states = emptyStats();
    for (const [key, state] of carrier[part].tls) states.tls.set(key, state);
    addStats(sum, states);
  }
  return sum;
}

/** The rows that may speak in a window: those of the live table, and those that have left it and are in the sum. */
export function rowsOf(sum: SlotSum, live: LiveTable): readonly RollupRow[] {
  const known = new Set<RollupRow>(live.rows);
  if (sum.rows.every(({ row }) => known.has(row))) return live.rows;
  const rows = new Map(live.rows.map((row) => [row.key, row] as const));
  for (const { row } of sum.rows) if (!rows.has(row.key)) rows.set(row.key, row);
  return rows.size === live.rows.length ? live.rows : [...rows.values()];
}

/** Ends between which requests run, of which connections between the same ends may be the transport. */
export function requestEnds(edges: readonly IndexedEdge[]): ReadonlySet<string> {
  const speaking = edges.filter((edge) => edge.protocol !== "tcp" && edge.rows.some((row) => row.hasRequests));
  return new Set(speaking.map((edge) => edge.ends));
}

export interface FactSource {
  readonly sum: SlotSum;
  readonly edges: readonly IndexedEdge[];
  readonly live: LiveTable;
  readonly end: number;
  /** What is known from the reading before. */
  readonly memory?: FactMemory;
}

/** The facts of a window that ends at `end`, in steps. */
export function* edgeFacts({ sum, edges, live, end, memory = new FactMemory() }: FactSource): Sliced<EdgeFact[]> {
  const values = new Map(sum.rows.map((row) => [row.row.key, row.values] as const));
  yield;
  memory.begin();
  const context: Context = { live, end, values, coveredMs: sum.coveredMs, silent: new Map(), memory };
  const facts = yield* standingFacts(edges, speaksIn(context), (edge) => factOf(edge, context));
  memory.end();
  const carried = facts.some((fact) => fact.transportOnly);
  // What is past was told by all who ever will.
  const isPast = (live.lastObservationMs ?? end) > end;
  const folded = carried ? foldTransport(facts, requestEnds(edges)) : facts;
  yield;
  const named = yield* joinFacts(folded, (claimed) =>
    isPast ? new Set() : unheardServices(claimed, edges, live, (row) => isSilent(row, context)),
  );
  yield;
  return giveDenials(denialsOf(facts), named);
}
