/**
 * Named places at which a test lets the process die, as a crash would: MESHSCOPE_FAILPOINT=<name> or <name>:<n> kills it
 * when it gets there for the nth time. Without the variable a call is a comparison.
 */
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
  | "mid-replay";

const [armed, nth = "1"] = (process.env["MESHSCOPE_FAILPOINT"] ?? "").split(":");
let left = Number(nth);

export function failpoint(name: FailpointName): void {
  if (armed !== name || --left > 0) return;
  process.kill(process.pid, "SIGKILL");
}
