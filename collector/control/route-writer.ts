/**
 * One write of a rollout: read, compare with what was acknowledged, plan, check, audit, send, note the outcome. A refusal
 * is noted as well, so that the log says why a rollout stands. Nothing is sent twice, and nothing that was not planned from
 * what was just read.
 */
import type { RouteRef } from "../../lib/control/rollout/definition.ts";
import type { Command } from "../../lib/control/rollout/machine.ts";
import type { ApplyResult, Plan, TrafficState } from "../../lib/control/traffic/contract.ts";
import { type Course, canaryBp, planFor, type Refusal } from "./rollout-world.ts";

type Write = Extract<Command, { kind: "write" }>;

export class RouteWriter {
  private readonly course: Course;

  constructor(course: Course) {
    this.course = course;
  }

  async write(command: Write): Promise<number> {
    const { route: id, canaryBp: wanted, intentId } = command;
    const isRollback = this.course.state.phase === "rollingBack";
    const { ref, state } = this.course.route(id);
    const read = await this.course.read(ref);
    if (!read.ok) return this.refuse(id, command, read.error);
    const readBp = canaryBp(read.value, ref);
    if (readBp === wanted) return this.found(id, command, read.value);
    if (!isRollback && readBp !== null && readBp !== state.shareBp) {
      await this.course.noticeForeign(id, read.value);
      return 0;
    }
    const planned = planFor(read.value, ref, wanted, intentId);
    if (!planned.ok) return this.refuse(id, command, planned.error);
    const blocked = await this.preflight(ref, read.value, planned.value, isRollback);
    if (blocked !== undefined) return this.refuse(id, command, blocked);
    return this.send(command, planned.value, isRollback);
  }

  /** The route has the share already: nothing is written. */
  private async found(
    id: string,
    { intentId, canaryBp: wanted }: { intentId: string; canaryBp: number },
    state: TrafficState,
  ) {
    const atMs = this.course.world.clock.nowMs();
    await this.course.note({ type: "writeIntended", atMs, route: id, intentId, canaryBp: wanted });
    await this.course.note({ type: "writeAcknowledged", atMs, route: id, intentId, revision: state.revision });
    return 0;
  }

  private async refuse(
    id: string,
    { intentId, canaryBp: wanted }: { intentId: string; canaryBp: number },
    { code, message }: Refusal,
  ) {
    const atMs = this.course.world.clock.nowMs();
    await this.course.note({ type: "writeIntended", atMs, route: id, intentId, canaryBp: wanted });
    await this.course.note({ type: "writeRefused", atMs, route: id, intentId, code, message });
    return 0;
  }

  /** What must hold before a weight is written; a rollback asks for less: a stable version that is ready. */
  private async preflight(
    ref: RouteRef,
    state: TrafficState,
    plan: Plan,
    isRollback: boolean,
  ): Promise<Refusal | undefined> {
    const api = this.course.world.api(ref);
    const facts = await api?.backends(state, ref.routeKey);
    if (facts?.ok === true) {
      const weighted = plan.changes.filter(({ toBp }) => toBp > 0).map(({ backend }) => backend);
      const asked = isRollback ? [ref.stable] : [...new Set([...weighted, ref.stable, ref.canary])];
      for (const fact of facts.value.filter(({ id }) => asked.includes(id))) {
        if (fact.exists === false) return { code: "backend_missing", message: `${fact.id} does not exist in the mesh` };
        if (fact.readyEndpoints === 0 && (isRollback || weighted.includes(fact.id)))
          return { code: "no_ready_endpoint", message: `${fact.id} has no ready endpoint` };
      }
    }
    if (isRollback) return undefined;
    const dry = await api?.dryRun(plan);
    return dry?.ok === false ? dry.error : undefined;
  }

  private async send({ route: id, canaryBp: wanted, intentId }: Write, plan: Plan, isRollback: boolean) {
    const { ref } = this.course.route(id);
    const record = { rollout: this.course.state.definition.id, route: ref, intentId, plan, isRollback };
    const isAudited = await this.course.world.audit({ ...record, outcome: "pending" });
    if (!isAudited && !isRollback)
      return this.refuse(
        id,
        { intentId, canaryBp: wanted },
        { code: "audit_unavailable", message: "the audit cannot be written" },
      );
    await this.course.note({
      type: "writeIntended",
      atMs: this.course.world.clock.nowMs(),
      route: id,
      intentId,
      canaryBp: wanted,
    });
    const api = this.course.world.api(ref);
    const result: ApplyResult = (await api?.apply(plan, intentId)) ?? {
      kind: "unavailable",
      message: "no control plane",
    };
    await this.settle(id, intentId, result);
    await this.course.world.audit({ ...record, outcome: result.kind });
    return 0;
  }

  private async settle(id: string, intentId: string, result: ApplyResult): Promise<void> {
    const at = { atMs: this.course.world.clock.nowMs(), route: id, intentId };
    switch (result.kind) {
      case "applied":
        return this.course.note({ type: "writeAcknowledged", ...at, revision: result.after.revision });
      case "noop":
        return this.course.note({ type: "writeAcknowledged", ...at, revision: result.current.revision });
      case "unknown":
        // Stays pending: the next command looks it up.
        return undefined;
      case "conflict":
        return this.course.note({
          type: "writeRefused",
          ...at,
          code: "conflict",
          message: "somebody else changed the route first",
        });
      default:
        return this.course.note({ type: "writeRefused", ...at, code: result.kind, message: result.message });
    }
  }
}
