/**
 * The graph's view model: what each mark says, before any position is known. Made by present-graph.ts from an answer of
 * the API; read by the layout (ids, boxes, label lengths), the draw list, the legend and the spoken descriptions.
 * Node, edge and box references are indexes into the arrays here; ids stay beside them for everything outside.
 * Lengths are CSS pixels at zoom 1. Selection, hover and find are not here: emphasis.ts adds them without a rebuild.
 */
import type { NodeKind } from "../../model/identity.ts";
import type { HealthState } from "../../query/schema/common.ts";

/** The last seven stand for one kind each: what is not a workload is told from its outline. */
export type Shape =
  | "circle"
  | "box"
  | "stack"
  | "tag"
  | "diamond"
  | "door"
  | "hexagon"
  | "cloud"
  | "pass"
  | "hole"
  | "dotted";
export type SizeStep = 1 | 2 | 3 | 4;
export type Mark = "" | "!" | "~" | "?" | "…";
/** Closed only when all traffic is mutual; null where the question does not apply or nothing was seen. */
export type LockState = "closed" | "half" | "open" | "unknown" | null;

export interface NodeMark {
  readonly id: string;
  readonly kind: NodeKind;
  readonly shape: Shape;
  readonly step: SizeStep;
  readonly radius: number;
  readonly state: HealthState;
  readonly mark: Mark;
  /** Share of inbound requests that failed, 0..1; 0 where none came or none is known. */
  readonly errorShare: number;
  /** Requests per second that it sends; 0 where not known. */
  readonly sentPerSec: number;
  /** What is amiss with it beyond its traffic, in codes of node-warnings.ts. */
  readonly warnings: readonly string[];
  readonly title: string;
  readonly subtitle: string;
  /** Stands in its own frame for all that is in it. */
  readonly folded: boolean;
  /** Stands for many that have no box: what is outside, or a mesh. */
  readonly crowd: boolean;
  readonly meshes: readonly string[];
  /** Index of the innermost box, -1 outside all. */
  readonly box: number;
  /** Order in which labels survive zooming out: higher stays longer. */
  readonly importance: number;
  readonly description: string;
}

export interface EdgeMark {
  readonly id: string;
  readonly source: number;
  readonly target: number;
  readonly width: number;
  readonly dashed: boolean;
  readonly stale: boolean;
  /** In the base of a comparison alone. */
  readonly ofBase: boolean;
  readonly state: HealthState;
  readonly lock: LockState;
  /** Place among the edges of the same two nodes, symmetric about 0: -0.5, 0.5 for two. Sign is from lower index to higher. */
  readonly lane: number;
  /** Requests per second, of TCP bytes; 0 where not known. */
  readonly perSec: number;
  /** Share of its requests that fail, 0..1; 0 where not known. */
  readonly errorShare: number;
  readonly rate: string;
  readonly errors: string;
  readonly p50: string;
  readonly p95: string;
  readonly p99: string;
  /** Of a release: `v2 10 % (seen 10.1 %)`; empty without one. */
  readonly split: string;
  /** Says more than "closed": `83 % mTLS`, `plaintext`, `mTLS unknown`; empty when closed. */
  readonly security: string;
  /** Resilience that was seen at work: `retries`, `timeouts`, … */
  readonly badges: readonly string[];
  /** Times per second of each badge, as printed; empty where it is not counted. */
  readonly badgeFigures: readonly string[];
  readonly importance: number;
  /** True where the label carries news: not healthy, or not wholly mutual. */
  readonly notable: boolean;
  readonly description: string;
}

/**
 * How boxes stand in the picture: `flat`, nodes that are boxes are nodes among others (the views of boxes); `framed`, each
 * stands in the frame it will have when it is unfolded; `roomy`, frames have room for all that is in them, so that
 * folding and unfolding moves nothing.
 */
export type Standing = "flat" | "framed" | "roomy";

export interface Framing {
  readonly standing: Standing;
  /** The outermost frames are meshes. */
  readonly byMesh: boolean;
}

export const FLAT: Framing = { standing: "flat", byMesh: false };
export const FRAMED: Framing = { standing: "framed", byMesh: false };
export const ROOMY: Framing = { standing: "roomy", byMesh: false };
export const FRAMED_BY_MESH: Framing = { standing: "framed", byMesh: true };
export const ROOMY_BY_MESH: Framing = { standing: "roomy", byMesh: true };

export interface BoxMark {
  readonly id: string;
  /** The id that folds it, for the API. */
  readonly foldId: string;
  /** One node stands in it for all. */
  readonly folded: boolean;
  /** Nodes to keep room for; 0 for those that are there. */
  readonly room: number;
  /** Namespaces of a cluster or a mesh, nodes of a namespace. */
  readonly children: number;
  readonly kind: "mesh" | "cluster" | "namespace";
  readonly mesh: string;
  readonly cluster: string;
  readonly namespace: string;
  /** Index of the enclosing box, always smaller than the own one; -1 at the top. */
  readonly parent: number;
  readonly title: string;
  readonly detail: string;
  readonly state: HealthState;
  readonly mark: Mark;
  /** How many nodes inside are in `state` where that is failure or degraded. */
  readonly worstCount: number;
  readonly nodes: number;
  readonly meshes: readonly string[];
  readonly description: string;
}

export interface GraphView {
  readonly nodes: readonly NodeMark[];
  readonly edges: readonly EdgeMark[];
  readonly boxes: readonly BoxMark[];
  /** All meshes of the nodes, in alphabetical order. */
  readonly meshes: readonly string[];
  readonly nodeIndex: ReadonlyMap<string, number>;
  readonly edgeIndex: ReadonlyMap<string, number>;
  readonly boxIndex: ReadonlyMap<string, number>;
  /** Edge indexes leaving and entering each node, most important first. */
  readonly outgoing: readonly (readonly number[])[];
  readonly incoming: readonly (readonly number[])[];
  /** Edges of the answer whose ends are not in it: not drawn, counted. */
  readonly danglingEdges: number;
  /** One sentence for the canvas's label. */
  readonly summary: string;
}

export type EdgeLabel = "rate" | "share" | "errors" | "p50" | "p95" | "p99" | "lock";
export type TargetKind = "node" | "edge" | "box";
/** What pointer and keyboard point at. */
export interface GraphTarget {
  readonly kind: TargetKind;
  readonly id: string;
}

/** Radius by size step. */
export const NODE_RADIUS: Readonly<Record<SizeStep, number>> = { 1: 12, 2: 15, 3: 18, 4: 24 };

/** Worst first: the order of health-and-mtls.md, unknown last. */
export const STATES_WORST_FIRST: readonly HealthState[] = [
  "failure",
  "degraded",
  "notReady",
  "healthy",
  "noTraffic",
  "unknown",
];

export const STATE_MARK: Readonly<Record<HealthState, Mark>> = {
  failure: "!",
  degraded: "~",
  notReady: "…",
  healthy: "",
  noTraffic: "",
  unknown: "?",
};

export const STATE_WORD: Readonly<Record<HealthState, string>> = {
  failure: "failing",
  degraded: "degraded",
  notReady: "not ready",
  healthy: "healthy",
  noTraffic: "no traffic",
  unknown: "not known",
};

/** The worst of a few states; `noTraffic` where there is none. */
export function worstState(states: Iterable<HealthState>): HealthState {
  let worst = STATES_WORST_FIRST.length;
  let seen = false;
  for (const state of states) {
    seen = true;
    worst = Math.min(worst, STATES_WORST_FIRST.indexOf(state));
  }
  return (seen ? STATES_WORST_FIRST[worst] : undefined) ?? "noTraffic";
}
