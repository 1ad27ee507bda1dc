/**
 * What is known of one edge over some time: additive in every member, so that slots, replicas, reporters and the edges of
 * a coarser view merge by adding. Counts are raw increases (or, where the caller scaled them, per second); latency is ms.
 * An absent counter was not collected, which is not zero.
 */
import { outcomeOf } from "./failure.ts";
import type { ExplicitHistogram, Histogram } from "./histogram.ts";
import { mergeHistograms } from "./histogram-merge.ts";
import { identityKey } from "./identity.ts";
import type { LatencySum } from "./latency-sum.ts";
import type { LatencyOf, Security } from "./meaning.ts";
import type { Column, CounterName, RollupRow, TlsState } from "./rollup-row.ts";

export const MAX_FLAGS = 32;
export const OTHER = "other";

export interface RequestClass {
  readonly code: string;
  readonly grpcStatus: string;
  count: number;
}

export type SecurityCounts = Record<Security, number>;

/** No part of the key has a slash. */
export function securityReasonKey(unit: "requests" | "connections", security: Security, reason: string): string {
  return `${unit}/${security}/${reason}`;
}

export interface EdgeStats {
  /** By `code/grpcStatus`. */
  readonly classes: Map<string, RequestClass>;
  readonly flags: Map<string, number>;
  readonly hosts: Map<string, number>;
  /** Requests that never left the source proxy are in neither. */
  readonly security: { readonly requests: SecurityCounts; readonly connections: SecurityCounts };
  /** Of those that are not mutual, why: counts by `securityReasonKey`. */
  readonly securityReasons: Map<string, number>;
  latency: Histogram | null;
  latencyOf: LatencyOf | "mixed" | null;
  readonly counters: Map<CounterName, number>;
  readonly principals: { readonly source: Set<string>; readonly destination: Set<string> };
  /** By upstream and target: the later state stands. */
  readonly tls: Map<string, TlsState>;
  readonly families: Set<string>;
  readonly reporters: Set<string>;
}

const noSecurity = (): SecurityCounts => ({ mutual: 0, tls: 0, plaintext: 0, unknown: 0 });

export function emptyStats(): EdgeStats {
  return {
    classes: new Map(),
    flags: new Map(),
    hosts: new Map(),
    security: { requests: noSecurity(), connections: noSecurity() },
    securityReasons: new Map(),
    latency: null,
    latencyOf: null,
    counters: new Map(),
    principals: { source: new Set(), destination: new Set() },
    tls: new Map(),
    families: new Set(),
    reporters: new Set(),
  };
}

function bump<K>(map: Map<K, number>, key: K, by: number): void {
  map.set(key, (map.get(key) ?? 0) + by);
}

/** Past `MAX_FLAGS` the smallest go to `other`; done once, at the end, so that merging stays associative. */
export function foldFlags(flags: ReadonlyMap<string, number>): Map<string, number> {
  const ranked = [...flags].sort((a, b) => (b[1] === a[1] ? (a[0] < b[0] ? -1 : 1) : b[1] - a[1]));
  const kept = new Map<string, number>();
  for (const [flag, count] of ranked) bump(kept, kept.size < MAX_FLAGS || flag === OTHER ? flag : OTHER, count);
  return kept;
}

function addClass(stats: EdgeStats, code: string, grpcStatus: string, count: number): void {
  const key = `${code}/${grpcStatus}`;
  const known = stats.classes.get(key);
  if (known === undefined) stats.classes.set(key, { code, grpcStatus, count });
  else known.count += count;
}

function addLatency(stats: EdgeStats, histogram: Histogram, of: LatencyOf | "mixed", sum?: LatencySum): void {
  if (sum === undefined) stats.latency = stats.latency === null ? histogram : mergeHistograms(stats.latency, histogram);
  else sum.add(histogram);
  stats.latencyOf = stats.latencyOf === null || stats.latencyOf === of ? of : "mixed";
}

function addSecurity(stats: EdgeStats, column: Column & { kind: "security" }, count: number): void {
  const { unit, security, reason } = column;
  stats.security[unit][security] += count;
  if (reason !== undefined && count > 0) bump(stats.securityReasons, securityReasonKey(unit, security, reason), count);
}

