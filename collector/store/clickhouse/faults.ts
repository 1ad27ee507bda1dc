/**
 * What went wrong at ClickHouse, and what that means. In: whatever the client threw. Out: whether the data itself is at
 * fault (sending it again cannot help), the query was too much, or it may work later; and the coded error of a read.
 * Sources: ClickHouse's ErrorCodes.cpp, by number.
 */
import { ClickHouseError } from "@clickhouse/client";

export interface Fault {
  readonly kind: "data" | "deadline" | "budget" | "later";
  /** ClickHouse's number; 0: none, the network's or the client's. */
  readonly number: number;
  readonly message: string;
}

/**
 * Values that do not parse or fit: CANNOT_PARSE_* and their like. A missing table, a wrong password, a full disk, too many
 * parts, a read-only replica are not among them: they end, and what was acknowledged must not be put aside for them.
 */
const DATA = new Set([
  6, 7, 8, 9, 18, 19, 25, 26, 27, 34, 38, 39, 41, 53, 69, 70, 72, 117, 131, 190, 320, 321, 349, 407, 433, 441, 467, 469,
  634,
]);
const DEADLINE = new Set([159, 160]);
const BUDGET = new Set([158, 161, 191, 241, 307, 396]);

function kindOf(number: number): Fault["kind"] {
  if (DATA.has(number)) return "data";
  if (DEADLINE.has(number)) return "deadline";
  return BUDGET.has(number) ? "budget" : "later";
}

export function faultOf(error: unknown): Fault {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof ClickHouseError)) return { kind: "later", number: 0, message };
  const number = Number(error.code);
  return { kind: kindOf(number), number, message };
}

export type StoreFaultCode =
  | "store_unavailable"
  | "query_deadline"
  | "query_too_large"
  | "batch_refused"
  | "store_newer";

/** What the store could not do, with its code. */
export class StoreFault extends Error {
  readonly code: StoreFaultCode;

  constructor(code: StoreFaultCode, message: string) {
    super(message);
    this.name = "StoreFault";
    this.code = code;
  }
}

const short = (message: string): string => message.slice(0, 300);

export function readFault(error: unknown): StoreFault {
  if (error instanceof StoreFault) return error;
  const { kind, message } = faultOf(error);
  if (kind === "deadline") return new StoreFault("query_deadline", "the query took too long; ask for a shorter window");
  if (kind === "budget") return new StoreFault("query_too_large", "the query reads too much; ask for a shorter window");
  return new StoreFault("store_unavailable", `ClickHouse does not answer: ${short(message)}`);
}

/** `batch_refused`: what was sent is at fault. Anything else may be taken another time. */
export function writeFault(error: unknown): StoreFault {
  if (error instanceof StoreFault) return error;
  const { kind, message } = faultOf(error);
  if (kind === "data") return new StoreFault("batch_refused", `ClickHouse refuses these rows: ${short(message)}`);
  return new StoreFault("store_unavailable", `ClickHouse does not take rows: ${short(message)}`);
}
