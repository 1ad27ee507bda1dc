"use client";
/** That something was done which no disk has yet: who reads the audit, or would restart the collector, must know. */
import type { NotOnDisk as Owed } from "../../lib/query/schema/audit.ts";
import { count, plain } from "../../lib/view/format.ts";
import { clock } from "../../lib/view/time.ts";

export function NotOnDisk({ owed }: { readonly owed: Owed | undefined }) {
  if (owed === undefined) return null;
  const { records, sinceMs, message } = owed;
  return (
    <p role="status" className="border-b border-line bg-panel px-4 py-2 text-degraded-text">
      {records === 1 ? "1 record of what was done is" : `${plain(count(records))} records of what was done are`} not on
      disk since {clock(sinceMs)}: {message}. They are kept in memory and written once the disk takes them; until then
      do not restart Meshscope, and nothing but a rollback is done.
    </p>
  );
}
