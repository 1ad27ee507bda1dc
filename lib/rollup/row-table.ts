/**
 * The rows that exist, their columns, and the limit on their number. In: an edge, its reporter and its group; out: the
 * row, made at first sight. Past `edges` different edges, traffic goes to an `other` member of the target's namespace, so
 * that totals stay true; `overflowEdges` counts the edges so folded. Rows of a group stand under that group's own key.
 */

import { MAX_FLAGS, OTHER } from "../model/edge-stats.ts";
import { sameBounds } from "../model/histogram-merge.ts";
import type { EdgeRef, Endpoint } from "../model/identity.ts";
import type { LatencyOf, Reporter, Security } from "../model/meaning.ts";
import {
  type Column,
  type CounterName,
  edgeKey,
  groupOf,
  type LatencyScheme,
  type RollupRow,
  type TlsState,
} from "../model/rollup-row.ts";

export const EDGE_LIMIT = 50_000;
const MAX_HOSTS = 32;
const MAX_CLASSES = 128;
const MAX_PRINCIPALS = 16;
const MAX_WAYPOINTS = 16;
const MAX_SCHEMES = 8;
/** Pods come and go while a row lives: past this its new ones are told by their own scrape only. */
const MAX_ADDRESSES = 64;
/** The statuses there are; whatever else is printed is nobody's failure, and neither is `other`. */
const GRPC_STATUS = /^(?:[0-9]|1[0-6])$/;

/** The key under which a row finds a column of its own. */
function columnKey(column: Column): string {
  switch (column.kind) {
    case "class":
      return `c/${column.code}/${column.grpcStatus}`;
    case "flag":
      return `f/${column.flag}`;
    case "host":
      return `h/${column.host}`;
    case "security": {
      const key = `s/${column.unit}/${column.security}`;
      return column.reason === undefined ? key : `${key}/${column.reason}`;
    }
    case "bucket":
      return `b/${column.scheme}/${column.index}`;
    case "latencySum":
      return `l/${column.scheme}`;
    case "counter":
      return `n/${column.name}`;
  }
}

type RowIdentity = Pick<RollupRow, "key" | "index" | "edge" | "reporter" | "transport" | "below" | "group">;

/** A row while it is being written to; readers see it as a `RollupRow`. */
export class MutableRow implements RollupRow {
  readonly columns: Column[] = [];
  readonly schemes: LatencyScheme[] = [];
  readonly families = new Set<string>();
  readonly principals = { source: new Set<string>(), destination: new Set<string>() };
  readonly addresses = new Set<string>();
  readonly tls = new Map<string, TlsState>();
  readonly via = new Set<string>();
  lastSeenMs: number;
  /** Given up by the table: whoever still holds it asks for a row again. */
  dead = false;
  hasRequests = false;
  everActive = false;
  readonly firstSeenMs: number;
  readonly key: string;
  readonly index: number;
  readonly edge: EdgeRef;
  readonly reporter: Reporter;
  readonly transport: boolean;
  readonly below: boolean;
  readonly group: string;
  private readonly byKey = new Map<string, number>();
  private flags = 0;
  private hosts = 0;
  private classes = 0;

  constructor(identity: RowIdentity, atMs: number) {
    this.key = identity.key;
    this.index = identity.index;
    this.edge = identity.edge;
    this.reporter = identity.reporter;
    this.transport = identity.transport;
    this.below = identity.below === true;
    this.group = identity.group;
    this.firstSeenMs = atMs;
    this.lastSeenMs = atMs;
  }

  private column(key: string, column: Column): number {
    const known = this.byKey.get(key);
    if (known !== undefined) return known;
    const at = this.columns.push(column) - 1;
    this.byKey.set(key, at);
    return at;
  }

  /** Past the limit a code counts as its class ("503" as "5xx") and a gRPC status as itself: the outcome stays. */
  class(code: string, grpcStatus: string): number {
    const key = `c/${code}/${grpcStatus}`;
    if (!this.byKey.has(key) && ++this.classes > MAX_CLASSES) {
      const folded = /^[1-9]/.test(code) ? `${code.charAt(0)}xx` : code === "none" ? code : "unknown";
      const status = grpcStatus === "" || GRPC_STATUS.test(grpcStatus) ? grpcStatus : OTHER;
      return this.column(`c/${folded}/${status}`, { kind: "class", code: folded, grpcStatus: status });
    }
    return this.column(key, { kind: "class", code, grpcStatus });
  }

  flag(flag: string): number {
    const known = this.byKey.has(`f/${flag}`);
    const name = known || ++this.flags <= MAX_FLAGS ? flag : OTHER;
    return this.column(`f/${name}`, { kind: "flag", flag: name });
  }

  host(host: string): number {
    const known = this.byKey.has(`h/${host}`);
    const name = known || ++this.hosts <= MAX_HOSTS ? host : OTHER;
    return this.column(`h/${name}`, { kind: "host", host: name });
  }

  /** `reason` is a code of an adapter's own list, so that there are few. */
  security(unit: "requests" | "connections", security: Security, reason?: string): number {
    const column: Column = { kind: "security", security, unit };
    if (reason === undefined) return this.column(`s/${unit}/${security}`, column);
    return this.column(`s/${unit}/${security}/${reason}`, { ...column, reason });
  }

  counter(name: CounterName): number {
    return this.column(`n/${name}`, { kind: "counter", name });
  }

