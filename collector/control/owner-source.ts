/**
 * The rollouts of an owning controller, over every control plane that has it. In: its objects; out: a source of rollouts.
 * An intent is durable before it is sent; one that is asked again answers its first result, and one whose answer was lost
 * is looked up. Of many clicks from one revision the first is taken: they wait for each other here, no longer than a person
 * does, and the API refuses a revision that is old. What cannot be asked is shown as it was seen last, with the commands of the way back.
 */
import { err, ok, type Result } from "../../lib/base/result.ts";
import { foreignManager } from "../../lib/control/owners/detect.ts";
import { fromOwnedId } from "../../lib/control/present/owner-place.ts";
import type { Act } from "../../lib/control/rollout/events.ts";
import type { RolloutDetail } from "../../lib/query/schema/rollouts.ts";
import type { Log } from "../telemetry/log.ts";
import { type ActResult, type Click, Clicks } from "./clicks.ts";
import type { IntentJournal, KnownIntent, Settled } from "./intent-journal.ts";
import { type Look, OTHER, type Sent } from "./owner.ts";
import { historyOfIntents } from "./owner-history.ts";
import { type Found, OwnerReader, type OwnerReaderOptions } from "./owner-reader.ts";
import type { Accepted, ActRefusal, RolloutSource, Unreachable } from "./rollout-source.ts";

export interface OwnerSourceOptions extends OwnerReaderOptions {
  readonly intents: IntentJournal;
  readonly log: Log;
  /** How long whoever clicks waits for an answer, ms. */
  readonly clickMs?: number;
}

type Outcome = Pick<Settled, "outcome" | "code" | "message">;
const APPLIED: Outcome = { outcome: "applied", code: "applied", message: "" };

const WAY_BACK: readonly string[] = ["abort", "rollback"];
/** Nobody hears of it: who clicked was told so before. */
const DROPPED = { code: "slow", message: "nothing was done" };

interface Asked {
  readonly expectedRevision: string;
  readonly isExact: boolean;
  readonly known: KnownIntent | undefined;
  readonly click: Click;
}

export class OwnerSource implements RolloutSource {
  private readonly options: OwnerSourceOptions;
  private readonly reader: OwnerReader;
  private readonly locks = new Map<string, Promise<unknown>>();
  private readonly clicks: Clicks;

  constructor(options: OwnerSourceOptions) {
    this.options = options;
    this.reader = new OwnerReader(options);
    this.clicks = new Clicks(options.clickMs);
  }

  private locked<T>(id: string, work: () => Promise<T>): Promise<T> {
    const done = (this.locks.get(id) ?? Promise.resolve()).then(work);
    const quiet = done.then(
      () => {},
      () => {},
    );
    this.locks.set(id, quiet);
    void quiet.then(() => this.locks.get(id) === quiet && this.locks.delete(id));
    return done;
  }

  list() {
    return this.reader.list();
  }

  detail(id: string): Promise<RolloutDetail | Unreachable | undefined> {
    return this.reader.detail(id, (object) => historyOfIntents(this.options.intents.of(object.place.id)));
  }

  async act(
    id: string,
    act: Act,
    expectedRevision: string,
    isExact = false,
  ): Promise<Result<Accepted, ActRefusal> | undefined> {
    const name = fromOwnedId(this.options.owner.prefix, id);
    if (name === undefined) return undefined;
    return this.clicks.take(name.cluster, act, (click) => this.carryOut(id, act, { expectedRevision, isExact, click }));
  }

  private carryOut(id: string, act: Act, asked: Omit<Asked, "known">): Promise<ActResult> {
    return this.locked(id, async () => {
      const known = this.options.intents.known(act.intentId);
      if (known !== undefined && (known.taken.rollout !== id || known.taken.action !== act.action))
        return err({ kind: "refused", code: "intent_reused", message: "this intent's id is that of another act" });
      if (known?.settled !== undefined) return this.again(id, known);
      const found = await this.reader.findInTime(id);
      if (found === undefined) return undefined;
      if ("target" in found)
        return err({ kind: "unavailable", code: found.code, message: `${found.target}: ${found.message}` });
      if (found.failure !== undefined) return err(await this.unavailable(found, found.failure));
      return this.decide(found, act, { ...asked, known });
    });
  }

  /** The first result of an intent that is asked again. */
  private async again(id: string, { taken, settled }: KnownIntent): Promise<Result<Accepted, ActRefusal>> {
    if (settled?.outcome === "applied") return ok({ atMs: taken.atMs, repeated: true });
    const kind = settled?.outcome === "conflict" ? "conflict" : "refused";
    const found = await this.reader.find(id);
    const refusal = { kind, code: settled?.code ?? "", message: settled?.message ?? "" } as const;
    if (found === undefined || "target" in found) return err(refusal);
    return err({ ...refusal, current: await this.reader.summary(found) });
  }

