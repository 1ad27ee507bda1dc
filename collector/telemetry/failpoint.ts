/**
 * Named places at which a test lets the process die, as a crash would: MESHSCOPE_FAILPOINT=<name> or <name>:<n> kills it
 * when it gets there for the nth time. Without the variable a call is a comparison.
 */
import { existsSync, writeFileSync } from "node:fs";

export type FailpointName =
  | "before-append"
  | "after-append"
  | "before-fdatasync"
  | "after-fdatasync"
  | "before-answer"
  | "after-answer"
  | "after-fold"
  | "before-commit"
  | "after-commit"
  | "mid-checkpoint"
  | "before-checkpoint"
  | "after-checkpoint"
  | "before-slot-append"
  | "after-slot-append"
  | "before-segment-delete"
  | "after-segment-delete"
  | "mid-replay"
  | "before-journal-append"
  | "after-journal-append"
  | "before-mesh-write"
  | "after-mesh-write"
  | "before-act"
  | "after-act";

/** A file that says that it was reached: a process that is started again does not die again. */
const marker = process.env["MESHSCOPE_FAILPOINT_MARK"];
const [armed, nth = "1"] = (process.env["MESHSCOPE_FAILPOINT"] ?? "").split(":");
let left = Number(nth);

export function failpoint(name: FailpointName): void {
  if (armed !== name || --left > 0) return;
  if (marker !== undefined) {
    if (existsSync(marker)) return;
    writeFileSync(marker, name);
  }
  process.kill(process.pid, "SIGKILL");
}
