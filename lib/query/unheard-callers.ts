/**
 * Arrivals too new to be called unnamed. A destination may be read before its caller, and would for an interval show
 * traffic that nobody claims. In: services with such traffic, the edges, and the live table. Out: the services of which it
 * may yet be claimed, since a proxy that has a cluster for them is still to be read.
 * Not handled: steps of a time series; a caller whose proxy was never read.
 */
import type { RollupRow } from "../model/rollup-row.ts";
import type { IndexedEdge } from "./edge-index.ts";
import type { LiveTable } from "./live-table.ts";
import { layoutOf } from "./row-layout.ts";

/** Traffic is young until it has lasted this long, ms, or three scrapes if that is more. */
const YOUNG_MS = 60_000;

interface Service {
  readonly name: string;
  readonly inbound: RollupRow[];
  /** Oldest of the newest readings of its possible callers. */
  heardMs: number;
  /** What arrived before all its callers were read, and before it was young. */
  settled: number;
  earlier: number;
}

/**
 * `claimed`: by service, what named callers say they sent it. Held back is what all arrived since every possible caller
 * was read; and, while it is young, what they claim as much of as had arrived by then. `isSilent`: nobody waits for it.
 */
export function unheardServices(
  claimed: ReadonlyMap<string, number>,
  edges: readonly IndexedEdge[],
  live: LiveTable,
  isSilent: (row: RollupRow) => boolean,
): ReadonlySet<string> {
  if (claimed.size === 0) return new Set();
  const services = gather(claimed, edges, live, isSilent);
  const scans = new Map<string, { until: number; youngMs: number; rows: Map<number, [Service, RollupRow]> }>();
  for (const service of services) {
    const intervalMs = Math.max(0, ...service.inbound.map((row) => live.groupIntervalMs(row.group)));
    // An increase is spread over the interval before its reading: what arrived after `heardMs` may stand that far back.
    const until = Math.floor((service.heardMs - intervalMs) / live.slotMs) * live.slotMs;
    const youngMs = Math.max(YOUNG_MS, 3 * intervalMs);
    const scan = scans.get(`${until}/${youngMs}`) ?? { until, youngMs, rows: new Map() };
    scans.set(`${until}/${youngMs}`, scan);
    for (const row of service.inbound) scan.rows.set(row.index, [service, row]);
  }
  for (const { until, youngMs, rows } of scans.values()) {
    for (const part of ["settled", "earlier"] as const) {
      const to = part === "settled" ? until : until - youngMs;
      live.scan(to - youngMs, to, (index, values, at, size) => {
        const found = rows.get(index);
        if (found !== undefined) found[0][part] += volumeOf(found[1], values.subarray(at, at + size));
      });
    }
  }
  const isUnheard = ({ name, settled, earlier }: Service): boolean =>
    settled === 0 || (earlier === 0 && settled <= (claimed.get(name) ?? 0));
  return new Set(services.filter(isUnheard).map(({ name }) => name));
}

function volumeOf(row: RollupRow, values: Float64Array): number {
  const { classes, counters } = layoutOf(row);
  const counted = row.edge.protocol === "tcp" ? counters.filter(({ name }) => name === "opened") : classes;
  return counted.reduce((sum, { at }) => sum + (values[at] ?? 0), 0);
}

/** Only services that were read after somebody who may have sent to them. */
function gather(
  claimed: ReadonlyMap<string, number>,
  edges: readonly IndexedEdge[],
  live: LiveTable,
  isSilent: (row: RollupRow) => boolean,
): Service[] {
  const found = new Map<string, Service>();
  // A call to a host may have been sent to the service of another mesh behind it.
  const told = edges.flatMap(({ service, candidate, rows }) => [
    { name: service, rows },
    ...(candidate === null ? [] : [{ name: candidate.service, rows }]),
  ]);
  for (const { name, rows } of told) {
    if (!claimed.has(name)) continue;
    const none = { name, inbound: [], heardMs: Number.POSITIVE_INFINITY, settled: 0, earlier: 0 };
    const service: Service = found.get(name) ?? none;
    found.set(name, service);
    for (const row of rows) {
      if (row.reporter === "inbound") service.inbound.push(row);
      else if (!isSilent(row))
        service.heardMs = Math.min(service.heardMs, live.groupLastMs(row.group) ?? service.heardMs);
    }
  }
  const readMs = ({ inbound }: Service): number =>
    Math.max(...inbound.map((row) => live.groupLastMs(row.group) ?? Number.NEGATIVE_INFINITY));
  return [...found.values()].filter((service) => service.heardMs < readMs(service));
}
