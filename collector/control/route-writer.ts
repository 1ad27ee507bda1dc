/**
 * One write of a rollout: read, compare with what was acknowledged, plan, check, audit, send, note the outcome. A refusal
 * is noted as well, so that the log says why a rollout stands. Nothing is sent twice, and nothing that was not planned from
 * what was just read.
 */
import type { Command } from "../../lib/control/rollout/command.ts";
import type { RouteRef } from "../../lib/control/rollout/definition.ts";
import { canaryBp, planFor, planRule, type RouteDocuments } from "../../lib/control/rollout/planned.ts";
import { mirrorFindings, preflightOf } from "../../lib/control/rollout/preflight.ts";
import type { ApplyResult, Plan, TrafficState } from "../../lib/control/traffic/contract.ts";
import { failpoint } from "../telemetry/failpoint.ts";
import type { Course, Refusal } from "./rollout-world.ts";
import { noticeWorkload } from "./workloads.ts";

type Write = Extract<Command, { kind: "write" }>;

export class RouteWriter {
  private readonly course: Course;

  constructor(course: Course) {
    this.course = course;
  }

  async write(command: Write): Promise<number> {
    return command.rule === undefined ? this.writeShare(command) : this.writeRule(command, command.rule);
  }

  private get isRollback(): boolean {
    return this.course.state.phase === "rollingBack";
  }

  private async writeShare(command: Write): Promise<number> {
    const { route: id, canaryBp: wanted, intentId } = command;
    const { ref, state } = this.course.route(id);
    const read = await this.course.read(ref);
    if (!read.ok) return this.refuse(command, read.error);
    const readBp = canaryBp(read.value, ref);
    if (readBp === wanted) return this.found(command, read.value);
    if (!this.isRollback && readBp !== null && readBp !== state.shareBp) {
      await this.course.noticeForeign(id, read.value);
      return 0;
    }
    const planned = planFor(read.value, ref, wanted, intentId);
    if (!planned.ok) return this.refuse(command, planned.error);
    return this.checkAndSend(command, read.value, planned.value);
  }

  private async writeRule(command: Write, rule: NonNullable<Write["rule"]>): Promise<number> {
    const { ref, state } = this.course.route(command.route);
    const documents = await this.course.documents(ref);
    if (!documents.ok) return this.refuse(command, documents.error);
    const planned = planRule(documents.value, ref, rule, state.match, command.intentId);
    if (!planned.ok && planned.error.code === "no_change") return this.found(command, documents.value.rules);
    if (!planned.ok) return this.refuse(command, planned.error);
    const unwise = this.isRollback ? undefined : this.mirrorRefusal(documents.value, ref);
    if (rule.kind === "mirror" && unwise !== undefined) return this.refuse(command, unwise);
    return this.checkAndSend(command, documents.value.split, planned.value);
  }

  private mirrorRefusal({ split }: RouteDocuments, ref: RouteRef): Refusal | undefined {
    const { definition, step: index } = this.course.state;
    const step = definition.steps.slice(0, index + 1).findLast(({ kind }) => kind === "mirror");
    if (step?.kind !== "mirror") return undefined;
    return mirrorFindings(split, ref, step, this.course.world.meshOf?.(ref) ?? "")[0];
  }

  private async checkAndSend(command: Write, split: TrafficState, plan: Plan): Promise<number> {
    const { ref } = this.course.route(command.route);
    const blocked = await this.preflight(ref, split, plan);
    if (blocked === "workload") return 0;
    if (blocked !== undefined) return this.refuse(command, blocked);
    return this.send(command, plan);
  }

  /** The route has it already: nothing is written. */
  private async found(command: Write, { revision }: TrafficState): Promise<number> {
    const atMs = this.course.world.clock.nowMs();
    await this.intend(command);
    const { route, intentId } = command;
    await this.course.note({ type: "writeAcknowledged", atMs, route, intentId, revision });
    return 0;
  }

  private async intend({ route, intentId, canaryBp: wanted, rule }: Write): Promise<void> {
    const more = rule === undefined ? {} : { rule };
    const atMs = this.course.world.clock.nowMs();
    await this.course.note({ type: "writeIntended", atMs, route, intentId, canaryBp: wanted, ...more });
  }

  private async refuse(command: Write, { code, message }: Refusal): Promise<number> {
    const { route, intentId } = command;
    await this.intend(command);
    await this.course.note({
      type: "writeRefused",
      atMs: this.course.world.clock.nowMs(),
      route,
      intentId,
      code,
      message,
    });
    return 0;
  }

  /** `workload`: another revision runs there than the one that was approved, which is noted. */
  private async preflight(ref: RouteRef, state: TrafficState, plan: Plan): Promise<Refusal | "workload" | undefined> {
    const api = this.course.world.api(ref);
    const facts = await api?.backends(state, ref.routeKey);
    if (facts?.ok === false && !this.isRollback && facts.error.code === "unavailable") return facts.error;
    if (facts?.ok === true) {
      const problem = preflightOf(facts.value, ref, plan, this.isRollback)[0];
      if (problem !== undefined) return problem;
      if (!this.isRollback && (await noticeWorkload(this.course, ref, facts.value))) return "workload";
    }
    if (this.isRollback) return undefined;
    const dry = await api?.dryRun(plan);
    return dry?.ok === false ? dry.error : undefined;
  }

  private async send(command: Write, plan: Plan): Promise<number> {
    const { route: id, intentId } = command;
    const { ref } = this.course.route(id);
    const { isRollback } = this;
    const record = { rollout: this.course.state.definition.id, route: ref, intentId, plan, isRollback };
    const isAudited = await this.course.world.audit({ ...record, outcome: "pending" });
    if (!isAudited && !isRollback)
      return this.refuse(command, { code: "audit_unavailable", message: "the audit cannot be written" });
    await this.intend(command);
    const api = this.course.world.api(ref);
    failpoint("before-mesh-write");
    const result: ApplyResult = (await api?.apply(plan, intentId)) ?? {
      kind: "unavailable",
      message: "no control plane",
    };
    failpoint("after-mesh-write");
    await this.settle(id, intentId, result);
    await this.course.world.audit({ ...record, outcome: result.kind });
    return 0;
  }

  private async settle(id: string, intentId: string, result: ApplyResult): Promise<void> {
    const at = { atMs: this.course.world.clock.nowMs(), route: id, intentId };
    switch (result.kind) {
      case "applied":
        this.course.saw(id, result.after);
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
