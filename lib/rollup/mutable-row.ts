/**
 * One row of the rollup while it is written to: who speaks of which edge, and where each thing that is counted has its
 * column. In: what a series counts. Out: columns, made at first sight and bounded by kind; past a bound the rest is one.
 */
import { MAX_FLAGS, OTHER } from "../model/edge-stats.ts";
import { sameBounds } from "../model/histogram-merge.ts";
import type { EdgeRef } from "../model/identity.ts";
import type { LatencyOf, Reporter, Security } from "../model/meaning.ts";
import type { Column, CounterName, LatencyScheme, RollupRow, TlsState } from "../model/rollup-row.ts";
import type { ColumnLayout } from "./column-layout.ts";

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

type RowIdentity = Pick<RollupRow, "key" | "index" | "edge" | "reporter" | "transport" | "below" | "member" | "group">;

const NO_NAMES: ReadonlySet<string> = new Set();
const NO_STATES: ReadonlyMap<string, TlsState> = new Map();

/** A row while it is being written to; readers see it as a `RollupRow`. What most rows have none of is made when it comes. */
export class MutableRow implements RollupRow {
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
  readonly member: string | undefined;
  readonly group: string;
  private layout: ColumnLayout;
  private sources: Set<string> | null = null;
  private destinations: Set<string> | null = null;
  private dialled: Set<string> | null = null;
  private waypoints: Set<string> | null = null;
  private states: Map<string, TlsState> | null = null;
  private flags = 0;
  private hosts = 0;
  private classes = 0;

  constructor(identity: RowIdentity, layout: ColumnLayout, atMs: number) {
    this.key = identity.key;
    this.index = identity.index;
    this.edge = identity.edge;
    this.reporter = identity.reporter;
    this.transport = identity.transport;
    this.below = identity.below === true;
    this.member = identity.member;
    this.group = identity.group;
    this.layout = layout;
    this.firstSeenMs = atMs;
    this.lastSeenMs = atMs;
  }

  get columns(): readonly Column[] {
    return this.layout.columns;
  }

  get schemes(): readonly LatencyScheme[] {
    return this.layout.schemes;
  }

  get families(): ReadonlySet<string> {
    return this.layout.families;
  }

  get principals(): RollupRow["principals"] {
    return { source: this.sources ?? NO_NAMES, destination: this.destinations ?? NO_NAMES };
  }

  get addresses(): ReadonlySet<string> {
    return this.dialled ?? NO_NAMES;
  }

  get via(): ReadonlySet<string> {
    return this.waypoints ?? NO_NAMES;
  }

  get tls(): ReadonlyMap<string, TlsState> {
    return this.states ?? NO_STATES;
  }

  private column(key: string, column: Column): number {
    const known = this.layout.find(key);
    if (known >= 0) return known;
    this.layout = this.layout.with(key, column);
    return this.layout.columns.length - 1;
  }

  /** Past the limit a code counts as its class ("503" as "5xx") and a gRPC status as itself: the outcome stays. */
  class(code: string, grpcStatus: string): number {
    const key = `c/${code}/${grpcStatus}`;
    if (this.layout.find(key) < 0 && ++this.classes > MAX_CLASSES) {
      const folded = /^[1-9]/.test(code) ? `${code.charAt(0)}xx` : code === "none" ? code : "unknown";
      const status = grpcStatus === "" || GRPC_STATUS.test(grpcStatus) ? grpcStatus : OTHER;
      return this.column(`c/${folded}/${status}`, { kind: "class", code: folded, grpcStatus: status });
    }
    return this.column(key, { kind: "class", code, grpcStatus });
  }

  flag(flag: string): number {
    const known = this.layout.find(`f/${flag}`) >= 0;
    const name = known || ++this.flags <= MAX_FLAGS ? flag : OTHER;
    return this.column(`f/${name}`, { kind: "flag", flag: name });
  }

