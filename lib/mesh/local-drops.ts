/**
 * What one reading leaves out, by code, and of series over the limit the label that has the most values among them: it is
 * the one that exploded. In: drops as they happen, and the series that found no room. Out: counts, and that label.
 */
import type { Series } from "../wire/exposition/parse-series.ts";
import type { RefusalCode } from "./adapter.ts";

/** Why a sample of a wanted name is not in a reading. `exemplar_malformed` alone costs no sample. */
export type LocalDrop =
  | "malformed_line"
  | "line_too_long"
  | "duplicate_series"
  | "series_limit"
  | "not_a_number"
  | "type_changed"
  | "native_histogram"
  | "composite_value"
  | "exemplar_malformed"
  | RefusalCode;

export interface Exploded {
  readonly label: string;
  /** Different values seen; at most `LOOKED_AT`. */
  readonly values: number;
  /** A metric that carries it. */
  readonly metric: string;
}

/** Series over the limit that are looked at in one reading: enough to tell, and bounded. */
const LOOKED_AT = 2_000;

export class LocalDrops {
  private readonly counts = new Map<LocalDrop, number>();
  private readonly labels = new Map<string, { readonly metric: string; readonly values: Set<string> }>();
  private looked = 0;

  clear(): void {
    this.counts.clear();
    this.labels.clear();
    this.looked = 0;
  }

  add(code: LocalDrop, samples: number): void {
    if (samples > 0) this.counts.set(code, (this.counts.get(code) ?? 0) + samples);
  }

  all(): ReadonlyMap<LocalDrop, number> {
    return new Map(this.counts);
  }

  /** So many series were over the limit that further ones are not looked at. */
  get toldEnough(): boolean {
    return this.looked >= LOOKED_AT;
  }

  /** A series for which there was no room. */
  overLimit({ name, labels }: Series): void {
    if (this.looked++ >= LOOKED_AT) return;
    for (const [label, value] of labels) {
      const known = this.labels.get(label) ?? { metric: name, values: new Set<string>() };
      this.labels.set(label, known);
      known.values.add(value);
    }
  }

  /** Undefined where nothing was over the limit, or no label of what was has two values. */
  exploded(): Exploded | undefined {
    let most: Exploded | undefined;
    for (const [label, { metric, values }] of this.labels) {
      const first = most === undefined || (values.size === most.values && label < most.label);
      if (values.size > 1 && (first || values.size > (most?.values ?? 0)))
        most = { label, values: values.size, metric };
    }
    return most;
  }
}
