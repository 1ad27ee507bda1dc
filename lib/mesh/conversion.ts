/** What a printed value goes through before the fold: only certificates' do. In: the series' meaning; out: seconds left. */
import type { SeriesMeaning } from "../model/meaning.ts";

export type Conversion = Extract<SeriesMeaning, { kind: "certificateSeconds" }>;

/** A certificate's NaN is a sentinel too: Consul's followers print it for what the leader knows. */
export function isSentinel(convert: Conversion | undefined, printed: number): boolean {
  return convert !== undefined && (!Number.isFinite(printed) || convert.sentinels?.includes(printed) === true);
}

export function converted(convert: Conversion | undefined, printed: number, atMs: number): number {
  if (convert === undefined) return printed;
  return printed * (convert.scale ?? 1) - (convert.epoch === true ? atMs / 1000 : 0);
}
