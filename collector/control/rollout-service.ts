/**
 * The one door to rollouts: who may see and do what, the audit of it, and one list over all kinds. In: a subject and what it
 * asks for; out: an answer or a refusal with its HTTP status. Nothing is acted on that was not audited, but a rollback.
 */
import { randomUUID } from "node:crypto";
import { err, ok, type Result } from "../../lib/base/result.ts";
import type { Definition } from "../../lib/control/rollout/definition.ts";
import { describeNeed, isAllowed, type Place, type Subject } from "../../lib/query/access.ts";
import { needsPerson } from "../../lib/query/rollout-attention.ts";
import type { AuditEntry } from "../../lib/query/schema/audit.ts";
import type { DefinitionList, RolloutPreviewAnswer } from "../../lib/query/schema/rollout-preview.ts";
import type { ActBody, Receipt, RolloutDetail, RolloutSummary } from "../../lib/query/schema/rollouts.ts";
import type { Clock } from "../telemetry/clock.ts";
import { failpoint } from "../telemetry/failpoint.ts";
import type { AuditLog } from "./audit-log.ts";
import type { DefinitionFile, DefinitionsFolder } from "./definitions-folder.ts";
import type { Owed } from "./journal.ts";
import type { NotOnDisk } from "./not-on-disk.ts";
import type { OwnRollouts } from "./own-rollouts.ts";
import { type Accepted, type ActRefusal, type RolloutSource, roleFor, type Unreachable } from "./rollout-source.ts";

export interface ServiceOptions {
  readonly own: OwnRollouts;
  /** Argo Rollouts and Flagger, where there are any. */
  readonly others: readonly RolloutSource[];
  readonly audit: AuditLog;
  /** What was done and could not be written yet. */
  readonly notOnDisk?: NotOnDisk;
  /** Where rollouts are written down, if anywhere. */
  readonly definitions?: DefinitionsFolder;
  readonly clock: Clock;
}

export type ServiceRefusal =
  | ActRefusal
  | { readonly kind: "forbidden"; readonly code: "forbidden"; readonly message: string };

const placeOf = ({ mesh, cluster, namespace }: Pick<RolloutSummary, "mesh" | "cluster" | "namespace">): Place => ({
  mesh,
  cluster,
  namespace,
});

function forbidden(
  subject: Subject,
  role: "viewer" | "operator" | "approver",
  place: Place | undefined,
): ServiceRefusal {
  return { kind: "forbidden", code: "forbidden", message: `${subject.name} is no ${describeNeed(role, place)}` };
}

/** What a summary says to one subject: an action that its roles do not reach is blocked, and why. */
function seenBy<T extends RolloutSummary>(subject: Subject, rollout: T): T {
  const place = placeOf(rollout);
  const lacking = rollout.actions.filter((action) => !isAllowed(subject, roleFor(action), place));
  if (lacking.length === 0) return rollout;
  const blocked = lacking.map((action) => {
    const { code, message } = forbidden(subject, roleFor(action), place);
    return [action, { code, message }] as const;
  });
  return {
    ...rollout,
    actions: rollout.actions.filter((action) => !lacking.includes(action)),
    blocked: { ...rollout.blocked, ...Object.fromEntries(blocked) },
  };
}

export class RolloutService {
  private readonly options: ServiceOptions;

  constructor(options: ServiceOptions) {
    this.options = options;
  }

  private get sources(): readonly RolloutSource[] {
    return [this.options.own, ...this.options.others];
  }

  /** What was done and is in memory alone; null: nothing. */
  get notOnDisk(): Owed | null {
    return this.options.notOnDisk?.now ?? null;
  }

