/**
 * What is to be sent, kept until it was: a log of notices queued and sent for each target, rewritten when it is opened. In:
 * notices; out: the oldest that is due of each target. At least once: a notice whose answer was lost is sent again with the
 * same id. A target keeps so many and no more: the oldest goes first, and is counted.
 */
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { ok, type Result } from "../../lib/base/result.ts";
import type { Notice } from "../../lib/control/present/notification.ts";
import { NOTIFIED_EVENTS } from "../../lib/query/schema/notifications.ts";
import { rolloutSummarySchema } from "../../lib/query/schema/rollouts.ts";
import { Journal, type JournalFault } from "./journal.ts";

const { shape } = rolloutSummarySchema;
const noticeSchema = z.object({
  id: z.string(),
  event: z.enum(NOTIFIED_EVENTS),
  atMs: z.number(),
  rollout: z.object({
    ...{ id: shape.id, name: shape.name, mesh: shape.mesh, cluster: shape.cluster, namespace: shape.namespace },
    ...{ service: shape.service, state: shape.state, revision: shape.revision, desired: shape.desired },
    ...{ observed: shape.observed, verdict: shape.verdict, step: z.string() },
  }),
});
const entrySchema = z.union([
  z.object({ type: z.literal("queued"), target: z.string(), notice: noticeSchema }),
  z.object({ type: z.literal("done"), target: z.string(), id: z.string() }),
  /** What was known of a rollout: its last event was noticed. */
  z.object({ type: z.literal("seen"), rollout: z.string(), key: z.string() }),
]);

export const MOST_PENDING = 1000;

export class Outbox {
  private readonly journal: Journal;
  /** By target, oldest first. */
  private readonly pending: Map<string, Notice[]>;
  private readonly seen: Map<string, string>;

  private constructor(journal: Journal, pending: Map<string, Notice[]>, seen: Map<string, string>) {
    this.journal = journal;
    this.pending = pending;
    this.seen = seen;
  }

  static async open(folder: string): Promise<Result<Outbox, JournalFault>> {
    const path = join(folder, "outbox.jsonl");
    await mkdir(folder, { recursive: true });
    const before = await Journal.open(path);
    if (!before.ok) return before;
    await before.value.journal.close();
    const pending = new Map<string, Notice[]>();
    const seen = new Map<string, string>();
    for (const value of before.value.entries) {
      const entry = entrySchema.safeParse(value);
      if (!entry.success) continue;
      const { data } = entry;
      if (data.type === "seen") seen.set(data.rollout, data.key);
      else if (data.type === "queued") pending.set(data.target, [...(pending.get(data.target) ?? []), data.notice]);
      else
        pending.set(
          data.target,
          (pending.get(data.target) ?? []).filter(({ id }) => id !== data.id),
        );
    }
    const kept = [
      ...[...seen].map(([rollout, key]) => ({ type: "seen", rollout, key })),
      ...[...pending].flatMap(([target, notices]) => notices.map((notice) => ({ type: "queued", target, notice }))),
    ];
    await writeFile(`${path}.new`, kept.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
    await rename(`${path}.new`, path);
    const journal = await Journal.open(path);
    return journal.ok ? ok(new Outbox(journal.value.journal, pending, seen)) : journal;
  }

  keyOf(rollout: string): string | undefined {
    return this.seen.get(rollout);
  }

  async note(rollout: string, key: string): Promise<void> {
    await this.journal.append({ type: "seen", rollout, key });
    this.seen.set(rollout, key);
  }

  /** How many had to go so that it fits. */
  async queue(target: string, notice: Notice): Promise<number> {
    const waiting = this.pending.get(target) ?? [];
    if (waiting.some(({ id }) => id === notice.id)) return 0;
    await this.journal.append({ type: "queued", target, notice });
    waiting.push(notice);
    this.pending.set(target, waiting);
    let lost = 0;
    for (; waiting.length > MOST_PENDING; lost++) await this.done(target, waiting[0]?.id ?? "");
    return lost;
  }

  next(target: string): Notice | undefined {
    return this.pending.get(target)?.[0];
  }

  waiting(target: string): number {
    return this.pending.get(target)?.length ?? 0;
  }

  async done(target: string, id: string): Promise<void> {
    await this.journal.append({ type: "done", target, id });
    const waiting = this.pending.get(target) ?? [];
    const at = waiting.findIndex((notice) => notice.id === id);
    if (at >= 0) waiting.splice(at, 1);
  }

  close(): Promise<void> {
    return this.journal.close();
  }
}
