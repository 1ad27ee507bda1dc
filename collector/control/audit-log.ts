/**
 * Who did what, when and why: written before the act, and again with its outcome. In: entries; out: the latest state of
 * each, newest first, filtered and paged. A file a month, for ever: what was done is not forgotten by retention. Where an
 * entry cannot be written the caller refuses to act, except to roll back: that is kept in memory, said so, and written once
 * the disk takes it.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { z } from "zod";
import { err, ok, type Result } from "../../lib/base/result.ts";
import { type AuditEntry, auditEntrySchema, type auditParametersSchema } from "../../lib/query/schema/audit.ts";
import { Journal, type JournalFault, type Owed, type Owing } from "./journal.ts";

export type AuditQuery = z.output<typeof auditParametersSchema>;

export type AuditFilter = Partial<Omit<AuditQuery, "limit" | "cursor">>;

export interface AuditPage {
  readonly audit: readonly AuditEntry[];
  readonly nextCursor: string | null;
  readonly total: number;
}

const monthOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 7);

function matches(entry: AuditEntry, query: AuditFilter): boolean {
  const among = (wanted: readonly string[] | undefined, value: string | null): boolean =>
    wanted === undefined || wanted.length === 0 || (value !== null && wanted.includes(value));
  return (
    (query.start === undefined || entry.atMs >= query.start) &&
    (query.end === undefined || entry.atMs < query.end) &&
    among(query.actor, entry.actor) &&
    among(query.action, entry.action) &&
    among(query.mesh, entry.mesh) &&
    among(query.cluster, entry.cluster) &&
    among(query.namespace, entry.namespace) &&
    among(query.rollout, entry.rollout) &&
    among(query.outcome, entry.outcome)
  );
}

export class AuditLog implements Owing {
  private readonly folder: string;
  private readonly journals = new Map<string, Promise<Result<Journal, JournalFault>>>();
  /** By id, oldest first. */
  private readonly entries = new Map<string, AuditEntry>();
  /** Entries that no disk has, as they are last, by id. */
  private readonly unwritten = new Map<string, AuditEntry>();
  /** The last of the writes of each entry, by id: its states are written one after the other. */
  private readonly writes = new Map<string, Promise<unknown>>();
  private cause = "";

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async open(folder: string): Promise<Result<AuditLog, JournalFault>> {
    const log = new AuditLog(folder);
    const names = await readdir(folder).catch(() => []);
    for (const name of names.filter((file) => /^\d{4}-\d{2}\.jsonl$/.test(file)).sort()) {
      const journal = await log.journal(name.slice(0, 7));
      if (!journal.ok) return journal;
    }
    return ok(log);
  }

  private journal(month: string): Promise<Result<Journal, JournalFault>> {
    const known = this.journals.get(month);
    if (known !== undefined) return known;
    const opened = Journal.open(join(this.folder, `${month}.jsonl`)).then((journal) => {
      if (!journal.ok) return journal;
      for (const entry of journal.value.entries) this.keep(entry);
      return ok(journal.value.journal);
    });
    this.journals.set(month, opened);
    // One that could not be opened is tried again: the disk may have come back.
    opened.then(({ ok: isOpen }) => isOpen || this.journals.delete(month)).catch(() => this.journals.delete(month));
    return opened;
  }

  private keep(value: unknown): void {
    const entry = auditEntrySchema.safeParse(value);
    if (entry.success) this.entries.set(entry.data.id, entry.data);
  }

  private inTurn<T>(id: string, work: () => Promise<T>): Promise<T> {
    const done = (this.writes.get(id) ?? Promise.resolve()).then(work);
    const last = done
      .catch(() => {})
      .finally(() => {
        if (this.writes.get(id) === last) this.writes.delete(id);
      });
    this.writes.set(id, last);
    return done;
  }

  /** An entry, or the new state of one with the same id. Errors: it is not durable, and nothing is kept of it. */
  write(entry: AuditEntry): Promise<Result<null, JournalFault>> {
    return this.inTurn(entry.id, () => this.append(entry));
  }

  private async append(entry: AuditEntry): Promise<Result<null, JournalFault>> {
    const owed = this.unwritten.get(entry.id);
    try {
      const journal = await this.journal(monthOf(entry.atMs));
      if (!journal.ok) {
        this.cause = journal.error.message;
        return journal;
      }
      await journal.value.append(entry);
      // What was remembered meanwhile is a later state.
      if (this.unwritten.get(entry.id) !== owed) return ok(null);
      this.entries.set(entry.id, entry);
      this.unwritten.delete(entry.id);
      return ok(null);
    } catch (error) {
      this.cause = error instanceof Error ? error.message : String(error);
      return err({ code: "journal_unreadable", message: `the audit cannot be written: ${String(error)}` });
    }
  }

  /** Entries whose outcome was never written: of a process that died. */
  pending(): readonly AuditEntry[] {
    return [...this.entries.values()].filter(({ outcome }) => outcome === "pending");
  }

  /** The outcome of an entry that has none yet; nothing where it has one, or is not known. */
  async settle(id: string, outcome: AuditEntry["outcome"]): Promise<void> {
    const entry = this.entries.get(id);
    if (entry === undefined || (entry.outcome !== "pending" && entry.outcome !== "unknown")) return;
    const settled = { ...entry, outcome };
    const written = await this.write(settled);
    if (!written.ok) this.remember(settled);
  }

  /** Kept in memory until the disk takes it: what was done although it could not be written. */
  remember(entry: AuditEntry): void {
    this.entries.set(entry.id, entry);
    this.unwritten.set(entry.id, entry);
  }

  get owed(): Owed | null {
    const [first] = this.unwritten.values();
    if (first === undefined) return null;
    return { records: this.unwritten.size, sinceMs: first.atMs, message: this.cause };
  }

  /** Tries what no disk has, oldest first. True: nothing is left. */
  async settleOwed(): Promise<boolean> {
    for (const id of [...this.unwritten.keys()]) {
      const isDone = await this.inTurn(id, async () => {
        // By now it may have another outcome, or be written.
        const entry = this.unwritten.get(id);
        return entry === undefined || (await this.append(entry)).ok;
      });
      if (!isDone) return false;
    }
    return true;
  }

  /** All that the filters find, newest first. */
  all(query: AuditFilter, mayRead: (entry: AuditEntry) => boolean = () => true): readonly AuditEntry[] {
    // Of one millisecond the later one first: the sort is stable.
    const found = [...this.entries.values()].reverse().filter((entry) => matches(entry, query) && mayRead(entry));
    return found.sort((a, b) => b.atMs - a.atMs);
  }

  /** Undefined for a cursor that is not of this list. */
  list(query: AuditQuery, mayRead: (entry: AuditEntry) => boolean = () => true): AuditPage | undefined {
    const found = this.all(query, mayRead);
    const from = query.cursor === undefined ? 0 : found.findIndex(({ id }) => id === query.cursor) + 1;
    if (query.cursor !== undefined && from === 0) return undefined;
    const page = found.slice(from, from + query.limit);
    const more = from + page.length < found.length;
    return { audit: page, nextCursor: more ? (page.at(-1)?.id ?? null) : null, total: found.length };
  }

  /** What is owed is tried once more. */
  async close(): Promise<void> {
    await Promise.all(this.writes.values());
    await this.settleOwed();
    for (const opened of this.journals.values()) {
      const journal = await opened.catch(() => null);
      if (journal?.ok === true) await journal.value.close();
    }
  }
}
