/** The store in words: what it is, how it is, how far back it reaches, and what to do about its last error. */
import type { StoreFacts } from "../query/schema/store.ts";
import { age, plain } from "./format.ts";
import { type StateLook, stateLook } from "./health-words.ts";

const KINDS: Readonly<Record<StoreFacts["kind"], string>> = {
  memory: "in memory",
  duckdb: "in the data folder",
  clickhouse: "in ClickHouse",
};

export function storeKind(kind: StoreFacts["kind"]): string {
  return KINDS[kind];
}

/** Acknowledged data is in every query within 2 s: what waits longer is behind. */
const BEHIND_MS = 2_000;

/** As a health state looks: starting is a failure while it lasts, being behind is not. */
export function storeLook({ state, log, lastError }: StoreFacts, nowMs: number): StateLook {
  if (state === "starting") return { ...stateLook("failure"), words: "being started again" };
  if (log !== null && log.lagMs > BEHIND_MS)
    return { ...stateLook("degraded"), words: `${plain(age(log.lagMs))} behind` };
  const recent = lastError !== null && nowMs - lastError.atMs < 60_000;
  return recent ? { ...stateLook("degraded"), words: "up, with an error" } : { ...stateLook("healthy"), words: "up" };
}

/** "6 h at 10 s": how far back each grain reaches now. */
export function storeReach({ rollups }: StoreFacts, nowMs: number): string {
  const held = rollups.tiers.flatMap(({ slotMs, oldestMs }) => {
    return oldestMs === null ? [] : [`${plain(age(Math.max(0, nowMs - oldestMs)))} at ${plain(age(slotMs))}`];
  });
  return held.length === 0 ? "none yet: a slot is closed after 15 minutes" : held.join(" · ");
}

/** By the code of the store's last error. */
export const STORE_ADVICE: Readonly<Record<string, string>> = {
  EACCES: "The data folder may not be written. Give the collector's user the right to.",
  EDQUOT: "The quota of the data folder is used up. Make room; nothing needs a restart.",
  EIO: "The disk fails. The log keeps what was acknowledged; look at the disk.",
  ENOSPC: "The disk is full. The log keeps what was acknowledged; make room, and nothing needs a restart.",
  EROFS: "The data folder's file system can only be read. Mount it so that it can be written.",
  batch_refused: "ClickHouse refused some data as such; it was put aside. Report it with the message.",
  internal: "This is a fault of the store. Report it with the message; the log keeps what was acknowledged.",
  log_missing: "A file of the log is not there. Something else removed it: leave the data folder to one collector.",
  query_deadline: "A question took the store too long. Choose a shorter window, or add a service.",
  query_too_large: "A question was too much for the store. Choose a shorter window, or add a service.",
  rollup_block_damaged: "Some of the history on disk is damaged and left out of sums. Look at the disk.",
  rollup_file_changed:
    "Something else changed or removed files in the data folder. Leave it to one collector, and start that again.",
  store_closed: "The collector was stopping.",
  store_follows_log: "This is a fault of the collector. Report it with the message.",
  store_newer: "A newer version wrote this store. Start that version, or set `data` to another folder.",
  store_open_failed: "The store cannot be opened: the message says why. It is tried again by itself.",
  store_process_ended:
    "The store's process ended and was started again; nothing acknowledged was lost. If it comes again, report it.",
  store_start_failed: "The store's process ends as it starts. Its last lines are in the collector's output.",
  store_unavailable: "ClickHouse does not answer. Look at it; the log keeps what was acknowledged meanwhile.",
};

export function storeAdvice(code: string): string {
  return STORE_ADVICE[code] ?? "The collector's log has more. The log on disk keeps what was acknowledged.";
}