/** Adds one row's numbers times `scale`. Latency only where `scale` is 1, since a histogram holds counts, and if wanted. */
export function addRow(stats: EdgeStats, row: RollupRow, values: Float64Array, scale: number, latency = true): void {
  const histograms: { counts: number[]; sum: number }[] = [];
  const size = Math.min(values.length, row.columns.length);
  for (let i = 0; i < size; i++) {
    const column = row.columns[i];
    const value = (values[i] ?? 0) * scale;
    if (column === undefined) continue;
    if (column.kind === "bucket" || column.kind === "latencySum") {
      if (scale !== 1 || !latency) continue;
      histograms[column.scheme] ??= { counts: [], sum: 0 };
      const histogram = histograms[column.scheme];
      if (histogram === undefined) continue;
      if (column.kind === "bucket") histogram.counts[column.index] = value;
      else histogram.sum = value;
    } else if (column.kind === "class") addClass(stats, column.code, column.grpcStatus, value);
    else if (column.kind === "flag") bump(stats.flags, column.flag, value);
    else if (column.kind === "host") bump(stats.hosts, column.host, value);
    else if (column.kind === "security") addSecurity(stats, column, value);
    else bump(stats.counters, column.name, value);
  }
  histograms.forEach((raw, at) => {
    const scheme = row.schemes[at];
    if (scheme === undefined) return;
    const counts = Array.from({ length: scheme.bounds.length + 1 }, (_, i) => raw.counts[i] ?? 0);
    if (!counts.some((count) => count > 0)) return;
    const histogram: ExplicitHistogram = { scheme: "explicit", bounds: scheme.bounds, counts, sum: raw.sum };
    addLatency(stats, histogram, scheme.of);
  });
}

/** What is said of the row itself and is not a number of a slot: principals, TLS states, families. */
export function addRowFacts(stats: EdgeStats, row: RollupRow): void {
  for (const name of row.principals.source) stats.principals.source.add(name);
  for (const name of row.principals.destination) stats.principals.destination.add(name);
  for (const family of row.families) stats.families.add(family);
  stats.reporters.add(row.reporter);
  if (row.tls.size === 0) return;
  // One upstream of one target is one state, also where an http row and its transport's row both carry it.
  const { source, target } = row.edge;
  const upstream = `${identityKey(source)}${identityKey(target)}`;
  for (const [by, state] of row.tls) addTls(stats, `${upstream}/${by}`, state);
}

function addTls(stats: EdgeStats, key: string, state: TlsState): void {
  const known = stats.tls.get(key);
  if (known === undefined || state.atMs > known.atMs) stats.tls.set(key, state);
}

/** Adds `from` into `stats`; `from` is left as it was. With `latency` histograms are added there, for whoever adds many. */
export function addStats(stats: EdgeStats, from: EdgeStats, latency?: LatencySum): void {
  for (const { code, grpcStatus, count } of from.classes.values()) addClass(stats, code, grpcStatus, count);
  for (const [flag, count] of from.flags) bump(stats.flags, flag, count);
  for (const [host, count] of from.hosts) bump(stats.hosts, host, count);
  for (const unit of ["requests", "connections"] as const) {
    for (const security of ["mutual", "tls", "plaintext", "unknown"] as const) {
      stats.security[unit][security] += from.security[unit][security];
    }
  }
  for (const [key, count] of from.securityReasons) bump(stats.securityReasons, key, count);
  if (from.latency !== null && from.latencyOf !== null) addLatency(stats, from.latency, from.latencyOf, latency);
  for (const [name, count] of from.counters) bump(stats.counters, name, count);
  for (const name of from.principals.source) stats.principals.source.add(name);
  for (const name of from.principals.destination) stats.principals.destination.add(name);
  for (const [key, state] of from.tls) addTls(stats, key, state);
  for (const family of from.families) stats.families.add(family);
  for (const reporter of from.reporters) stats.reporters.add(reporter);
}

export function mergeStats(a: EdgeStats, b: EdgeStats): EdgeStats {
  const merged = emptyStats();
  addStats(merged, a);
  addStats(merged, b);
  return merged;
}

export interface RequestTotals {
  readonly total: number;
  readonly failures: number;
  readonly clientErrors: number;
}

export function requestTotals(stats: EdgeStats): RequestTotals {
  let total = 0;
  let failures = 0;
  let clientErrors = 0;
  for (const { code, grpcStatus, count } of stats.classes.values()) {
    total += count;
    const outcome = outcomeOf(code, grpcStatus);
    if (outcome === "failure") failures += count;
    else if (outcome === "clientError") clientErrors += count;
  }
  return { total, failures, clientErrors };
}
