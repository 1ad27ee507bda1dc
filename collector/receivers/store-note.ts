/**
 * The note `store_full` on a source of spans: set while the store lets older traces go, gone a minute after the last. In: a
 * source and the intake. Called after each body and by a timer, since a note must also go when nothing arrives any more.
 */
import type { Intake } from "../pipeline/span-intake.ts";
import type { SourceTally } from "../telemetry/source-board.ts";

export const NOTE_EVERY_MS = 5_000;

export function noteStore(source: SourceTally, intake: Pick<Intake, "evictions">): void {
  const { spans, recent } = intake.evictions();
  if (recent) source.note("store_full", `the store is full: older traces are let go: ${spans} spans so far`);
  else source.clearNote("store_full");
}
