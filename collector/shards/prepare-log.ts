/**
 * A log whose writer is gone, made ready for the next. In: where it stands and how far it was folded. Out: what stands behind
 * that, batch after batch, durable; and what the next writer must know. A torn tail is cut off: nobody was told of it.
 */
import type { LoggedBatch, LogPosition } from "../../lib/query/store-engine.ts";
import { LogReader } from "../wal/log-reader.ts";
import { recoverLog } from "../wal/recover.ts";
import type { ShardSettings } from "./messages.ts";

export interface LogPlace {
  /** Folder of all logs. */
  readonly folder: string;
  readonly quarantine: string;
  readonly log: string;
  readonly foldedThrough: LogPosition;
}

const READ_BYTES = 4 * 1024 * 1024;

/** Rejects when the disk does, and on a log of a later version. */
export async function prepareLog(
  { folder, quarantine, log, foldedThrough }: LogPlace,
  take: (batch: LoggedBatch) => Promise<void>,
): Promise<Pick<ShardSettings, "log" | "folder" | "segments" | "beyond">> {
  const recovered = await recoverLog(folder, log, quarantine);
  if (!recovered.ok) throw new Error(`${recovered.error.code}: ${recovered.error.message}`);
  const segments = [...recovered.value.segments];
  const last = segments[segments.length - 1];
  if (last !== undefined) {
    const reader = new LogReader(folder, log, foldedThrough);
    const end = { segment: last.number, offset: last.bytes };
    try {
      for (;;) {
        const batches = await reader.read(end, READ_BYTES);
        if (batches.length === 0) break;
        for (const batch of batches) await take(batch);
      }
    } finally {
      await reader.close();
    }
  }
  return { log, folder, segments, beyond: Math.max(foldedThrough.segment, last?.number ?? 0) };
}
