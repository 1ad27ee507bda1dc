/**
 * What a kind of rollouts offers, whoever runs it: Meshscope's own engine, Argo Rollouts, Flagger. One list, one page and
 * one way to act for all of them. A source never decides who may act: that was checked before it is asked.
 */
import type { Result } from "../../lib/base/result.ts";
import type { Act, RolloutAction } from "../../lib/control/rollout/events.ts";
import type { RolloutDetail, RolloutSummary } from "../../lib/query/schema/rollouts.ts";

export interface ActRefusal {
  /** `conflict` where the revision is another; `refused` with its cause; `unavailable` where nobody can be asked. */
  readonly kind: "conflict" | "refused" | "unavailable" | "not_found";
  readonly code: string;
  readonly message: string;
  readonly current?: RolloutSummary;
  /** Commands that do the same by hand. */
  readonly breakGlass?: readonly string[];
  /** What comes of an act that was sent and not answered in time. */
  readonly later?: Promise<Result<Accepted, ActRefusal> | undefined>;
}

export interface Accepted {
  readonly atMs: number;
  /** The same intent was taken before. */
  readonly repeated: boolean;
}

export interface Unreachable {
  readonly target: string;
  readonly code: string;
  readonly message: string;
}

export interface RolloutSource {
  /** In time, also where a control plane is slow: then with what was read last, and who did not answer. */
  list(): Promise<{ readonly rollouts: readonly RolloutSummary[]; readonly unreachable: readonly Unreachable[] }>;
  /** Undefined where it is not of this source; whom to ask for it, where that one does not answer and never did. */
  detail(id: string): Promise<RolloutDetail | Unreachable | undefined>;
  /**
   * Takes an intent: durable once it resolves, before any mesh is touched. Checked again against `expectedRevision` under
   * the rollout's own lock: of many from one revision one is taken. `isExact`: the way back as well is for that one alone.
   */
  act(
    id: string,
    act: Act,
    expectedRevision: string,
    isExact?: boolean,
  ): Promise<Result<Accepted, ActRefusal> | undefined>;
  close(): Promise<void>;
}

/** Which role an action asks for. */
export function roleFor(action: RolloutAction): "operator" | "approver" {
  return action === "promote" || action === "promoteFull" || action === "skipStep" ? "approver" : "operator";
}
