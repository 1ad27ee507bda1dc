/** The marks now on the screen, in words: an entry for each shape, state, size, line and lock that the view contains. */

import type { HealthState } from "../../query/schema/common.ts";
import { meshWords } from "../mesh-words.ts";
import { warningWords } from "../node-warnings.ts";
import { badgeWords } from "./glyph-paths.ts";
import type { Shape } from "./graph-view.ts";
import {
  type EdgeMark,
  type GraphView,
  type LockState,
  type NodeMark,
  STATE_WORD,
  STATES_WORST_FIRST,
} from "./graph-view.ts";

import { NO_PINS, type Pins } from "./pins.ts";

export type LegendMark =
  | { readonly mark: "shape"; readonly shape: Shape }
  | { readonly mark: "state"; readonly state: HealthState }
  | { readonly mark: "errorShare" }
  | { readonly mark: "size" }
  | { readonly mark: "edgeState"; readonly state: HealthState }
  | { readonly mark: "width" }
  | { readonly mark: "tcp" }
  | { readonly mark: "stale" }
  | { readonly mark: "lock"; readonly lock: Exclude<LockState, null> }
  | { readonly mark: "pin" }
  | { readonly mark: "noProxy" }
  | { readonly mark: "box" }
  | { readonly mark: "mesh"; readonly mesh: string }
  | { readonly mark: "badge"; readonly badge: string };

export interface LegendEntry {
  readonly key: string;
  readonly group: "Nodes" | "Meshes" | "Health" | "Edges" | "Locks";
  readonly text: string;
  readonly draw: LegendMark;
}

const KIND_WORDS: Readonly<Record<string, string>> = {
  ingress: "ingress",
  gateway: "gateway",
  waypoint: "waypoint",
  workload: "workload",
  app: "app",
  service: "service",
  external: "external service",
  passthrough: "passthrough",
  blackhole: "blackhole",
  unknown: "unknown caller or callee",
  namespace: "namespace",
  cluster: "cluster",
  mesh: "mesh",
  operation: "operation",
};

const LOCK_WORDS: Readonly<Record<Exclude<LockState, null>, string>> = {
  closed: "all traffic mutual TLS",
  half: "part mutual TLS",
  open: "no mutual TLS: plaintext, TLS only or both",
  unknown: "mTLS not known",
};

const SHAPES: readonly Shape[] = [
  "circle",
  "box",
  "stack",
  "tag",
  "diamond",
  "door",
  "hexagon",
  "cloud",
  "pass",
  "hole",
  "dotted",
];

function shapeEntries(nodes: readonly NodeMark[]): LegendEntry[] {
  return SHAPES.flatMap((shape): LegendEntry[] => {
    const kinds = [...new Set(nodes.filter((node) => node.shape === shape).map((node) => node.kind))].sort();
    if (kinds.length === 0) return [];
    const text = kinds.map((kind) => KIND_WORDS[kind] ?? kind).join(", ");
    return [{ key: `shape ${shape}`, group: "Nodes", text, draw: { mark: "shape", shape } }];
  });
}

function edgeEntries(edges: readonly EdgeMark[]): LegendEntry[] {
  if (edges.length === 0) return [];
  const out: LegendEntry[] = [
    {
      key: "width",
      group: "Edges",
      text: "width: rate, logarithmic, 5 to 5,000 requests/s or 1 kB/s to 100 MB/s; arrow: caller to callee; grey: healthy",
      draw: { mark: "width" },
    },
  ];
  for (const state of STATES_WORST_FIRST) {
    if (state === "healthy" || !edges.some((edge) => edge.state === state)) continue;
    out.push({ key: `edge ${state}`, group: "Edges", text: STATE_WORD[state], draw: { mark: "edgeState", state } });
  }
  if (edges.some((edge) => edge.dashed)) out.push({ key: "tcp", group: "Edges", text: "TCP", draw: { mark: "tcp" } });
  if (edges.some((edge) => edge.stale)) {
    out.push({ key: "stale", group: "Edges", text: "stale: no fresh report", draw: { mark: "stale" } });
  }
  for (const badge of new Set(edges.flatMap((edge) => edge.badges))) {
    out.push({ key: `badge ${badge}`, group: "Edges", text: badgeWords(badge), draw: { mark: "badge", badge } });
  }
  return out;
}

/** `locks`: whether locks are shown on edges at all. `pins`: what is held in place. */
export function legendOf(view: GraphView, locks: boolean, pins: Pins = NO_PINS): readonly LegendEntry[] {
  const { nodes, edges, boxes } = view;
  const out = shapeEntries(nodes);
  if (new Set(nodes.map((node) => node.step)).size > 1) {
    out.push({ key: "size", group: "Nodes", text: "size: traffic, in 4 steps", draw: { mark: "size" } });
  }
  if (boxes.length > 0) {
    const kinds = [...new Set(boxes.map((box) => box.kind))].sort().join(", ");
    out.push({ key: "box", group: "Nodes", text: kinds, draw: { mark: "box" } });
  }
  if (nodes.some(({ warnings }) => warnings.includes("no_proxy")))
    out.push({ key: "noProxy", group: "Nodes", text: warningWords("no_proxy"), draw: { mark: "noProxy" } });
  if (nodes.some(({ id }) => pins.has(id)))
    out.push({ key: "pin", group: "Nodes", text: "pinned: keeps its place", draw: { mark: "pin" } });
  if (view.meshes.length > 1) {
    for (const mesh of view.meshes) {
      out.push({ key: `mesh ${mesh}`, group: "Meshes", text: meshWords(mesh), draw: { mark: "mesh", mesh } });
    }
  }
  for (const state of STATES_WORST_FIRST) {
    if (!nodes.some((node) => node.state === state)) continue;
    out.push({ key: `state ${state}`, group: "Health", text: STATE_WORD[state], draw: { mark: "state", state } });
  }
  if (nodes.some((node) => node.errorShare > 0)) {
    out.push({
      key: "errors",
      group: "Health",
      text: "share of inbound requests that fail",
      draw: { mark: "errorShare" },
    });
  }
  out.push(...edgeEntries(edges));
  if (locks) {
    for (const lock of ["closed", "half", "open", "unknown"] as const) {
      if (!edges.some((edge) => edge.lock === lock)) continue;
      out.push({ key: `lock ${lock}`, group: "Locks", text: LOCK_WORDS[lock], draw: { mark: "lock", lock } });
    }
  }
  return out;
}
