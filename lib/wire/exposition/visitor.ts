/** What a reader of the text format tells, in byte ranges of the body, as it goes. A visitor copies what it keeps. */
import type { Composite } from "./line-tail.ts";

export interface ExpositionVisitor {
  /**
   * Optional shortcut: where the series text at `start` ends, if the visitor has read these very bytes before, else -1.
   * The answer must be below `end`, which may lie lines further on, and be followed by a blank; the scanner then does not
   * look into the series again.
   */
  known?(start: number, end: number): number;
  /** Bytes [start, end) are `name{…}`, [start, nameEnd) the name. `timestampMs` where the line has one. */
  sample(start: number, nameEnd: number, end: number, value: number, timestampMs: number | undefined): void;
  /** Since when the next sample counts, Unix ms, where its line says so (OpenMetrics 2.0). */
  started?(startMs: number): void;
  /** Exemplars of the last sample: labels in bytes [start, end), braces included. */
  exemplar?(start: number, end: number, value: number, timestampMs: number | undefined): void;
  /** Bytes [start, nameEnd) name a family whose value is composite: a native histogram, or a classic one on a line. */
  composite?(start: number, nameEnd: number, end: number, kind: Composite): void;
  /** Bytes [nameStart, nameEnd) are the family of a `# TYPE` line, without `_total` in OpenMetrics. */
  type?(nameStart: number, nameEnd: number, type: string): void;
  /** Bytes [nameStart, nameEnd) are the family of a `# UNIT` line, [unitStart, unitEnd) its unit. */
  unit?(nameStart: number, nameEnd: number, unitStart: number, unitEnd: number): void;
  /** Bytes [start, end) are a line that was counted as odd and skipped. */
  odd?(start: number, end: number): void;
}
