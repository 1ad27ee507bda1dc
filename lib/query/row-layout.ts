/**
 * A row's columns sorted by what they count, so that adding its numbers up does not ask each number what it is. In: a row,
 * whose columns only ever grow; out: column indexes by kind, kept until it grows; and sums into statistics by them.
 */
import { type EdgeStats, securityReasonKey } from "../model/edge-stats.ts";
import { type Outcome, outcomeOf } from "../model/failure.ts";
import type { ExplicitHistogram } from "../model/histogram.ts";
import { mergeHistograms } from "../model/histogram-merge.ts";
import type { LatencyOf, Security } from "../model/meaning.ts";
import type { Column, CounterName, RollupRow, TlsState } from "../model/rollup-row.ts";

interface Named<T> {
  readonly at: number;
  readonly name: T;
}

export interface ClassColumn {
  readonly at: number;
  /** As in `EdgeStats.classes`. */
  readonly key: string;
  readonly code: string;
  readonly grpcStatus: string;
  readonly outcome: Outcome;
}

export interface LatencyColumns {
  readonly of: LatencyOf;
  readonly bounds: readonly number[];
  /** Column of each bucket; -1 where there is none. */
  readonly buckets: readonly number[];
  readonly sum: number;
}

export interface SecurityColumn {
  readonly at: number;
  readonly unit: "requests" | "connections";
  readonly security: Security;
  /** As in `EdgeStats.securityReasons`. */
  readonly reasonKey?: string;
}

export interface RowLayout {
  /** Columns that this was made of. */
  readonly size: number;
  readonly classes: readonly ClassColumn[];
  readonly flags: readonly Named<string>[];
  readonly hosts: readonly Named<string>[];
  readonly security: readonly SecurityColumn[];
  readonly counters: readonly Named<CounterName>[];
  readonly latency: readonly LatencyColumns[];
}

const layouts = new WeakMap<RollupRow, RowLayout>();

export function layoutOf(row: RollupRow): RowLayout {
  const known = layouts.get(row);
  if (known !== undefined && known.size === row.columns.length) return known;
  const made = layOut(row);
  layouts.set(row, made);
  return made;
}

function securityColumn({ unit, security, reason }: Column & { kind: "security" }, at: number): SecurityColumn {
  if (reason === undefined) return { at, unit, security };
  return { at, unit, security, reasonKey: securityReasonKey(unit, security, reason) };
}

function layOut({ columns, schemes }: RollupRow): RowLayout {
  const classes: ClassColumn[] = [];
  const flags: Named<string>[] = [];
  const hosts: Named<string>[] = [];
  const security: SecurityColumn[] = [];
  const counters: Named<CounterName>[] = [];
  const latency = schemes.map(({ of, bounds }) => ({ of, bounds, buckets: bounds.map(() => -1).concat(-1), sum: -1 }));
  columns.forEach((column, at) => {
    if (column.kind === "class") {
      const { code, grpcStatus } = column;
      classes.push({ at, key: `${code}/${grpcStatus}`, code, grpcStatus, outcome: outcomeOf(code, grpcStatus) });
    } else if (column.kind === "flag") flags.push({ at, name: column.flag });
    else if (column.kind === "host") hosts.push({ at, name: column.host });
    else if (column.kind === "security") security.push(securityColumn(column, at));
    else if (column.kind === "counter") counters.push({ at, name: column.name });
    else {
      const scheme = latency[column.scheme];
      if (scheme === undefined) return;
      if (column.kind === "bucket") scheme.buckets[column.index] = at;
      else scheme.sum = at;
    }
  });
  return { size: columns.length, classes, flags, hosts, security, counters, latency };
}

/** Stands where rows have nothing of a kind; whoever adds to it all the same would add to every edge. */
class NothingMap<K, V> extends Map<K, V> {
  override set(): this {
    throw new Error("nothing may be added to statistics that hold nothing of this kind");
  }
}

class NothingSet<T> extends Set<T> {
  override add(): this {
    throw new Error("nothing may be added to statistics that hold nothing of this kind");
  }
}

