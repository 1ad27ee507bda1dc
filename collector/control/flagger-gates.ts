/**
 * The gates that Flagger asks: opened by a person for one version of one Canary, used once, durable. In: approvals and
 * questions; out: go or hold. A use is on disk before Flagger is told to go, so that after a crash no gate opens twice; a
 * gate that nobody opened, or that cannot be written, is closed.
 */
import { z } from "zod";
import { err, ok, type Result } from "../../lib/base/result.ts";
import { askGate, GATES, type Gate, type GateKey, type GateKind, gateId } from "../../lib/control/owners/flagger.ts";
import { Journal, type JournalFault, type Owed, type Owing } from "./journal.ts";

const keySchema = z.object({
  cluster: z.string(),
  namespace: z.string(),
  name: z.string(),
  gate: z.enum(GATES),
  revision: z.string(),
});
const entrySchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("opened"), atMs: z.number(), key: keySchema }),
  z.object({ type: z.literal("used"), atMs: z.number(), key: keySchema }),
  z.object({ type: z.literal("closed"), atMs: z.number(), key: keySchema }),
]);
type Entry = z.infer<typeof entrySchema>;

export interface OpenGate {
  readonly key: GateKey;
  readonly gate: Gate;
}

export class FlaggerGates implements Owing {
  private readonly journal: Journal;
  private readonly gates = new Map<string, OpenGate>();
  private lock: Promise<unknown> = Promise.resolve();

  private constructor(journal: Journal) {
    this.journal = journal;
  }

  /** Errors: `journal_unreadable`, with the file. */
  static async open(path: string): Promise<Result<FlaggerGates, JournalFault>> {
    const opened = await Journal.open(path);
    if (!opened.ok) return opened;
    const gates = new FlaggerGates(opened.value.journal);
    for (const value of opened.value.entries) {
      const entry = entrySchema.safeParse(value);
      if (!entry.success) return err({ code: "journal_unreadable", message: `${path} holds no gates` });
      gates.keep(entry.data);
    }
    return ok(gates);
  }

  private keep({ type, atMs, key }: Entry): void {
    const id = gateId(key);
    const known = this.gates.get(id);
    if (type === "opened") this.gates.set(id, { key, gate: { openedMs: atMs, usedMs: null } });
    else if (type === "closed") this.gates.delete(id);
    else if (known !== undefined) this.gates.set(id, { key, gate: { ...known.gate, usedMs: atMs } });
  }

  private locked<T>(work: () => Promise<T>): Promise<T> {
    const done = this.lock.then(work);
    this.lock = done.catch(() => {});
    return done;
  }

  private async note(type: Entry["type"], key: GateKey, atMs: number): Promise<void> {
    const entry = { type, atMs, key };
    // The way back is never held up by a disk.
    if (key.gate === "rollback") await this.journal.owe(entry);
    else await this.journal.append(entry);
    this.keep(entry);
  }

  get owed(): Owed | null {
    return this.journal.owed;
  }

  settleOwed(): Promise<boolean> {
    return this.journal.settleOwed();
  }

  /** Rejects where it is not durable: then it stays closed; the way back opens all the same. */
  opened(key: GateKey, nowMs: number): Promise<void> {
    return this.locked(() => this.note("opened", key, nowMs));
  }

  /** Of the questions of one approval one is let through, however many arrive at once. */
  ask(key: GateKey, lifeMs: number, nowMs: number): Promise<boolean> {
    return this.locked(async () => {
      const known = this.gates.get(gateId(key));
      const { go, gate } = askGate(known?.gate, { kind: key.gate, lifeMs }, nowMs);
      if (go && gate?.usedMs === nowMs && known?.gate.usedMs === null) await this.note("used", key, nowMs);
      return go;
    });
  }

  /** Whether a gate waits for Flagger's question; a rollback's until it is seen to be back. */
  waits(key: GateKey, lifeMs: number, nowMs: number): boolean {
    const known = this.gates.get(gateId(key));
    return askGate(known?.gate, { kind: key.gate, lifeMs }, nowMs).go;
  }

  /** Closes what is open of a Canary that no longer runs: an old approval meets no later release of the same version. */
  close(canary: Pick<GateKey, "cluster" | "namespace" | "name">, nowMs: number, but?: GateKind): Promise<void> {
    const { cluster, namespace, name } = canary;
    return this.locked(async () => {
      for (const { key } of [...this.gates.values()]) {
        const isIts = key.cluster === cluster && key.namespace === namespace && key.name === name;
        if (isIts && key.gate !== but) await this.note("closed", key, nowMs);
      }
    });
  }

  async stop(): Promise<void> {
    await this.lock;
    await this.journal.close();
  }
}
