/**
 * What was done and is on no disk yet, over everything that keeps records. In: who may owe something; out: how much that is,
 * since when and why, for pages and metrics; and another try at each, as long as there is any.
 */
import type { Log } from "../telemetry/log.ts";
import type { Owed, Owing } from "./journal.ts";

export class NotOnDisk {
  private readonly parts: () => readonly Owing[];
  private readonly log: Log;

  constructor(parts: () => readonly Owing[], log: Log) {
    this.parts = parts;
    this.log = log;
  }

  /** Null: everything that was done is on disk. */
  get now(): Owed | null {
    const owed = this.parts().flatMap((part) => part.owed ?? []);
    const [first] = owed;
    if (first === undefined) return null;
    return {
      records: owed.reduce((sum, { records }) => sum + records, 0),
      sinceMs: Math.min(...owed.map(({ sinceMs }) => sinceMs)),
      message: first.message,
    };
  }

  async retry(): Promise<void> {
    const before = this.now;
    if (before === null) return;
    for (const part of this.parts()) if (part.owed !== null) await part.settleOwed();
    if (this.now === null) this.log.info("records_written_late", { records: before.records });
  }
}
