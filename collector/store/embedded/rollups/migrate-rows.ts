/**
 * Format 2 of the data folder: `rows.log` says of each row when it was last seen. In: the file as format 1 had it, without;
 * out: the same with the time of the row's first sight, which is all that is known. A file that has the times stays.
 */
import { RecordLog } from "./record-log.ts";
import type { RowRecord } from "./row-registry.ts";

type OldRecord = RowRecord | { readonly id: number; readonly row: string };

function firstSeen(row: string): number {
  const { firstSeenMs }: { firstSeenMs: number } = JSON.parse(row);
  return firstSeenMs;
}

export async function addSeenTimes(path: string): Promise<void> {
  const { records } = await new RecordLog<OldRecord>(path).load();
  if (records.every((record) => "group" in record || "seenMs" in record)) return;
  const dated = records.map((record): RowRecord => {
    if ("group" in record || "seenMs" in record) return record;
    return { ...record, seenMs: firstSeen(record.row) };
  });
  await new RecordLog<RowRecord>(path).replace(dated);
}
