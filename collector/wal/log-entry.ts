/** What goes to the log, and what comes of it. */
import type { SpanFormat } from "../../lib/model/span-format.ts";
import type { LogPosition } from "../../lib/query/store-engine.ts";

export interface Appended {
  readonly id: string;
  readonly position: LogPosition;
}

export interface LogRefusal {
  readonly code: "log_full" | "log_failed" | "log_busy";
  readonly message: string;
}

export interface Logged {
  readonly receivedMs: number;
  readonly format: SpanFormat;
  readonly body: Uint8Array;
  /** CRC-32 of the body. */
  readonly crc: number;
}
