/** What is asked of a store of spans for a heatmap: traces of certain calls, so many for each cell. Unix ms, ms. */
import type { ServiceCalls, ServiceRef, SpanNames } from "./directory.ts";

export interface CallPair {
  readonly source: ServiceRef;
  readonly target: ServiceRef;
}

/** Which calls: between services, or those that services answer or make. */
export type Calls =
  | {
      readonly kind: "between";
      readonly pairs: readonly CallPair[];
    }
  | ({ readonly kind: "of" } & ServiceCalls);

export interface ExemplarQuery {
  readonly calls: Calls;
  /** How spans name services, where they do it by a mesh's own names. */
  readonly names?: SpanNames;
  /** Starts of the columns, ms, and the end of the last. */
  readonly xMs: readonly number[];
  readonly endMs: number;
  readonly yMs: readonly number[];
  readonly perCell: number;
}