  /** Columns of the buckets, one more than bounds, and then of the sum; undefined past 8 schemes in one row. */
  latency(of: LatencyOf, bounds: readonly number[]): readonly number[] | undefined {
    let scheme = this.schemes.findIndex((known) => known.of === of && sameBounds(known.bounds, bounds));
    if (scheme < 0) {
      if (this.schemes.length >= MAX_SCHEMES) return undefined;
      scheme = this.schemes.push({ of, bounds }) - 1;
    }
    const buckets = Array.from({ length: bounds.length + 1 }, (_, index) =>
      this.column(`b/${scheme}/${index}`, { kind: "bucket", scheme, index }),
    );
    return [...buckets, this.column(`l/${scheme}`, { kind: "latencySum", scheme })];
  }

  /** Where columns of the same row as it was once stored stand here; those that it lacks are added. */
  adopt(columns: readonly Column[], schemes: readonly LatencyScheme[]): readonly number[] {
    const own = schemes.map(({ of, bounds }) => {
      const known = this.schemes.findIndex((scheme) => scheme.of === of && sameBounds(scheme.bounds, bounds));
      return known < 0 ? this.schemes.push({ of, bounds }) - 1 : known;
    });
    return columns.map((column) => {
      const scheme = own["scheme" in column ? column.scheme : -1];
      const here = scheme === undefined ? column : { ...column, scheme };
      return this.column(columnKey(here), here);
    });
  }

  through(waypoint: string): void {
    if (this.via.size < MAX_WAYPOINTS) this.via.add(waypoint);
  }

  address(address: string | undefined): void {
    if (address !== undefined && this.addresses.size < MAX_ADDRESSES) this.addresses.add(address);
  }

  /** False where the name is left out, past 16 of one end. */
  principal(end: "source" | "destination", name: string | undefined): boolean {
    if (name === undefined || name === "") return true;
    const names = this.principals[end];
    if (names.size < MAX_PRINCIPALS) names.add(name);
    return names.has(name);
  }
}

export interface RowQuery {
  readonly edge: EdgeRef;
  readonly reporter: Reporter;
  readonly job: string;
  readonly transport: boolean;
  readonly below?: boolean;
}

function other(end: Endpoint, namespace: string): Endpoint {
  return { cluster: end.cluster, namespace, kind: end.kind, name: OTHER, mesh: end.mesh, reason: "edge_limit" };
}

export class RowTable {
  /** Another array after rows were given up. */
  rows: MutableRow[] = [];
  private readonly byKey = new Map<string, MutableRow>();
  private readonly byIndex = new Map<number, MutableRow>();
  private made = 0;
  private readonly edges = new Set<string>();
  private readonly folded = new Set<string>();
  private readonly limit: number;

  constructor(limit = EDGE_LIMIT) {
    this.limit = limit;
  }

  get edgeCount(): number {
    return this.edges.size;
  }

  /** Different edges that went to an `other` member; counted exactly up to ten times the limit. */
  get overflowEdges(): number {
    return this.folded.size;
  }

  row(query: RowQuery, atMs: number): MutableRow {
    const { reporter, job, transport, below = false } = query;
    const edge = this.admit(query.edge);
    const group = groupOf(job, query);
    const key = `${edgeKey(edge)}${reporter}${transport ? "t" : ""}${below ? "b" : ""}${group}`;
    const known = this.byKey.get(key);
    if (known !== undefined) return known;
    const row = new MutableRow({ key, index: this.made++, edge, reporter, transport, below, group }, atMs);
    this.rows.push(row);
    this.byKey.set(key, row);
    this.byIndex.set(row.index, row);
    return row;
  }

  at(index: number): MutableRow | undefined {
    return this.byIndex.get(index);
  }

  byKeyOf(key: string): MutableRow | undefined {
    return this.byKey.get(key);
  }

  /** Gives up rows that no reading has held since `beforeMs`, and makes room for other edges. */
  prune(beforeMs: number): void {
    for (const row of this.rows) {
      for (const [target, state] of row.tls) if (state.atMs < beforeMs) row.tls.delete(target);
    }
    if (!this.rows.some((row) => row.lastSeenMs < beforeMs)) return;
    for (const row of this.rows) {
      if (row.lastSeenMs >= beforeMs) continue;
      row.dead = true;
      this.byKey.delete(row.key);
      this.byIndex.delete(row.index);
    }
    this.rows = this.rows.filter((row) => !row.dead);
    this.edges.clear();
    for (const row of this.rows) this.edges.add(edgeKey(row.edge));
  }

  /** Rows of this edge and reporter in this job, whether transport or not; none is made. */
  find(edge: EdgeRef, reporter: Reporter, job: string): MutableRow[] {
    const group = groupOf(job, { edge, reporter });
    const found = ["", "t"].map((mark) => this.byKey.get(`${edgeKey(edge)}${reporter}${mark}${group}`));
    return found.filter((row) => row !== undefined);
  }

  /** The edge itself, or what it folds into when the table is full. */
  private admit(edge: EdgeRef): EdgeRef {
    const key = edgeKey(edge);
    if (this.edges.has(key)) return edge;
    if (this.edges.size < this.limit) {
      this.edges.add(key);
      return edge;
    }
    if (this.folded.size < this.limit * 10) this.folded.add(key);
    const { source, target } = edge;
    // A tenth of the limit is kept for `other` members; past it one pair of them per protocol takes the rest.
    const steps: EdgeRef[] = [
      { ...edge, target: other(target, target.namespace) },
      { ...edge, source: other(source, source.namespace), target: other(target, target.namespace) },
      { ...edge, source: other(source, ""), target: other(target, "") },
    ];
    for (const step of steps) {
      const stepKey = edgeKey(step);
      if (this.edges.has(stepKey)) return step;
      if (this.edges.size < this.limit * 1.1 || step === steps[2]) {
        this.edges.add(stepKey);
        return step;
      }
    }
    return edge;
  }
}
