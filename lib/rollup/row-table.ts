/**
 * The rows that exist, their columns, and the limit on their number. In: an edge, its reporter and its group; out: the
 * row, made at first sight. Past `edges` different edges, traffic goes to an `other` member of the target's namespace, so
 * that totals stay true; `overflowEdges` counts the edges so folded. Rows of a group stand under that group's own key.
 */

import { OTHER } from "../model/edge-stats.ts";
import type { EdgeRef, Endpoint } from "../model/identity.ts";
import type { Reporter } from "../model/meaning.ts";
import { edgeKey, groupOf } from "../model/rollup-row.ts";
import { BucketOrders } from "./bucket-order.ts";
import { ColumnLayout } from "./column-layout.ts";
import { MutableRow } from "./mutable-row.ts";

export const EDGE_LIMIT = 50_000;
export interface RowQuery {
  readonly edge: EdgeRef;
  readonly reporter: Reporter;
  readonly job: string;
  readonly transport: boolean;
  readonly below?: boolean;
  /** The other collector that counted it. */
  readonly member?: string;
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
  private readonly groups = new Map<string, string>();
  private readonly layouts = ColumnLayout.empty();
  /** Orders of buckets, shared by the histograms of all targets. */
  readonly orders = new BucketOrders();
  /** Times that rows were given up. */
  pruned = 0;
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
    const { reporter, job, transport, below = false, member } = query;
    const edge = this.admit(query.edge);
    const group = groupOf(job, query);
    const key = `${edgeKey(edge)}${reporter}${transport ? "t" : ""}${below ? "b" : ""}${group}${member ?? ""}`;
    const known = this.byKey.get(key);
    if (known !== undefined) return known;
    const ends = { edge, reporter, transport, below, member };
    const identity = { key, index: this.made++, ...ends, group: this.groupText(group) };
    return this.keep(new MutableRow(identity, this.layouts, atMs));
  }

  private keep(row: MutableRow): MutableRow {
    this.rows.push(row);
    this.byKey.set(row.key, row);
    this.byIndex.set(row.index, row);
    return row;
  }

  /** One text for all rows of a group. */
  private groupText(group: string): string {
    const known = this.groups.get(group);
    if (known !== undefined) return known;
    this.groups.set(group, group);
    return group;
  }

  at(index: number): MutableRow | undefined {
    return this.byIndex.get(index);
  }

  byKeyOf(key: string): MutableRow | undefined {
    return this.byKey.get(key);
  }

  /** Gives up rows that no reading has held since `beforeMs`, and makes room for other edges. */
  prune(beforeMs: number): void {
    for (const row of this.rows) row.pruneTls(beforeMs);
    if (!this.rows.some((row) => row.lastSeenMs < beforeMs)) return;
    this.pruned++;
    for (const row of this.rows) {
      if (row.lastSeenMs >= beforeMs) continue;
      row.dead = true;
      this.byKey.delete(row.key);
      this.byIndex.delete(row.index);
    }
    this.rows = this.rows.filter((row) => !row.dead);
    this.edges.clear();
    this.groups.clear();
    for (const row of this.rows) {
      this.edges.add(edgeKey(row.edge));
      this.groups.set(row.group, row.group);
    }
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
