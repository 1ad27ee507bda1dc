/**
 * Approval links. A token of 256 random bits is shown once and kept as its SHA-256 alone; it holds for one action on one
 * revision of one rollout, once, for 15 minutes at most. In: who makes one, or a token; out: what it would do, or what
 * became of it. It is marked as used, durably, before it acts: a link that was pressed is gone, whatever came of it.
 */
import { createHash, randomBytes, randomUUID, timingSafeEqual } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import { err, ok, type Result } from "../../lib/base/result.ts";
import { isAllowed, type Subject } from "../../lib/query/access.ts";
import type { ApprovalAnswer, approvalBodySchema, MadeApproval } from "../../lib/query/schema/approvals.ts";
import { actionSchema, type Receipt, type RolloutDetail } from "../../lib/query/schema/rollouts.ts";
import type { Clock } from "../telemetry/clock.ts";
import { Journal, type JournalFault } from "./journal.ts";
import type { RolloutService, ServiceRefusal } from "./rollout-service.ts";

const madeSchema = z.object({
  type: z.literal("made"),
  id: z.string(),
  sha256: z.string(),
  rollout: z.string(),
  revision: z.string(),
  action: actionSchema,
  madeBy: z.string(),
  expiresMs: z.number(),
});
const entrySchema = z.union([madeSchema, z.object({ type: z.literal("used"), id: z.string(), atMs: z.number() })]);
type Made = z.infer<typeof madeSchema>;
export type ApprovalBody = z.output<typeof approvalBodySchema>;

export type ApprovalRefusal =
  | ServiceRefusal
  | { readonly kind: "gone"; readonly code: "approval_used" | "approval_expired"; readonly message: string };

/** Links that wait at once: more say that something makes them without end. */
const MOST_OPEN = 1000;
/** What is over is told apart from what never was for so long, ms. */
const REMEMBERED_MS = 24 * 3_600_000;

const digestOf = (token: string): Buffer => createHash("sha256").update(token, "utf8").digest();

export interface ApprovalsOptions {
  readonly folder: string;
  readonly service: RolloutService;
  readonly clock: Clock;
  /** Where this console is reached, without a slash at the end; null: links have no page. */
  readonly publicUrl: string | null;
}

export class Approvals {
  private readonly options: ApprovalsOptions;
  private readonly journal: Journal;
  private readonly made = new Map<string, Made>();
  private readonly used = new Set<string>();

  private constructor(options: ApprovalsOptions, journal: Journal) {
    this.options = options;
    this.journal = journal;
  }

  static async open(options: ApprovalsOptions): Promise<Result<Approvals, JournalFault>> {
    const journal = await Journal.open(join(options.folder, "approvals.jsonl"));
    if (!journal.ok) return journal;
    const approvals = new Approvals(options, journal.value.journal);
    for (const value of journal.value.entries) {
      const entry = entrySchema.safeParse(value);
      if (!entry.success) continue;
      if (entry.data.type === "made") approvals.made.set(entry.data.id, entry.data);
      else approvals.used.add(entry.data.id);
    }
    approvals.forget();
    return ok(approvals);
  }

  private forget(): void {
    const before = this.options.clock.nowMs() - REMEMBERED_MS;
    for (const [id, { expiresMs }] of this.made) {
      if (expiresMs >= before) continue;
      this.made.delete(id);
      this.used.delete(id);
    }
  }

  /** Makes a link. Errors: as of the service, and `forbidden` for who is no approver of the rollout's place. */
  async make(subject: Subject, id: string, body: ApprovalBody): Promise<Result<MadeApproval, ApprovalRefusal>> {
    const found = await this.options.service.detail(subject, id);
    if (!found.ok) return found;
    const { mesh, cluster, namespace, revision, blocked } = found.value;
    if (!isAllowed(subject, "approver", { mesh, cluster, namespace })) {
      const message = `${subject.name} is no approver in ${mesh}, cluster ${cluster}, namespace ${namespace}`;
      return err({ kind: "forbidden", code: "forbidden", message });
    }
    if (revision !== body.expectedRevision)
      return err({ kind: "conflict", code: "conflict", message: "it changed since you looked", current: found.value });
    const cause = blocked[body.action];
    if (cause !== undefined) return err({ kind: "refused", ...cause });
    return this.makeFor(subject.name, found.value, body);
  }

