/**
 * Which boxes are drawn as one node. In: what a query says; out: what view-key.ts asks of each endpoint. `collapse` names
 * boxes one by one and wins over the rest; `fold` merges all boxes of a level and of the levels inside it, but for those
 * that `expand` names: an expanded cluster shows its namespaces, an expanded namespace its nodes.
 */
export const FOLD_LEVELS = ["mesh", "cluster", "namespace"] as const;
export type FoldLevel = (typeof FOLD_LEVELS)[number];

export interface FoldQuery {
  readonly collapse?: readonly string[] | undefined;
  readonly fold?: FoldLevel | undefined;
  readonly expand?: readonly string[] | undefined;
}

export interface Folds {
  readonly collapsed: ReadonlySet<string>;
  readonly by: FoldLevel | undefined;
  readonly expanded: ReadonlySet<string>;
}

export const NO_FOLDS: Folds = { collapsed: new Set(), by: undefined, expanded: new Set() };

export function foldsOf({ collapse, fold, expand }: FoldQuery): Folds {
  return { collapsed: new Set(collapse ?? []), by: fold, expanded: new Set(expand ?? []) };
}

/** Equal for queries that fold alike. */
export function foldKey({ collapse = [], fold, expand = [] }: FoldQuery): string {
  const names = (ids: readonly string[]): string[] => [...new Set(ids)].sort();
  return JSON.stringify([names(collapse), fold ?? "", fold === undefined ? [] : names(expand)]);
}
