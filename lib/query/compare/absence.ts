/**
 * What it means that something is in one window and not in another. In: the parts of a view in the window that has it, and
 * the snapshot of the other; out: by member, whether the other window tells that it was not there. It tells
 *
 *     where those who count an edge were observed in more than half of that window, or
 *     where they were first heard of after it, and the estate was observed in more than half of it.
 *
 * Else nobody looked, and nothing came or went. Of an edge that is merged from several, and of a node, all have to be told.
 * What was not seen in its own window either (a stale edge) proves nothing.
 */
import type { RollupRow } from "../../model/rollup-row.ts";
import type { EdgeFact } from "../edge-facts.ts";
import { joinedOrigin } from "../edge-joined.ts";
import type { GraphParts } from "../graph-parts.ts";
import type { Snapshot } from "../snapshot.ts";
import type { ViewEdge } from "../view-graph.ts";

/** Whether the other window tells that the member was not there. */
export interface Absences {
  edge(id: string): boolean;
  node(id: string): boolean;
}

/** Of windows that were observed throughout. */
export const ALL_TOLD: Absences = { edge: () => true, node: () => true };

type Other = Pick<Snapshot, "window" | "coveredMs">;

/** Worked out as it is asked for: few members are in one window only, but where one of the two was not observed. */
class ToldAbsences implements Absences {
  private readonly own: Pick<GraphParts, "edges" | "snapshot" | "shown">;
  private readonly other: Other;
  private readonly leastMs: number;
  private isEstateObserved: boolean | null = null;
  private edges: ReadonlyMap<string, ViewEdge> | null = null;
  private touching: ReadonlyMap<string, readonly ViewEdge[]> | null = null;
  private rows: ReadonlyMap<string, readonly RollupRow[]> | null = null;

  constructor(own: Pick<GraphParts, "edges" | "snapshot" | "shown">, other: Other) {
    this.own = own;
    this.other = other;
    this.leastMs = (other.window.end - other.window.start) / 2;
  }

  edge(id: string): boolean {
    this.edges ??= new Map(this.own.edges.map(({ of }) => [of.id, of]));
    const edge = this.edges.get(id);
    return edge !== undefined && this.isTold(edge);
  }

  node(id: string): boolean {
    this.touching ??= this.byNode();
    return this.touching.get(id)?.every((edge) => this.isTold(edge)) ?? false;
  }

  private byNode(): Map<string, ViewEdge[]> {
    const found = new Map<string, ViewEdge[]>();
    this.own.edges.forEach(({ of: edge }, at) => {
      if (this.own.shown[at] !== 1 || !edge.active) return;
      for (const end of new Set<string>([edge.source, edge.target])) {
        const known = found.get(end);
        if (known === undefined) found.set(end, [edge]);
        else known.push(edge);
      }
    });
    return found;
  }

  private isTold({ active, facts }: ViewEdge): boolean {
    return active && facts.every((fact) => this.isToldOf(fact));
  }

  private isToldOf(fact: EdgeFact): boolean {
    this.rows ??= rowsByOrigin(this.own.snapshot);
    const rows = [...fact.rows, ...(this.rows.get(fact.origin) ?? [])];
    if (rows.some(({ group }) => this.isObserved(this.other.coveredMs.get(group)))) return true;
    const { end } = this.other.window;
    return rows.length > 0 && rows.every(({ firstSeenMs }) => firstSeenMs >= end) && this.isAnyObserved();
  }

  private isObserved(coveredMs = 0): boolean {
    return coveredMs > this.leastMs;
  }

  private isAnyObserved(): boolean {
    this.isEstateObserved ??= [...this.other.coveredMs.values()].some((ms) => this.isObserved(ms));
    return this.isEstateObserved;
  }
}

/** Rows that tell of an edge, by whichever side. */
function rowsByOrigin({ edges }: Pick<Snapshot, "edges">): Map<string, readonly RollupRow[]> {
  const found = new Map<string, readonly RollupRow[]>();
  for (const { key, rows } of edges) {
    found.set(key, rows);
    found.set(joinedOrigin(key), rows);
  }
  return found;
}

/** `own`: the window in which the members are; `other`: the one in which they are not. */
export function absencesOf(own: Pick<GraphParts, "edges" | "snapshot" | "shown">, other: Other): Absences {
  return new ToldAbsences(own, other);
}