  /** For a subject whose authority was checked, or is the configuration's own. */
  async makeFor(
    madeBy: string,
    { id: rollout, revision }: Pick<RolloutDetail, "id" | "revision">,
    { action, ttlSec }: Pick<ApprovalBody, "action" | "ttlSec">,
  ): Promise<Result<MadeApproval, ApprovalRefusal>> {
    this.forget();
    const nowMs = this.options.clock.nowMs();
    const open = [...this.made.values()].filter(({ id, expiresMs }) => expiresMs > nowMs && !this.used.has(id));
    if (open.length >= MOST_OPEN)
      return err({ kind: "unavailable", code: "too_many_approvals", message: `${MOST_OPEN} links wait already` });
    const token = randomBytes(32).toString("base64url");
    const [id, expiresMs] = [randomUUID(), nowMs + ttlSec * 1000];
    const sha256 = digestOf(token).toString("hex");
    const entry: Made = { type: "made", id, sha256, rollout, revision, action, madeBy, expiresMs };
    try {
      await this.journal.append(entry);
    } catch (error) {
      return err({ kind: "unavailable", code: "not_durable", message: String(error) });
    }
    this.made.set(id, entry);
    const { publicUrl } = this.options;
    // Behind the fragment: it reaches no server's log and no referrer before the page uses it.
    return ok({ id, token, url: publicUrl === null ? null : `${publicUrl}/approve#${token}`, expiresMs });
  }

  /** Compared with every link that is known, each in constant time. */
  private find(token: string): Result<Made, ApprovalRefusal> {
    const digest = digestOf(token);
    let found: Made | undefined;
    for (const made of this.made.values()) {
      if (timingSafeEqual(Buffer.from(made.sha256, "hex"), digest)) found = made;
    }
    if (found === undefined)
      return err({ kind: "not_found", code: "approval_unknown", message: "there is no such approval link" });
    if (this.used.has(found.id))
      return err({ kind: "gone", code: "approval_used", message: "this link was used already: it holds once" });
    if (found.expiresMs <= this.options.clock.nowMs())
      return err({ kind: "gone", code: "approval_expired", message: "this link has expired: ask for another" });
    return ok(found);
  }

  private async holder(made: Made): Promise<Result<{ subject: Subject; detail: RolloutDetail }, ApprovalRefusal>> {
    const all: Subject = { name: `approval-link of ${made.madeBy}`, grants: [{ role: "approver" }] };
    const found = await this.options.service.detail(all, made.rollout);
    if (!found.ok) return found;
    const { mesh, cluster, namespace } = found.value;
    return ok({
      subject: { name: all.name, grants: [{ role: "approver", mesh, cluster, namespace }] },
      detail: found.value,
    });
  }

  /** What a link would do; nothing is done, and nothing used up. */
  async look(token: string): Promise<Result<ApprovalAnswer, ApprovalRefusal>> {
    const made = this.find(token);
    if (!made.ok) return made;
    const held = await this.holder(made.value);
    if (!held.ok) return held;
    const { action, madeBy, expiresMs, revision, rollout } = made.value;
    const { name, mesh, cluster, namespace, service, step, previews, blocked, ...detail } = held.value.detail;
    const { desired, observed, shift, verdict, reverters } = detail;
    return ok({
      ...{ rollout, name, mesh, cluster, namespace, service, action, madeBy, expiresMs },
      ...{ step: step.text, desired, observed, shift, verdict, reverters },
      isCurrent: detail.revision === revision,
      blocked: blocked[action]?.message ?? null,
      preview: previews.find((one) => one.action === action) ?? null,
    });
  }

  /** Does what the link is for, once. Errors: `gone` for one that was used or is too old, and all of an act's own. */
  async use(token: string, reason: string): Promise<Result<Receipt, ApprovalRefusal>> {
    const made = this.find(token);
    if (!made.ok) return made;
    const { id, rollout, revision, action } = made.value;
    // Before anything is waited for: of two presses at once the second finds it used.
    this.used.add(id);
    const held = await this.holder(made.value);
    if (!held.ok) return held;
    try {
      await this.journal.append({ type: "used", id, atMs: this.options.clock.nowMs() });
    } catch (error) {
      this.used.delete(id);
      return err({ kind: "unavailable", code: "not_durable", message: String(error) });
    }
    const why = reason === "" ? "by an approval link" : `${reason} (by an approval link)`;
    const body = { action, expectedRevision: revision, intentId: id, reason: why };
    // The way back is taken from any revision; a link holds for its own alone.
    return this.options.service.act(held.value.subject, rollout, body, true);
  }

  async close(): Promise<void> {
    await this.journal.close();
  }
}
