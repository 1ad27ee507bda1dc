/** What goes to the log, and what comes of it. */
import type { SpanFormat } from "../../lib/model/span-format.ts";
import type { LogPosition } from "../../lib/query/store-engine.ts";

export interface Appended {
  readonly id: string;
  readonly position: LogPosition;
}

/** Too much is not stored yet; the disk does not take it; too much waits for the disk. */
export type LogRefusalCode = "log_full" | "log_failed" | "log_busy";

export interface LogRefusal {
  readonly code: LogRefusalCode;
  readonly message: string;
}

export interface Logged {
  readonly receivedMs: number;
  readonly format: SpanFormat;
  readonly body: Uint8Array;
  /** CRC-32 of the body. */
  readonly crc: number;
}
