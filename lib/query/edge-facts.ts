/**
 * One window of every finest edge, with the choice between the views of one request made (design §2.1 rule 2). In: rows
 * with their sums and covered times. Out: a fact per edge: counts, rates per second, and the caller's view beside it.
 */
import { addRowFacts, addStats, type EdgeStats, emptyStats, requestTotals } from "../model/edge-stats.ts";
import type { Endpoint, Layer, Protocol } from "../model/identity.ts";
import type { RollupRow, SlotSum } from "../model/rollup-row.ts";
import { chooseView, silentFromMs } from "./edge-choice.ts";
import type { IndexedEdge, Join } from "./edge-index.ts";
import type { LiveTable } from "./live-table.ts";
import { addLatencies, addNumbers, ratesFor, statsFor } from "./row-layout.ts";
import { unheardServices } from "./unheard-callers.ts";

/** Counts over the window, and the same per covered second. */
export interface Seen {
  readonly counts: EdgeStats;
  readonly perSec: EdgeStats;
}

export interface EdgeFact extends Seen {
  readonly source: Endpoint;
  readonly target: Endpoint;
  readonly protocol: Protocol;
  readonly layer: Layer;
  /** Those that are the edge in this window: `counts` is their sum. */
  readonly rows: readonly RollupRow[];
  /** The rest of what the source says: shown, never added. */
  readonly caller: Seen | null;
  /** Time in which those that carry the edge were observed, ms; 0 = unknown. */
  readonly coveredMs: number;
  readonly stale: boolean;
  readonly join: Join;
  /** See `IndexedEdge`. */
  readonly ends: string;
  readonly service: string;
  readonly note?: string;
  readonly lastSeenMs: number;
  readonly targetWorkloads: readonly string[];
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

function factOf(edge: IndexedEdge, context: Context): EdgeFact {
  const { source, target, protocol, layer, join, ends, service, targetWorkloads } = edge;
  const speaks = (row: RollupRow): boolean => !isSilent(row, context) && (context.coveredMs.get(row.group) ?? 0) > 0;
  const { main, caller, note } = chooseView(edge.choices, speaks);
  let coveredMs = 0;
  for (const row of main) coveredMs = Math.max(coveredMs, context.coveredMs.get(row.group) ?? 0);
  let lastSeenMs = Number.NEGATIVE_INFINITY;
  for (const row of edge.rows) lastSeenMs = Math.max(lastSeenMs, row.lastSeenMs);
  const { counts, perSec } = see(main, context);
  return {
    source,
    target,
    protocol,
    layer,
    rows: main,
    join,
    ends,
    service,
    targetWorkloads,
    counts,
    perSec,
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
  return facts.filter((fact) => {
    const isNone = fact.protocol !== "tcp" && !fact.everActive && !http.has(fact.ends);
    if (isNone && tcp.has(fact.ends)) return false;
    const carried = fact.transportOnly ? byEnds.get(fact.ends) : undefined;
    if (carried === undefined) return true;
    for (const part of ["counts", "perSec"] as const) {
      const bytes = emptyStats();
      for (const name of BYTES) {
        const value = fact[part].counters.get(name);
        if (value !== undefined) bytes.counters.set(name, value);
      }
      if (part === "counts") for (const [key, state] of fact[part].tls) bytes.tls.set(key, state);
      addStats(carried[part], bytes);
    }
    return false;
  });
}

/** Below this share an inbound remainder is the jitter between two proxies' scrapes, not a caller. */
export const REMAINDER_NOISE = 0.05;

function volume(stats: EdgeStats, protocol: Protocol): number {
  return protocol === "tcp" ? (stats.counters.get("opened") ?? 0) : requestTotals(stats).total;
}

function scaled(seen: Seen, share: number): Seen {
  const scale = (stats: EdgeStats): EdgeStats => {
    const made = emptyStats();
    addStats(made, stats);
    for (const one of made.classes.values()) one.count *= share;
    for (const map of [made.flags, made.hosts]) for (const [key, value] of map) map.set(key, value * share);
    for (const [key, value] of made.counters) made.counters.set(key, value * share);
    return made;
  };
  return { counts: scale(seen.counts), perSec: scale(seen.perSec) };
}

/** What reached one service, as a count and per second; `by`: from named or from unnamed callers. */
export type Arrived = Readonly<Record<"named" | "unnamed", { counts: number; perSec: number }>>;

/**
 * Share of unnamed traffic that no named caller accounts for. Proxies are read at different moments, so near the edge of
 * a window their counts differ though their rates agree, and after a burst the other way round: the smaller share holds.
 */
export function remainder({ named, unnamed }: Arrived): number {
  const share = (of: "counts" | "perSec"): number => (unnamed[of] > 0 ? Math.max(0, 1 - named[of] / unnamed[of]) : 0);
  return Math.min(share("counts"), share("perSec"));
}

/** By service with traffic that nobody claims, what named callers sent it → services of which it may yet be claimed. */
type UnheardOf = (claimed: ReadonlyMap<string, number>) => ReadonlySet<string>;

/** What a destination says of unnamed callers, less what named callers say they sent it. */
function subtractNamed(facts: EdgeFact[], unheardOf: UnheardOf): EdgeFact[] {
  if (!facts.some((fact) => fact.counts.reporters.has("inbound"))) return facts;
  const services = new Map<string, Arrived>();
  const hasNamed = new Set<string>();
  const isInbound = (fact: EdgeFact): boolean => fact.counts.reporters.has("inbound");
  for (const fact of facts) {
    const none = { named: { counts: 0, perSec: 0 }, unnamed: { counts: 0, perSec: 0 } };
    const arrived = services.get(fact.service) ?? none;
    services.set(fact.service, arrived);
    if (!isInbound(fact)) hasNamed.add(fact.service);
    const by = arrived[isInbound(fact) ? "unnamed" : "named"];
    for (const of of ["counts", "perSec"] as const) by[of] += volume(fact[of], fact.protocol);
  }
  const claimed = new Map<string, number>();
  for (const service of hasNamed) {
    const arrived = services.get(service);
    if (arrived !== undefined && remainder(arrived) >= REMAINDER_NOISE) claimed.set(service, arrived.named.counts);
  }
  const unheard = unheardOf(claimed);
  return facts.flatMap((fact) => {
    const arrived = services.get(fact.service);
    if (isInbound(fact) && unheard.has(fact.service)) return [];
    if (!isInbound(fact) || arrived === undefined) return [fact];
    if (arrived.unnamed.counts === 0) return hasNamed.has(fact.service) ? [] : [fact];
    if (arrived.named.counts === 0) return [fact];
    const share = remainder(arrived);
    return share < REMAINDER_NOISE ? [] : [{ ...fact, ...scaled(fact, share), note: "inbound_remainder" }];
  });
}

/** The rows that may speak in a window: those of the live table, and those that have left it and are in the sum. */
export function rowsOf(sum: SlotSum, live: LiveTable): readonly RollupRow[] {
  const rows = new Map(live.rows.map((row) => [row.key, row] as const));
  for (const { row } of sum.rows) if (!rows.has(row.key)) rows.set(row.key, row);
  return rows.size === live.rows.length ? live.rows : [...rows.values()];
}

/** Ends between which requests run, of which connections between the same ends may be the transport. */
export function requestEnds(edges: readonly IndexedEdge[]): ReadonlySet<string> {
  const speaking = edges.filter((edge) => edge.protocol !== "tcp" && edge.rows.some((row) => row.hasRequests));
  return new Set(speaking.map((edge) => edge.ends));
}

export function edgeFacts(sum: SlotSum, edges: readonly IndexedEdge[], live: LiveTable, end: number): EdgeFact[] {
  const values = new Map(sum.rows.map((row) => [row.row.key, row.values] as const));
  const context: Context = { live, end, values, coveredMs: sum.coveredMs, silent: new Map() };
  const facts = edges.map((edge) => factOf(edge, context));
  const carried = facts.some((fact) => fact.transportOnly);
  // What is past was told by all who ever will.
  const isPast = (live.lastObservationMs ?? end) > end;
  return subtractNamed(carried ? foldTransport(facts, requestEnds(edges)) : facts, (claimed) =>
    isPast ? new Set() : unheardServices(claimed, edges, live, (row) => isSilent(row, context)),
  );
}
