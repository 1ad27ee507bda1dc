/** What one reading leaves out, by code. In: drops as they happen. Out: counts. */
import type { RefusalCode } from "./adapter.ts";

/**
 * Why a sample of a wanted name is not in a reading as itself. `exemplar_malformed` alone costs no sample, and a
 * `series_folded` one counts under an `other` member.
 */
export type LocalDrop =
  | "malformed_line"
  | "line_too_long"
  | "duplicate_series"
  | "series_folded"
  | "series_limit"
  | "not_a_number"
  | "type_changed"
  | "native_histogram"
  | "composite_value"
  | "exemplar_malformed"
  | RefusalCode;

export class LocalDrops {
  private readonly counts = new Map<LocalDrop, number>();

  clear(): void {
    this.counts.clear();
  }

  add(code: LocalDrop, samples: number): void {
    if (samples > 0) this.counts.set(code, (this.counts.get(code) ?? 0) + samples);
  }

  all(): ReadonlyMap<LocalDrop, number> {
    return new Map(this.counts);
  }
}