  /** What the subject may see; those that wait first, then by name. */
  async list(
    subject: Subject,
  ): Promise<{ readonly rollouts: readonly RolloutSummary[]; readonly unreachable: readonly Unreachable[] }> {
    const lists = await Promise.all(this.sources.map((source) => source.list()));
    const waits = (rollout: RolloutSummary): number => (needsPerson(rollout) ? 0 : 1);
    return {
      rollouts: lists
        .flatMap(({ rollouts }) => rollouts)
        .filter((rollout) => isAllowed(subject, "viewer", placeOf(rollout)))
        .map((rollout) => seenBy(subject, rollout))
        .sort((a, b) => waits(a) - waits(b) || a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1)),
      unreachable: lists.flatMap(({ unreachable }) => unreachable),
    };
  }

  async detail(subject: Subject, id: string): Promise<Result<RolloutDetail, ServiceRefusal>> {
    for (const source of this.sources) {
      const detail = await source.detail(id);
      if (detail === undefined) continue;
      if ("target" in detail) {
        const { target, code, message } = detail;
        return err({ kind: "unavailable", code, message: `${target}: ${message}` });
      }
      if (!isAllowed(subject, "viewer", placeOf(detail))) break;
      return ok(seenBy(subject, detail));
    }
    return err({ kind: "not_found", code: "rollout_not_found", message: `there is no rollout ${id}` });
  }

  /**
   * Takes an intent. Errors: `forbidden`, `not_found`, `conflict`, `refused`, `unavailable`. `isExact`: the way back as well
   * is for its revision alone.
   */
  async act(subject: Subject, id: string, body: ActBody, isExact = false): Promise<Result<Receipt, ServiceRefusal>> {
    const found = await this.detail(subject, id);
    if (!found.ok) return found;
    const rollout = found.value;
    const role = roleFor(body.action);
    if (!isAllowed(subject, role, placeOf(rollout))) return err(forbidden(subject, role, placeOf(rollout)));
    const entry = this.entry(subject, rollout, body);
    const written = await this.options.audit.write(entry);
    const isWayBack = body.action === "abort" || body.action === "rollback";
    if (!written.ok && !isWayBack) {
      const message = "the audit cannot be written, so nothing but a rollback is done";
      return err({ kind: "unavailable", code: "audit_unavailable", message, current: rollout });
    }
    if (!written.ok) this.options.audit.remember(entry);
    const act = { action: body.action, actor: subject.name, reason: body.reason, intentId: body.intentId };
    failpoint("before-act");
    const taken = await this.take(id, act, body.expectedRevision, isExact);
    failpoint("after-act");
    if (taken === undefined)
      return err({ kind: "not_found", code: "rollout_not_found", message: `there is no rollout ${id}` });
    const later = taken.ok ? undefined : taken.error.later;
    // Open in the audit until its answer comes.
    if (later === undefined) await this.note({ ...entry, outcome: outcomeOf(taken) });
    else void this.noteLater(entry, later);
    if (!taken.ok) return err(withBreakGlass(taken.error, rollout));
    const { atMs, repeated } = taken.value;
    const receipt = { rollout: id, action: body.action, intentId: body.intentId, actor: subject.name };
    return ok({ ...receipt, atMs, audit: entry.id, repeated });
  }

  private async noteLater(entry: AuditEntry, later: NonNullable<ActRefusal["later"]>): Promise<void> {
    const answer = await later.catch(() => undefined);
    if (answer !== undefined) await this.note({ ...entry, outcome: outcomeOf(answer) });
  }

  private async take(...intent: Parameters<RolloutSource["act"]>) {
    for (const source of this.sources) {
      const taken = await source.act(...intent);
      if (taken !== undefined) return taken;
    }
    return undefined;
  }

  private entry(
    subject: Subject,
    rollout: RolloutDetail,
    { action, reason, intentId, expectedRevision }: ActBody,
  ): AuditEntry {
    const preview = rollout.previews.find((one) => one.action === action);
    const shares = (pick: (change: { before: string; after: string }) => string): string | null =>
      preview === undefined ? null : preview.changes.map((change) => `${change.path}: ${pick(change)}`).join("; ");
    return {
      id: randomUUID(),
      atMs: this.options.clock.nowMs(),
      actor: subject.name,
      ...{ action, reason, intentId, revision: expectedRevision },
      ...{ mesh: rollout.mesh, cluster: rollout.cluster, namespace: rollout.namespace },
      object: rollout.routes.map(({ object }) => object).join(", "),
      rollout: rollout.id,
      outcome: "pending",
      before: shares(({ before }) => before),
      after: shares(({ after }) => after),
      evidence: evidenceOf(rollout),
    };
  }

  private async note(entry: AuditEntry): Promise<void> {
    const written = await this.options.audit.write(entry);
    if (!written.ok) this.options.audit.remember(entry);
  }

  /** Starts a rollout of our own; whoever starts it is its operator in every place that it moves. */
  async create(subject: Subject, definition: Definition): Promise<Result<RolloutSummary, ServiceRefusal>> {
    const { own, audit, clock } = this.options;
    for (const place of own.placesOf(definition)) {
      if (!isAllowed(subject, "operator", place)) return err(forbidden(subject, "operator", place));
    }
    const [first] = definition.routes;
    const place = own.placesOf(definition)[0];
    const entry: AuditEntry = {
      ...{ id: randomUUID(), atMs: clock.nowMs(), actor: subject.name, action: "start", reason: definition.name },
      ...{ mesh: place?.mesh ?? null, cluster: first?.target.cluster ?? "", namespace: first?.target.namespace ?? "" },
      object: definition.routes.map(({ target }) => `${target.namespace}/${target.name}`).join(", "),
      ...{ rollout: definition.id, intentId: randomUUID(), revision: "", outcome: "pending" },
      ...{ before: null, after: JSON.stringify(definition.steps), evidence: null },
    };
    const written = await audit.write(entry);
    if (!written.ok) return err({ kind: "unavailable", code: "audit_unavailable", message: written.error.message });
    const made = await own.create(definition);
    await this.note({ ...entry, outcome: made.ok ? "applied" : refusalOutcome(made.error) });
    return made.ok ? ok(seenBy(subject, made.value)) : made;
  }

  /** What a definition would do: for whoever may start it, and nothing is kept of it. */
  async preview(subject: Subject, definition: Definition): Promise<Result<RolloutPreviewAnswer, ServiceRefusal>> {
    const { own } = this.options;
    for (const place of own.placesOf(definition)) {
      if (!isAllowed(subject, "operator", place)) return err(forbidden(subject, "operator", place));
    }
    return ok(await own.preview(definition));
  }

  /** What is written down in the folder and may be started by the subject, and all that is wrong there. */
  definitions(subject: Subject): DefinitionList {
    const { own, definitions } = this.options;
    const { files, faults } = definitions?.now ?? { files: [], faults: [] };
    const mayStart = ({ definition }: DefinitionFile): boolean =>
      own.placesOf(definition).every((place) => isAllowed(subject, "operator", place));
    return {
      definitions: files.filter(mayStart).map(({ file, definition }) => ({
        ...{ file, id: definition.id, name: definition.name, started: own.has(definition.id) },
        after: [...(definition.after ?? [])],
      })),
      errors: faults.map((fault) => ({ ...fault })),
    };
  }

  /** One of the folder; it is checked like any other when it is started. */
  definition(id: string): Result<Definition, ServiceRefusal> {
    const found = this.options.definitions?.now.files.find(({ definition }) => definition.id === id);
    if (found !== undefined) return ok(found.definition);
    return err({ kind: "not_found", code: "definition_not_found", message: `no file of the folder defines ${id}` });
  }

  /** The audit is left open: who else writes to it may not be through. */
  async close(): Promise<void> {
    await Promise.all(this.sources.map((source) => source.close()));
  }
}

