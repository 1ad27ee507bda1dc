/**
 * What people asked owners to do, and what came of it: durable before anything is sent, and again with its outcome. In:
 * intents; out: the first result of an intent that is asked again, what each owned rollout was asked, and what was seen of
 * reverts. A crash between the two leaves an intent without an outcome: whoever asks it again has it looked up, not re-sent.
 */
import { z } from "zod";
import { err, ok, type Result } from "../../lib/base/result.ts";
import { actionSchema } from "../../lib/query/schema/rollouts.ts";
import { Journal, type JournalFault, type Owed, type Owing } from "./journal.ts";

const takenSchema = z.object({
  type: z.literal("taken"),
  atMs: z.number(),
  rollout: z.string(),
  intentId: z.string(),
  action: actionSchema,
  actor: z.string(),
  reason: z.string(),
  /** The revision that the person saw. */
  seen: z.string(),
});
const settledSchema = z.object({
  type: z.literal("settled"),
  atMs: z.number(),
  rollout: z.string(),
  intentId: z.string(),
  outcome: z.enum(["applied", "refused", "conflict"]),
  code: z.string(),
  message: z.string(),
});
/** Something that happened to a rollout and that nobody here asked for. */
const seenSchema = z.object({
  type: z.literal("seen"),
  atMs: z.number(),
  rollout: z.string(),
  what: z.string(),
  /** Of its spec. */
  member: z.string(),
  text: z.string(),
});
const entrySchema = z.discriminatedUnion("type", [takenSchema, settledSchema, seenSchema]);

export type Taken = z.infer<typeof takenSchema>;
export type Settled = z.infer<typeof settledSchema>;
export type IntentEntry = z.infer<typeof entrySchema>;

export interface KnownIntent {
  readonly taken: Taken;
  readonly settled: Settled | undefined;
}

export class IntentJournal implements Owing {
  private readonly journal: Journal;
  private readonly intents = new Map<string, KnownIntent>();
  private readonly byRollout = new Map<string, IntentEntry[]>();

  private constructor(journal: Journal) {
    this.journal = journal;
  }

  /** Errors: `journal_unreadable`, with the file. */
  static async open(path: string): Promise<Result<IntentJournal, JournalFault>> {
    const opened = await Journal.open(path);
    if (!opened.ok) return opened;
    const intents = new IntentJournal(opened.value.journal);
    for (const value of opened.value.entries) {
      const entry = entrySchema.safeParse(value);
      if (!entry.success) return err({ code: "journal_unreadable", message: `${path} holds no intents` });
      intents.keep(entry.data);
    }
    return ok(intents);
  }

  private keep(entry: IntentEntry): void {
    const entries = this.byRollout.get(entry.rollout) ?? [];
    entries.push(entry);
    this.byRollout.set(entry.rollout, entries);
    if (entry.type === "taken") this.intents.set(entry.intentId, { taken: entry, settled: undefined });
    if (entry.type !== "settled") return;
    const known = this.intents.get(entry.intentId);
    if (known !== undefined) this.intents.set(entry.intentId, { ...known, settled: entry });
  }

  /** Rejects where it is not durable; nothing is kept of it then. */
  async append(entry: IntentEntry): Promise<void> {
    await this.journal.append(entry);
    this.keep(entry);
  }

  /** Kept in memory until the disk takes it: a way back that was taken although it could not be written, and outcomes. */
  async owe(entry: IntentEntry): Promise<void> {
    this.keep(entry);
    await this.journal.owe(entry);
  }

  get owed(): Owed | null {
    return this.journal.owed;
  }

  settleOwed(): Promise<boolean> {
    return this.journal.settleOwed();
  }

  known(intentId: string): KnownIntent | undefined {
    return this.intents.get(intentId);
  }

  /** Oldest first. */
  of(rollout: string): readonly IntentEntry[] {
    return this.byRollout.get(rollout) ?? [];
  }

  rollouts(): readonly (readonly [string, readonly IntentEntry[]])[] {
    return [...this.byRollout];
  }

  close(): Promise<void> {
    return this.journal.close();
  }
}
