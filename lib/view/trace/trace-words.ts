/** Marks and warnings of traces in words. In: codes and counts. Out: sentences that say what was seen and why it may be. */
import type { TRACE_WARNINGS } from "../../query/schema/traces.ts";
import { durationMs, plain } from "../format.ts";
import { hasMark, type TraceTree } from "./build-trace.ts";

export type WarningCode = (typeof TRACE_WARNINGS)[number];

const WARNINGS: Readonly<Record<WarningCode, (spans: string) => string>> = {
  parent_missing: (spans) => `${spans}: the parent was never received, so it is shown as a root of its own.`,
  parent_cycle: (spans) => `${spans}: the chain of parents leads back to itself; it is cut and shown as a root.`,
  duplicate_span: (spans) => `${spans}: the id was received more than once with different content; all are shown.`,
  clock_skew: (spans) => `${spans}: starts before its parent. Clocks differ between hosts; times are left as sent.`,
  late: (spans) => `${spans}: starts after its parent ended: work that nobody waits for, or clocks that differ.`,
};

export function warningWords(code: WarningCode, spans: number): string {
  return WARNINGS[code](counted(spans, "span"));
}

export function counted(n: number, noun: string): string {
  return `${String(n).replace(/\B(?=(\d{3})+$)/g, ",")} ${noun}${n === 1 ? "" : "s"}`;
}

export function usText(us: number): string {
  return plain(durationMs(us / 1000));
}

/** What is unusual about one span, a sentence each; empty for most. */
export function spanRemarks(tree: TraceTree, row: number): readonly string[] {
  const span = tree.spans[row];
  const parent = tree.parent[row] ?? -1;
  if (span === undefined) return [];
  const remarks: string[] = [];
  if (hasMark(tree, row, "parentMissing")) {
    remarks.push(`Its parent ${span.parentSpanId ?? ""} is not in the trace: not sampled, lost or not yet received.`);
  }
  if (hasMark(tree, row, "cycleCut")) remarks.push("Its chain of parents leads back to itself; it was cut here.");
  if (hasMark(tree, row, "duplicateId")) remarks.push("Another span of this trace has the same id.");
  if (hasMark(tree, row, "sharedServer")) remarks.push("Shares its id with its client, as Zipkin allows.");
  if (hasMark(tree, row, "startsBeforeParent")) {
    const ahead = usText((tree.startUs[parent] ?? 0) - (tree.startUs[row] ?? 0));
    remarks.push(`Starts ${ahead} before its parent: the clocks of the two hosts differ.`);
  }
  if (hasMark(tree, row, "endsAfterParent")) {
    const after = (tree.startUs[row] ?? 0) - (tree.endUs[parent] ?? 0);
    const over = usText((tree.endUs[row] ?? 0) - (tree.endUs[parent] ?? 0));
    const what = after > 0 ? `Starts ${usText(after)} after its parent ended` : `Ends ${over} after its parent`;
    remarks.push(`${what}: work that nobody waits for, a timeout above it, or clocks that differ.`);
  }
  if (hasMark(tree, row, "errorOrigin")) remarks.push("The failure began here: no span below it failed.");
  return remarks;
}

const ATTENTION = ["parentMissing", "cycleCut", "duplicateId", "startsBeforeParent"] as const;

/** Whether the row deserves a small mark of its own beside an error's. */
export function hasRemark(tree: TraceTree, row: number): boolean {
  return ATTENTION.some((mark) => hasMark(tree, row, mark));
}
