/**
 * What runs behind a canary while it is released: approvals are bound to it. In: what the control plane says of the
 * backends; out: entries of the log. Another revision voids what was approved; a canary that has traffic and no ready
 * endpoint for two looks counts as another one too, until the approved one is back.
 */
import type { RouteRef } from "../../lib/control/rollout/definition.ts";
import { type ReadyFacts, workloadOf } from "../../lib/control/rollout/preflight.ts";
import type { Course } from "./rollout-world.ts";

/** Between two looks at a route's endpoints, ms: often enough for a release, seldom enough for a control plane. */
const LOOK_MS = 10_000;
const NOTHING = "nothing that is ready";

export class WorkloadWatch {
  private readonly course: Course;
  private readonly lookedMs = new Map<string, number>();
  /** Looks in a row at which a route's canary had no ready endpoint. */
  private readonly empty = new Map<string, number>();

  constructor(course: Course) {
    this.course = course;
  }

  async look(): Promise<void> {
    for (const ref of this.course.state.definition.routes) await this.lookAt(ref);
  }

  private async lookAt(ref: RouteRef): Promise<void> {
    const { world, lastSeen } = this.course;
    const nowMs = world.clock.nowMs();
    const split = lastSeen.get(ref.id);
    if (split === undefined || nowMs - (this.lookedMs.get(ref.id) ?? -LOOK_MS) < LOOK_MS) return;
    this.lookedMs.set(ref.id, nowMs);
    const facts = await world.api(ref)?.backends(split, ref.routeKey);
    if (facts?.ok !== true) return;
    const canary = facts.value.find(({ id }) => id === ref.canary);
    if (canary?.readyEndpoints !== 0) {
      this.empty.delete(ref.id);
      await noticeWorkload(this.course, ref, facts.value);
      return;
    }
    const looks = (this.empty.get(ref.id) ?? 0) + 1;
    this.empty.set(ref.id, looks);
    const { state } = this.course.route(ref.id);
    const isServing = state.shareBp > 0 || state.match !== null;
    if (looks >= 2 && isServing && state.moved?.revision !== NOTHING)
      await this.course.note({ type: "workloadChanged", atMs: nowMs, route: ref.id, revision: NOTHING });
  }
}

/** Whether another revision runs there than the one that was seen first; notes it, and the first one. */
export async function noticeWorkload(course: Course, ref: RouteRef, facts: readonly ReadyFacts[]): Promise<boolean> {
  const canary = facts.find(({ id }) => id === ref.canary);
  const revision = canary === undefined ? null : workloadOf(canary);
  const { state } = course.route(ref.id);
  if (revision === null) return false;
  const atMs = course.world.clock.nowMs();
  if (state.workload === null || (state.moved !== null && state.workload === revision))
    await course.note({ type: "workloadSeen", atMs, route: ref.id, revision });
  else if (state.workload !== revision && state.moved?.revision !== revision)
    await course.note({ type: "workloadChanged", atMs, route: ref.id, revision });
  return state.workload !== null && state.workload !== revision;
}
