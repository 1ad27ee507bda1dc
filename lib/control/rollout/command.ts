/** One thing that a rollout does next: what the machine says and the runner carries out. */
import type { RolloutEvent, RuleChange } from "./events.ts";

export type WaitingFor = "promotion" | "time" | "counters" | "judge" | "retry" | "resume" | "nothing";

export interface SentWrite {
  readonly route: string;
  readonly canaryBp: number;
  readonly intentId: string;
}

export type Command =
  /** Shares, or where there is a `rule` that and no share. */
  | ({ readonly kind: "write"; readonly rule?: RuleChange } & SentWrite)
  | { readonly kind: "lookUp"; readonly writes: readonly (SentWrite & { readonly rule: RuleChange | null })[] }
  | { readonly kind: "observe"; readonly routes: readonly string[] }
  | { readonly kind: "judge" }
  /** Look whether the rollouts that it waits for are promoted. */
  | { readonly kind: "await"; readonly rollouts: readonly string[] }
  /** Look whether the canaries are ready. */
  | { readonly kind: "check"; readonly leastReady: number | "asStable" }
  | { readonly kind: "note"; readonly event: RolloutEvent }
  /** `untilMs` null: until somebody acts. */
  | { readonly kind: "wait"; readonly for: WaitingFor; readonly untilMs: number | null };
