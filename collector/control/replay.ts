/** A recorded rollout through another policy, a look at a time: the event loop goes on between them. */
import { setImmediate } from "node:timers/promises";
import type { z } from "zod";
import { err, ok, type Result } from "../../lib/base/result.ts";
import { policyFault } from "../../lib/control/judge/judge.ts";
import { type Look, replayLooks } from "../../lib/control/judge/replay.ts";
import type { Subject } from "../../lib/query/access.ts";
import type { ReplayAnswer, replayBodySchema } from "../../lib/query/schema/replay.ts";
import type { Evidence } from "./evidence.ts";
import type { OwnRollouts } from "./own-rollouts.ts";
import type { RolloutService, ServiceRefusal } from "./rollout-service.ts";

export interface ReplayParts {
  readonly service: RolloutService;
  readonly own: OwnRollouts;
  readonly evidence: Evidence;
}

/** Errors: `not_found`, a policy that cannot be read, and `no_evidence` where no window was recorded. */
export async function replayRollout(
  { service, own, evidence }: ReplayParts,
  subject: Subject,
  id: string,
  { policy, startMs }: z.output<typeof replayBodySchema>,
): Promise<Result<ReplayAnswer, ServiceRefusal>> {
  const found = await service.detail(subject, id);
  if (!found.ok) return found;
  const fault = policyFault(policy);
  if (fault !== undefined)
    return err({ kind: "refused", code: "bad_policy", message: `${fault.field}: ${fault.message}` });
  const recorded = await evidence.read(id);
  if (recorded === undefined) {
    const message = "no window of this rollout was recorded: its traffic is not counted here, or others ran it";
    return err({ kind: "refused", code: "no_evidence", message });
  }
  const ends = recorded.histories.flatMap(({ windows }) => windows.map(({ atMs }) => atMs));
  const [firstMs, endMs] = [ends.reduce((a, b) => Math.min(a, b)), ends.reduce((a, b) => Math.max(a, b))];
  const from = startMs ?? firstMs;
  const looks: Look[] = [];
  for (const look of replayLooks(recorded.histories, policy, from)) {
    looks.push(look);
    await setImmediate();
  }
  return ok({
    ...{ mode: policy.mode, startMs: from, endMs, windows: recorded.windows, fullAtMs: recorded.fullAtMs },
    looks: looks.map((look) => ({ ...look, metrics: [...look.metrics] })),
    recorded: own.verdictsOf(id),
  });
}
