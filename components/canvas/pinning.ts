/** What can be moved on the picture, how it looks while it is, and the pin that holds it afterwards. World px. */
import type { GraphTarget } from "../../lib/view/graph/graph-view.ts";
import { type HeldNode, withHeld } from "../../lib/view/graph/held-layout.ts";
import type { LayoutResult } from "../../lib/view/graph/layout-types.ts";
import { dropSpot, pinAt, type Spot } from "../../lib/view/graph/pin-place.ts";
import type { Pin } from "../../lib/view/graph/pins.ts";
import { buildScene, type Scene } from "../../lib/view/graph/scene.ts";
import type { Shown } from "./arranger.ts";
import { ANIMATED_NODES } from "./motion.ts";

/** The node of a target, where it is one that can be moved; -1 else. */
export function movable(shown: Shown | null, target: GraphTarget | null): number {
  const node = target?.kind === "node" ? (shown?.view.nodeIndex.get(target.id) ?? -1) : -1;
  return shown?.view.nodes[node]?.folded === false ? node : -1;
}

/** The pin that holds a node at the free place nearest to one; null where it cannot be held. */
export function pinNear(shown: Shown | null, node: number, at: Spot): Pin | null {
  const id = shown?.view.nodes[node]?.id;
  if (shown === null || id === undefined) return null;
  return pinAt(shown.layout, id, dropSpot(shown.input, shown.layout, node, at));
}

/** The pin that holds a node where it stands, or so far from there. */
export function pinBy(shown: Shown | null, id: string, by: Spot | undefined): Pin | null {
  const node = shown?.view.nodeIndex.get(id);
  if (shown === null || node === undefined) return null;
  const { layout } = shown;
  if (by === undefined) return pinAt(layout, id);
  return pinNear(shown, node, { x: (layout.x[node] ?? 0) + by.x, y: (layout.y[node] ?? 0) + by.y });
}

/** Whether what is held is drawn under the pointer; of a large picture the node waits until it is let go. */
export function follows(shown: Shown | null): boolean {
  return shown !== null && shown.layout.ids.length <= ANIMATED_NODES;
}

/** The layout with what is held where it is. */
export function heldIn(shown: Shown, held: HeldNode | null): LayoutResult {
  return held === null || !follows(shown) ? shown.layout : withHeld(shown.view, shown.layout, held);
}

/** The scene of what is shown, with what is held where it is. */
export function sceneIn(shown: Shown, held: HeldNode | null): Scene {
  const layout = heldIn(shown, held);
  return layout === shown.layout ? shown.scene : buildScene(shown.view, layout);
}

export function pinnedPlaces(shown: Shown | null): Readonly<Record<string, string>> {
  const { input, layout } = shown ?? {};
  const ids = layout?.ids ?? [];
  const placeOf = (i: number): string => `${Math.round(layout?.x[i] ?? 0)} ${Math.round(layout?.y[i] ?? 0)}`;
  return Object.fromEntries(ids.flatMap((id, i) => (input?.pins?.has(id) === true ? [[id, placeOf(i)]] : [])));
}
