/**
 * Who the ends of span edges are in the graph (api.md "Edges from spans"). In: all rows. Out: for a row of spans its edge
 * with each end that fits a node of metrics in that node's place. Compared is the canonical service within cluster and
 * namespace; a part that either side does not know fits when exactly one node does. A name with a dot may be
 * `<service>.<namespace>`. An end that metrics do not know takes the fullest spelling of its name among spans, again where
 * there is but one: an application says `web` where its proxy says `web` in `shop`. Any other end stays as it is, without a
 * mesh.
 */
import type { Sliced } from "../base/sliced.ts";
import type { Endpoint } from "../model/identity.ts";
import type { RollupRow } from "../model/rollup-row.ts";
import { agree } from "../model/span-side.ts";
import { identityOf, workloadOf } from "./end-keys.ts";

type Edge = RollupRow["edge"];

const REAL = new Set<Endpoint["kind"]>(["workload", "app", "service", "gateway", "waypoint"]);

/** The node of the `service` view that a metric end belongs to. */
function nodeOf(end: Endpoint): Endpoint {
  if (!REAL.has(end.kind)) return end;
  const { version: _version, app: _app, ...rest } = end;
  if (end.kind === "gateway" || end.kind === "waypoint") return rest;
  const service = end.service ?? end.name;
  return { cluster: end.cluster, namespace: end.namespace, kind: "service", name: service, mesh: end.mesh, service };
}

const ROWS_PER_STEP = 256;

class Names {
  private readonly byName = new Map<string, Map<string, Endpoint>>();

  note(name: string, node: Endpoint): void {
    const known = this.byName.get(name);
    const key = identityOf(node);
    if (known === undefined) this.byName.set(name, new Map([[key, node]]));
    else if (!known.has(key)) known.set(key, node);
  }

  /** Those that may be `end` under this name. */
  fitting(end: Endpoint, name: string, namespace: string): Endpoint[] {
    const real = REAL.has(end.kind);
    return [...(this.byName.get(name)?.values() ?? [])].filter(
      (node) =>
        (real ? REAL.has(node.kind) : node.kind === end.kind) &&
        agree(node.cluster, end.cluster) &&
        (!real || agree(node.namespace, namespace)),
    );
  }
}

export class SpanEnds {
  private readonly services = new Names();
  private readonly workloads = new Names();
  private readonly spans = new Names();
  private readonly places = new Map<string, Endpoint>();

  /** What rows tell, learnt in steps; nothing where there are no spans to place. */
  static *of(rows: readonly RollupRow[]): Sliced<SpanEnds> {
    const ends = new SpanEnds();
    if (!rows.some(({ reporter }) => reporter === "span")) return ends;
    const placed = new Set<string>();
    const unplaced = new Set<Endpoint>();
    for (let at = 0; at < rows.length; at++) {
      const row = rows[at];
      if (row === undefined) continue;
      for (const end of [row.edge.source, row.edge.target]) {
        if (row.reporter === "span") ends.noteSpan(end);
        else if (end.service === undefined && end.kind !== "service") unplaced.add(end);
        else {
          placed.add(workloadOf(end));
          ends.noteMetric(end);
        }
      }
      if (at % ROWS_PER_STEP === ROWS_PER_STEP - 1) yield;
    }
    // A workload is a service of its own name only where nobody says what it stands behind, as in places.ts.
    for (const end of unplaced) if (!placed.has(workloadOf(end))) ends.noteMetric(end);
    return ends;
  }

  private noteMetric(end: Endpoint): void {
    if (end.kind === "unknown") return;
    const node = nodeOf(end);
    this.services.note(end.service ?? end.name, node);
    this.workloads.note(end.name, node);
  }

  /** Only one that says where it is can stand for one that does not. */
  private noteSpan(end: Endpoint): void {
    if (REAL.has(end.kind) && end.namespace !== "") this.spans.note(end.name, end);
  }

  /** The row's edge as it stands in the graph; the very same object where nothing was placed. */
  edge({ edge, reporter }: RollupRow): Edge {
    if (reporter !== "span") return edge;
    const [source, target] = [this.place(edge.source), this.place(edge.target)];
    return source === edge.source && target === edge.target ? edge : { ...edge, source, target };
  }

  private place(end: Endpoint): Endpoint {
    if (end.kind === "unknown") return end;
    const key = identityOf(end);
    const known = this.places.get(key);
    if (known !== undefined) return known;
    const made = this.find(end);
    this.places.set(key, made);
    return made;
  }

  /** A service of that name before a workload: Flagger's canary workload has the name of the service in front of both. */
  private named(end: Endpoint, name: string, namespace: string): Endpoint[] {
    const services = this.services.fitting(end, name, namespace);
    return services.length > 0 ? services : this.workloads.fitting(end, name, namespace);
  }

  private find(end: Endpoint): Endpoint {
    const [found, ...more] = this.named(end, end.name, end.namespace);
    if (found !== undefined) return more.length === 0 ? found : end;
    if (!REAL.has(end.kind)) return end;
    const dot = end.namespace === "" ? end.name.lastIndexOf(".") : -1;
    const [name, namespace] = [end.name.slice(0, dot), end.name.slice(dot + 1)];
    if (dot > 0) {
      const [split, ...others] = this.named(end, name, namespace);
      if (split !== undefined && others.length === 0) return split;
    }
    // Spans alone: the one that says more.
    const fuller = (dot > 0 ? this.spans.fitting(end, name, namespace) : []).concat(
      this.spans.fitting(end, end.name, end.namespace),
    );
    const best = fuller.filter(({ cluster }) => end.cluster !== "" || cluster !== "" || end.namespace === "");
    const most = best.some(({ cluster }) => cluster !== "") ? best.filter(({ cluster }) => cluster !== "") : best;
    const [only, ...rest] = most;
    return only !== undefined && rest.length === 0 ? only : end;
  }
}
