/**
 * The outcome of writes that were sent, or may have been: by what the routes say now. In: the writes that the log has no
 * outcome for; out: an outcome for each whose route can be read. One that is not there did not arrive, and may be sent
 * again; what an earlier process sent is audited with its outcome here.
 */
import type { Command } from "../../lib/control/rollout/command.ts";
import { canaryBp, hasRule } from "../../lib/control/rollout/planned.ts";
import type { Course } from "./rollout-world.ts";

type Write = Extract<Command, { kind: "lookUp" }>["writes"][number];

/** Null where the route cannot be read now. */
async function outcomeOf(course: Course, write: Write): Promise<{ isOurs: boolean; revision: string } | null> {
  const { ref, state } = course.route(write.route);
  const documents = write.rule === null ? await course.read(ref) : await course.documents(ref);
  if (!documents.ok) return null;
  const holder = "split" in documents.value ? documents.value.rules : documents.value;
  const isSo =
    "split" in documents.value && write.rule !== null
      ? hasRule(documents.value, ref, write.rule, state.match)
      : !("split" in documents.value) && canaryBp(documents.value, ref) === write.canaryBp;
  const isOurs = holder.intentId === write.intentId || (holder.intentId === null && isSo);
  return { isOurs, revision: holder.revision };
}

/** Whether any of them has an outcome now. */
export async function lookUpWrites(course: Course, writes: readonly Write[]): Promise<boolean> {
  let isAny = false;
  for (const write of writes) {
    const { route, intentId } = write;
    const outcome = await outcomeOf(course, write);
    if (outcome === null) continue;
    isAny = true;
    const at = { atMs: course.world.clock.nowMs(), route, intentId };
    if (outcome.isOurs) {
      await course.note({ type: "writeAcknowledged", ...at, revision: outcome.revision });
    } else {
      const message = "the write was not found on the route: it did not arrive";
      await course.note({ type: "writeRefused", ...at, code: "not_written", message });
    }
    await course.world.settled?.(intentId, outcome.isOurs ? "applied" : "unavailable");
  }
  return isAny;
}
