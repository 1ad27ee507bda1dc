/**
 * Where a panel leads: other pages with the same window and scope. Pages whose lists look for plain text are asked for the
 * name: what is in the find box of the map is an expression, and would find nothing there.
 */
import type { BoxPart } from "./box-part.ts";
import { linkTo, type ViewState } from "./url-state.ts";

export interface OnwardLink {
  readonly label: string;
  readonly href: string;
}

/** Of a node, or of what an edge leads to. */
export function plainLinks(state: ViewState, name: string): readonly OnwardLink[] {
  return [
    { label: "Its releases", href: linkTo("/rollouts", state, { find: name }) },
    { label: "Its security", href: linkTo("/mtls", state, { find: name }) },
  ];
}

export function estateLinks(state: ViewState): readonly OnwardLink[] {
  return [
    { label: "Latency heatmaps", href: linkTo("/heatmap", state) },
    { label: "Traces", href: linkTo("/traces", state) },
    { label: "Failing traces", href: linkTo("/traces", state, { status: "error" }) },
    { label: "Releases", href: linkTo("/rollouts", state, { find: "" }) },
    { label: "Security", href: linkTo("/mtls", state, { find: "" }) },
  ];
}

/** Of what is in a box: the pages with the box as their scope. */
export function boxLinks(state: ViewState, { kind, place, fold }: Pick<BoxPart, "kind" | "place" | "fold">) {
  const { mesh, cluster, namespace } = place;
  const scope: ViewState = {
    ...state,
    find: "",
    meshes: mesh === "" ? state.meshes : [mesh],
    clusters: kind === "mesh" ? state.clusters : [cluster],
    namespaces: kind === "namespace" ? [namespace] : state.namespaces,
  };
  const links: readonly OnwardLink[] = [
    { label: "Latency heatmap", href: linkTo("/heatmap", state, { node: fold.id }) },
    { label: "Traces", href: linkTo("/traces", scope) },
    { label: "Failing traces", href: linkTo("/traces", scope, { status: "error" }) },
    { label: "Releases", href: linkTo("/rollouts", scope) },
    { label: "Security", href: linkTo("/mtls", scope) },
    { label: "Only this on the map", href: linkTo("/", scope) },
  ];
  return links;
}
