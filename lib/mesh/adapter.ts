/**
 * What a mesh adapter is: it says what one metric series of one proxy means. Pure and stateless, so that an answer can be
 * kept for the life of the series. In: name, labels, and what the scrape configuration adds. Out: meanings, or why none.
 */
import type { Mesh } from "../model/identity.ts";
import type { SeriesMeaning, TargetLabels } from "../model/meaning.ts";
import type { Series } from "../wire/exposition/parse-series.ts";

/**
 * Why a wanted series stays out of the graph; part of the API as a drop code. `no_reporter`: the label that says whose
 * view this is was edited away. `source_half_known`, `destination_is_ip`, `cluster_unknown`: reports made before the
 * proxy learned who its peer is; the peer's own report of the same requests stands. `no_target_labels`: the proxy does
 * not print who it is and the scrape configuration does not say. `bad_labels`: a label that a bound or code needs is odd.
 */
export type RefusalCode =
  | "no_reporter"
  | "source_half_known"
  | "destination_is_ip"
  | "cluster_unknown"
  | "no_target_labels"
  | "bad_labels";

export type Adapted =
  /** Usually one; a series that is both an increase and a state has two; none for a series of no interest. */
  { readonly meanings: readonly SeriesMeaning[] } | { readonly refused: RefusalCode };

export interface MeshAdapter {
  readonly mesh: Mesh | "auto";
  /** Bytes that every wanted name begins with: the cheap first look at a merged port's application metrics. */
  readonly prefixes: readonly string[];
  /** Whether samples of this metric name can mean anything. Cheap: asked once per run of equal names per scrape. */
  wants(name: string): boolean;
  adapt(series: Series, target: TargetLabels): Adapted;
  /** What kind of proxy prints this body, where that changes how its series are read: see `TargetLabels.proxy`. */
  proxyOf?(bytes: Uint8Array): TargetLabels["proxy"];
}

export const NOTHING: Adapted = { meanings: [] };

export function means(...meanings: readonly SeriesMeaning[]): Adapted {
  return { meanings };
}

export function refuses(refused: RefusalCode): Adapted {
  return { refused };
}