function outcomeOf(taken: Result<Accepted, ActRefusal>): AuditEntry["outcome"] {
  if (!taken.ok) return refusalOutcome(taken.error);
  return taken.value.repeated ? "noop" : "applied";
}

function refusalOutcome({ kind }: ActRefusal): AuditEntry["outcome"] {
  if (kind === "conflict") return "conflict";
  return kind === "unavailable" ? "unavailable" : "refused";
}

/** What the person saw when the act was decided on. */
function evidenceOf({ verdict, shift, observed, metrics }: RolloutDetail): string {
  const ratios = metrics.map(({ name, ratio }) => `${name} ${ratio.low}–${ratio.high ?? "∞"}`);
  const share = observed === null ? "" : `, observed ${(observed * 100).toFixed(1)} %`;
  return `verdict ${verdict ?? "none"}, counters ${shift ?? "none"}${share}${ratios.length === 0 ? "" : `; ${ratios.join(", ")}`}`;
}

/** Where nobody can be asked, the commands that do the way back by hand. */
function withBreakGlass(refusal: ActRefusal, rollout: RolloutDetail): ActRefusal {
  if (refusal.kind !== "unavailable" || refusal.breakGlass !== undefined) return refusal;
  const commands = rollout.previews.filter(({ action }) => action === "rollback").map(({ breakGlass }) => breakGlass);
  return { ...refusal, breakGlass: commands };
}