const NO_SHARES = new NothingMap<string, number>();
const NO_TLS = new NothingMap<string, TlsState>();
const NO_NAMES = new NothingSet<string>();
const NO_PRINCIPALS = { source: NO_NAMES, destination: NO_NAMES };

/** Empty statistics that these rows' numbers and facts may be added to, and the counters and states of others. */
export function statsFor(rows: readonly RollupRow[]): EdgeStats {
  const { classes, flags, hosts, security, securityReasons, counters } = ratesFor(rows);
  const named = rows.some(({ principals }) => principals.source.size + principals.destination.size > 0);
  return {
    classes,
    flags,
    hosts,
    security,
    securityReasons,
    latency: null,
    latencyOf: null,
    counters,
    principals: named ? { source: new Set(), destination: new Set() } : NO_PRINCIPALS,
    tls: new Map(),
    families: new Set(),
    reporters: new Set(),
  };
}

/** Empty statistics that these rows' numbers may be added to, and the counters of others. */
export function ratesFor(rows: readonly RollupRow[]): EdgeStats {
  return {
    classes: new Map(),
    flags: rows.some((row) => layoutOf(row).flags.length > 0) ? new Map() : NO_SHARES,
    hosts: rows.some((row) => layoutOf(row).hosts.length > 0) ? new Map() : NO_SHARES,
    security: {
      requests: { mutual: 0, tls: 0, plaintext: 0, unknown: 0 },
      connections: { mutual: 0, tls: 0, plaintext: 0, unknown: 0 },
    },
    securityReasons: new Map(),
    latency: null,
    latencyOf: null,
    counters: new Map(),
    principals: NO_PRINCIPALS,
    tls: NO_TLS,
    families: NO_NAMES,
    reporters: NO_NAMES,
  };
}

function bumpAll<K>(map: Map<K, number>, columns: readonly Named<K>[], values: Float64Array, scale: number): void {
  for (const { at, name } of columns) {
    if (at < values.length) map.set(name, (map.get(name) ?? 0) + (values[at] ?? 0) * scale);
  }
}

/** `addRow` of the model but for latency: the same numbers, added in the same order. */
export function addNumbers(stats: EdgeStats, row: RollupRow, values: Float64Array, scale: number): void {
  const { classes, flags, hosts, security, counters } = layoutOf(row);
  for (const { at, key, code, grpcStatus } of classes) {
    if (at >= values.length) continue;
    const count = (values[at] ?? 0) * scale;
    const known = stats.classes.get(key);
    if (known === undefined) stats.classes.set(key, { code, grpcStatus, count });
    else known.count += count;
  }
  bumpAll(stats.flags, flags, values, scale);
  bumpAll(stats.hosts, hosts, values, scale);
  for (const { at, unit, security: kind, reasonKey } of security) {
    const count = (values[at] ?? 0) * scale;
    stats.security[unit][kind] += count;
    if (reasonKey !== undefined && count > 0) {
      stats.securityReasons.set(reasonKey, (stats.securityReasons.get(reasonKey) ?? 0) + count);
    }
  }
  bumpAll(stats.counters, counters, values, scale);
}

/** The row's own histogram in one of its schemes; null where nothing was timed. */
export function histogramOf({ bounds, buckets, sum }: LatencyColumns, values: Float64Array): ExplicitHistogram | null {
  let any = false;
  const counts = new Array<number>(buckets.length);
  for (let i = 0; i < buckets.length; i++) {
    const count = values[buckets[i] ?? -1] ?? 0;
    counts[i] = count;
    any ||= count > 0;
  }
  return any ? { scheme: "explicit", bounds, counts, sum: values[sum] ?? 0 } : null;
}

export function addLatencies(stats: EdgeStats, row: RollupRow, values: Float64Array): void {
  for (const columns of layoutOf(row).latency) {
    const own = histogramOf(columns, values);
    if (own === null) continue;
    stats.latency = stats.latency === null ? own : mergeHistograms(stats.latency, own);
    stats.latencyOf = stats.latencyOf === null || stats.latencyOf === columns.of ? columns.of : "mixed";
  }
}
