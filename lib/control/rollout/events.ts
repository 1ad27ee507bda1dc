/**
 * What happened to a rollout, in order: the log that it is made of. A write is in the log before it is sent and again when
 * its outcome is known, so that after a crash the log says which outcome must be looked up. Unix ms.
 */
import type { VerdictState } from "../judge/verdict.ts";
import type { HeaderMatch } from "../traffic/contract.ts";
import type { ShiftState } from "../traffic/verify.ts";
import type { Definition } from "./definition.ts";

export const ROLLOUT_ACTIONS = [
  "promote",
  "promoteFull",
  "pause",
  "resume",
  "abort",
  "rollback",
  "retry",
  "skipStep",
] as const;
export type RolloutAction = (typeof ROLLOUT_ACTIONS)[number];

export interface Act {
  readonly action: RolloutAction;
  readonly actor: string;
  readonly reason: string;
  /** Of the person's click: the same again is the same act. */
  readonly intentId: string;
}

/** A write that puts a rule above the split or a mirror on it, or takes it away (null, 0), and leaves the shares alone. */
export type RuleChange =
  | { readonly kind: "match"; readonly match: HeaderMatch | null }
  | { readonly kind: "mirror"; readonly mirrorBp: number };

export type RolloutEvent =
  /** `sharesBp`: the canary's share of each route before anything was written. */
  | {
      readonly type: "started";
      readonly atMs: number;
      readonly definition: Definition;
      readonly sharesBp: Readonly<Record<string, number>>;
    }
  | { readonly type: "acted"; readonly atMs: number; readonly act: Act }
  | { readonly type: "stepEntered"; readonly atMs: number; readonly step: number }
  | {
      readonly type: "writeIntended";
      readonly atMs: number;
      readonly route: string;
      readonly intentId: string;
      /** The canary's share once it is written: the present one where a rule is. */
      readonly canaryBp: number;
      readonly rule?: RuleChange;
    }
  | {
      readonly type: "writeAcknowledged";
      readonly atMs: number;
      readonly route: string;
      readonly intentId: string;
      readonly revision: string;
    }
  /** Refused, or lost to somebody else's write: nothing of ours was written. */
  | {
      readonly type: "writeRefused";
      readonly atMs: number;
      readonly route: string;
      readonly intentId: string;
      readonly code: string;
      readonly message: string;
    }
  | {
      readonly type: "shiftSeen";
      readonly atMs: number;
      readonly route: string;
      readonly state: ShiftState;
      readonly observedBp: number | null;
    }
  | { readonly type: "judged"; readonly atMs: number; readonly verdict: VerdictState }
  /** Somebody else changed the route after our write. */
  | {
      readonly type: "foreignWrite";
      readonly atMs: number;
      readonly route: string;
      readonly by: string;
      readonly canaryBp: number;
      /** Where a rule of ours is what they changed: as it is now. */
      readonly rule?: RuleChange;
    }
  /** The rollouts that it waited for are promoted. */
  | { readonly type: "freed"; readonly atMs: number }
  /** Of a check step, where its answer changed. */
  | { readonly type: "checked"; readonly atMs: number; readonly isReady: boolean; readonly message: string }
  /** What runs behind the canary of a route: what approvals are bound to. */
  | { readonly type: "workloadSeen"; readonly atMs: number; readonly route: string; readonly revision: string }
  /** Another revision runs there now: what was approved is void. */
  | { readonly type: "workloadChanged"; readonly atMs: number; readonly route: string; readonly revision: string }
  | { readonly type: "rollbackBegan"; readonly atMs: number; readonly why: string }
  | { readonly type: "backStepEntered"; readonly atMs: number; readonly backStep: number }
  | { readonly type: "finished"; readonly atMs: number; readonly outcome: "promoted" | "rolledBack" };