  host(host: string): number {
    const known = this.layout.find(`h/${host}`) >= 0;
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

  /** Columns of the buckets, one more than bounds, and then of the sum, in a row; undefined past 8 schemes in one row. */
  latency(of: LatencyOf, bounds: readonly number[]): readonly number[] | undefined {
    const first = this.firstBucket(of, bounds);
    return first < 0 ? undefined : Array.from({ length: bounds.length + 2 }, (_, nth) => first + nth);
  }

  /** The first of the columns of `latency`; -1 past 8 schemes. */
  firstBucket(of: LatencyOf, bounds: readonly number[]): number {
    const scheme = this.schemes.findIndex((known) => known.of === of && sameBounds(known.bounds, bounds));
    if (scheme >= 0) return this.layout.find(`b/${scheme}/0`);
    if (this.schemes.length >= MAX_SCHEMES) return -1;
    const first = this.columns.length;
    this.layout = this.layout.withScheme({ of, bounds });
    return first;
  }

  /** Where columns of the same row as it was once stored stand here; those that it lacks are added. */
  adopt(columns: readonly Column[], schemes: readonly LatencyScheme[]): readonly number[] {
    const own = schemes.map((scheme) => {
      const known = this.schemes.findIndex(({ of, bounds }) => of === scheme.of && sameBounds(bounds, scheme.bounds));
      if (known >= 0) return known;
      this.layout = this.layout.withScheme(scheme);
      return this.schemes.length - 1;
    });
    return columns.map((column) => {
      const scheme = own["scheme" in column ? column.scheme : -1];
      const here = scheme === undefined ? column : { ...column, scheme };
      return this.column(columnKey(here), here);
    });
  }

  family(family: string): void {
    this.layout = this.layout.withFamily(family);
  }

  through(waypoint: string): void {
    this.waypoints ??= new Set();
    if (this.waypoints.size < MAX_WAYPOINTS) this.waypoints.add(waypoint);
  }

  address(address: string | undefined): void {
    if (address === undefined) return;
    this.dialled ??= new Set();
    if (this.dialled.size < MAX_ADDRESSES) this.dialled.add(address);
  }

  /** False where the name is left out, past 16 of one end. */
  principal(end: "source" | "destination", name: string | undefined): boolean {
    if (name === undefined || name === "") return true;
    this.sources ??= new Set();
    this.destinations ??= new Set();
    const names = end === "source" ? this.sources : this.destinations;
    if (names.size < MAX_PRINCIPALS) names.add(name);
    return names.has(name);
  }

  setTls(target: string, state: TlsState): void {
    this.states ??= new Map();
    this.states.set(target, state);
  }

  /** Lets go of what a target said before `beforeMs` and has not said since. */
  pruneTls(beforeMs: number): void {
    for (const [target, state] of this.states ?? []) if (state.atMs < beforeMs) this.states?.delete(target);
  }

  /** The column that counts what `column` counts in a row with these schemes; undefined where there is no room for it. */
  counting(column: Column, schemes: readonly LatencyScheme[]): number | undefined {
    switch (column.kind) {
      case "class":
        return this.class(column.code, column.grpcStatus);
      case "flag":
        return this.flag(column.flag);
      case "host":
        return this.host(column.host);
      case "security":
        return this.security(column.unit, column.security, column.reason);
      case "counter":
        return this.counter(column.name);
      case "bucket":
      case "latencySum": {
        const scheme = schemes[column.scheme];
        const first = scheme === undefined ? -1 : this.firstBucket(scheme.of, scheme.bounds);
        if (scheme === undefined || first < 0) return undefined;
        return first + (column.kind === "bucket" ? column.index : scheme.bounds.length + 1);
      }
    }
  }

  /** Takes what is said of another row beside its numbers. */
  describe(row: RollupRow): void {
    for (const family of row.families) this.family(family);
    for (const end of ["source", "destination"] as const)
      for (const name of row.principals[end]) this.principal(end, name);
    for (const waypoint of row.via ?? []) this.through(waypoint);
    for (const address of row.addresses ?? []) this.address(address);
  }
}
