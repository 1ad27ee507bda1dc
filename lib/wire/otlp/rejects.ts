/**
 * Items of a well-formed body that were left out, counted by code with the place of the first. `span` rejects lose the
 * whole span; `part` rejects lose an event, a link or the end of a text (`attribute_cut`) of a span that is kept.
 */
import type { Span } from "../../model/span.ts";

export type RejectCode =
  | "trace_id_invalid"
  | "span_id_invalid"
  | "parent_id_invalid"
  | "start_missing"
  | "time_invalid"
  | "end_before_start"
  | "span_malformed"
  | "span_too_deep"
  | "shape_invalid"
  | "in_future"
  | "link_id_invalid"
  | "attribute_cut"
  | "annotation_invalid";

export interface Reject {
  readonly code: RejectCode;
  readonly of: "span" | "part";
  readonly count: number;
  /** Path of the first one. */
  readonly first: string;
}

export interface Translation {
  readonly spans: readonly Span[];
  readonly rejects: readonly Reject[];
}

export class RejectTally {
  private readonly rows = new Map<string, { code: RejectCode; of: "span" | "part"; count: number; first: string }>();

  /** `path` is only made into text for the first reject of a code. */
  add(code: RejectCode, of: "span" | "part", path: () => string, count = 1): void {
    if (count === 0) return;
    const key = `${of} ${code}`;
    const row = this.rows.get(key);
    if (row === undefined) this.rows.set(key, { code, of, count, first: path() });
    else row.count += count;
  }

  list(): readonly Reject[] {
    return [...this.rows.values()];
  }
}

export function rejectedSpans(rejects: readonly Reject[]): number {
  return rejects.reduce((sum, reject) => sum + (reject.of === "span" ? reject.count : 0), 0);
}

/** `3 span left out`; a cut text is still there. */
export function describeLoss({ code, of, count }: Reject): string {
  return code === "attribute_cut" ? `${count} text of over 65,536 characters cut` : `${count} ${of} left out`;
}

/** `3 span left out: trace_id_invalid, first at resourceSpans[0]…`; empty when nothing was left out. */
export function describeRejects(rejects: readonly Reject[]): string {
  return rejects.map((reject) => `${describeLoss(reject)}: ${reject.code}, first at ${reject.first}`).join("; ");
}
