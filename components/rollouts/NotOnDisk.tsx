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
      What was done since {clock(sinceMs)} is on no disk (
      {records === 1 ? "1 record" : `${plain(count(records))} records`}
      ): {message}. It is kept in memory and written once the disk takes it. Until then do not restart Meshscope;
      nothing but a rollback is done.
    </p>
  );
}