  private async decide(
    found: Found,
    act: Act,
    { expectedRevision, isExact, known, click }: Asked,
  ): Promise<Result<Accepted, ActRefusal>> {
    const look = await this.options.owner.look(found.object);
    const seen = known?.taken.seen ?? expectedRevision;
    if (known !== undefined && look.isDone(act, seen)) {
      await this.settle(found, act, APPLIED);
      return ok({ atMs: known.taken.atMs, repeated: true });
    }
    const isOther = isExact && (await this.reader.summary(found)).revision !== seen;
    const refusal = isOther ? OTHER : look.refusal(act.action, seen);
    if (refusal !== undefined) {
      const message = refusal.kind === "conflict" ? this.changed(found, look, seen) : refusal.message;
      return err({ ...refusal, message, current: await this.reader.summary(found) });
    }
    if (!click.send()) return err(await this.unavailable(found, DROPPED));
    const atMs = known?.taken.atMs ?? this.options.clock.nowMs();
    const failed = known === undefined ? await this.take(found, act, { atMs, seen }) : undefined;
    if (failed !== undefined) return err({ ...failed, current: await this.reader.summary(found) });
    const sent = await look.send(act, seen);
    return this.answer(found, act, { sent, seen, atMs });
  }

  /** Who changed what, as far as anybody says. */
  private changed({ object }: Found, look: Look, seen: string): string {
    const last = this.options.intents.of(object.place.id).findLast((entry) => entry.type === "taken");
    const manager = foreignManager(object.raw);
    const isOurs = last !== undefined && last.atMs >= (manager?.atMs ?? 0);
    const by = isOurs ? `${last.actor} (${last.action})` : (manager?.manager ?? "its controller");
    const atMs = isOurs ? last.atMs : (manager?.atMs ?? null);
    const when = atMs === null ? "" : ` at ${new Date(atMs).toISOString()}`;
    return `changed since you looked by ${by}${when}: ${look.difference(seen) || "another revision"}`;
  }

  private async take({ object }: Found, act: Act, { atMs, seen }: { atMs: number; seen: string }) {
    const entry = { type: "taken" as const, atMs, rollout: object.place.id, ...act, seen };
    try {
      await this.options.intents.append(entry);
    } catch (error) {
      if (!WAY_BACK.includes(act.action))
        return { kind: "unavailable" as const, code: "not_durable", message: String(error) };
      this.options.log.error("rollback_not_durable", { rollout: object.place.id, error: String(error) });
      await this.options.intents.owe(entry);
    }
    return undefined;
  }

  private async settle({ object }: Found, { intentId }: Act, result: Outcome) {
    const atMs = this.options.clock.nowMs();
    const entry = { type: "settled" as const, atMs, rollout: object.place.id, intentId, ...result };
    await this.options.intents.append(entry).catch((error: unknown) => {
      // It is done all the same: whoever asks again has it looked up.
      this.options.log.error("intent_not_settled", { rollout: object.place.id, error: String(error) });
      return this.options.intents.owe(entry);
    });
  }

  private async answer(
    found: Found,
    act: Act,
    { sent, seen, atMs }: { readonly sent: Sent; readonly seen: string; readonly atMs: number },
  ): Promise<Result<Accepted, ActRefusal>> {
    switch (sent.kind) {
      case "applied":
        await this.settle(found, act, APPLIED);
        return ok({ atMs, repeated: false });
      case "conflict": {
        const again = await this.reader.find(found.object.place.id);
        const now = again === undefined || "target" in again ? found : again;
        const message = this.changed(now, await this.options.owner.look(now.object), seen);
        await this.settle(found, act, { outcome: "conflict", code: "conflict", message });
        return err({ kind: "conflict", code: "conflict", message, current: await this.reader.summary(now) });
      }
      case "unknown": {
        const message = `it was sent, and no answer came (${sent.message}): the same click again looks it up`;
        return err(await this.unavailable(found, { code: "answer_lost", message }));
      }
      case "unavailable":
        return err(await this.unavailable(found, sent));
      case "refused":
        await this.settle(found, act, { outcome: "refused", code: sent.code, message: sent.message });
        return err({
          kind: "refused",
          code: sent.code,
          message: sent.message,
          current: await this.reader.summary(found),
        });
    }
  }

  private async unavailable(found: Found, { code, message }: { readonly code: string; readonly message: string }) {
    const look = await this.options.owner.look(found.object);
    const commands = look.previews().filter(({ action }) => action === "rollback");
    return {
      ...{ kind: "unavailable" as const, code, message: `${found.plane.name}: ${message}` },
      current: await this.reader.summary(found),
      breakGlass: commands.map(({ breakGlass }) => breakGlass),
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.locks.values());
  }
}
