/**
 * Where releases move weights now: what an edge of the graph says of a split. In: the two ends of an edge as proxies print
 * them; out: which version it is the way to, the share it was given and the one that its caller's proxy was seen to give.
 * Shares 0..1.
 */
import type { Endpoint } from "../model/identity.ts";
import type { EdgeFact } from "./edge-facts.ts";
import { digits4OrNull } from "./numbers.ts";
import type { GraphEdge } from "./schema/graph.ts";

export interface ArmShare {
  readonly version: string;
  readonly isCanary: boolean;
  readonly desired: number | null;
  /** Of this caller; null without requests since the weight moved. */
  readonly observed: number | null;
  /** Whose weights they are: ids of a rollout and of its route. Absent where this collector does not know. */
  readonly release?: { readonly rollout: string; readonly route: string };
}

export interface Splits {
  /** Moves when a split begins or ends. */
  readonly generation: number;
  /** None where no release is under way: then no edge is looked at. */
  readonly isEmpty: boolean;
  of(source: Endpoint, target: Endpoint): readonly ArmShare[];
}

export const NO_SPLITS: Splits = { generation: 0, isEmpty: true, of: () => [] };

/** The versions that an edge leads to, each once. */
export function armsOf(facts: readonly EdgeFact[], splits: Splits): readonly ArmShare[] {
  if (splits.isEmpty) return [];
  const arms = new Map<string, ArmShare>();
  for (const { source, target, rows } of facts) {
    // Who was asked is told by the counters' own ends too: a joined edge leads to whoever answered.
    for (const end of [target, ...rows.map(({ edge }) => edge.target)])
      for (const arm of splits.of(source, end)) arms.set(arm.version, arm);
  }
  return [...arms.values()].sort((a, b) => Number(a.isCanary) - Number(b.isCanary));
}

export function splitOf(arms: readonly ArmShare[]): Pick<GraphEdge, "split"> {
  if (arms.length === 0) return {};
  return {
    split: arms.map(({ version, desired, observed, release }) => ({
      version,
      ...(release === undefined ? {} : { release }),
      desired: digits4OrNull(desired),
      observed: digits4OrNull(observed),
    })),
  };
}
