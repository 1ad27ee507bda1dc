/**
 * An edge of two windows in one graph. One that is in the base alone has the figures that it had there: nothing of the window
 * is made from them.
 */
import type { GraphEdge } from "../schema/graph.ts";

export interface ComparedEdge extends GraphEdge {
  readonly ofBase?: true;
}

export const isOfBase = ({ ofBase }: ComparedEdge): boolean => ofBase === true;
