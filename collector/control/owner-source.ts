/**
 * The rollouts of an owning controller, over every control plane that has it. In: its objects; out: a source of rollouts.
 * An intent is durable before it is sent; one that is asked again answers its first result, and one whose answer was lost
 * is looked up. Of many clicks from one revision the first is taken: they wait for each other here, and the API refuses a
 * revision that is old. What cannot be asked is shown as it was seen last, with the commands of the way back.
 */
import { err, ok, type Result } from "../../lib/base/result.ts";
import { foreignManager } from "../../lib/control/owners/detect.ts";
import { fromOwnedId, NOTHING_SEEN, ownedId } from "../../lib/control/present/owner-place.ts";
import type { Act } from "../../lib/control/rollout/events.ts";
import { at, type JsonObject, textOf } from "../../lib/control/traffic/document.ts";
import type { RolloutDetail, RolloutSummary } from "../../lib/query/schema/rollouts.ts";
import type { ControlPlane, ControlPlanes } from "../actuators/control-planes.ts";
import type { OwnerApi, ReadFailure } from "../actuators/traffic-api.ts";
import type { Clock } from "../telemetry/clock.ts";
import type { Log } from "../telemetry/log.ts";
import type { IntentJournal, KnownIntent, Settled } from "./intent-journal.ts";
import type { Look, OwnedObject, Owner, Sent } from "./owner.ts";
import { historyOfIntents } from "./owner-history.ts";
import { NO_ROUTES, type OwnerRoutes, ownedRoutes, sharesOf } from "./owner-routes.ts";
import type { Accepted, ActRefusal, RolloutSource, Unreachable } from "./rollout-source.ts";

export interface OwnerSourceOptions {
  readonly owner: Owner;
  readonly planes: ControlPlanes;
  readonly routes: OwnerRoutes;
  readonly intents: IntentJournal;
  readonly clock: Clock;
  readonly log: Log;
}

interface Found {
  readonly plane: ControlPlane;
  readonly object: OwnedObject;
  /** Why it is shown as it was seen last. */
  readonly failure: ReadFailure | undefined;
}

type Outcome = Pick<Settled, "outcome" | "code" | "message">;
const APPLIED: Outcome = { outcome: "applied", code: "applied", message: "" };

const WAY_BACK: readonly string[] = ["abort", "rollback"];

/** Shown as it was seen last: only the way back is offered, whatever comes of it. */
function unasked<T extends RolloutSummary>(summary: T, failure: ReadFailure | undefined): T {
  if (failure === undefined) return summary;
  const cause = { code: failure.code, message: `${summary.cluster} cannot be asked: ${failure.message}` };
  const held = summary.actions.filter((action) => !WAY_BACK.includes(action));
  return {
    ...summary,
    state: "unknown",
    actions: summary.actions.filter((action) => WAY_BACK.includes(action)),
    blocked: { ...summary.blocked, ...Object.fromEntries(held.map((action) => [action, cause])) },
  };
}

export class OwnerSource implements RolloutSource {
  private readonly options: OwnerSourceOptions;
  /** Objects as they were read last, by id. */
  private readonly seen = new Map<string, OwnedObject>();
  private readonly locks = new Map<string, Promise<unknown>>();

  constructor(options: OwnerSourceOptions) {
    this.options = options;
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

  private objectOf({ name: cluster, mesh }: ControlPlane, api: OwnerApi, raw: JsonObject): OwnedObject {
    const namespace = textOf(at(raw, "metadata", "namespace")) ?? "";
    const name = textOf(at(raw, "metadata", "name")) ?? "";
    const id = ownedId(this.options.owner.prefix, cluster, namespace, name);
    const object = { place: { id, mesh, cluster }, namespace, name, api, raw };
    this.seen.set(id, object);
    return object;
  }

  async list() {
    const lists = await Promise.all(this.options.planes.all.map((plane) => this.listOf(plane)));
    return {
      rollouts: lists.flatMap(({ rollouts }) => rollouts),
      unreachable: lists.flatMap(({ unreachable }) => unreachable),
    };
  }

  private async listOf(plane: ControlPlane): Promise<{ rollouts: RolloutSummary[]; unreachable: Unreachable[] }> {
    const api = plane.owners;
    if (api === undefined) return { rollouts: [], unreachable: [] };
    const listed = await api.list(this.options.owner.kind);
    if (listed.ok) {
      const objects = listed.value.map((raw) => this.objectOf(plane, api, raw));
      const here = new Set(objects.map(({ place }) => place.id));
      for (const [id, { place }] of this.seen) if (place.cluster === plane.name && !here.has(id)) this.seen.delete(id);
      const rollouts = await Promise.all(objects.map((object) => this.summary({ plane, object, failure: undefined })));
      return { rollouts, unreachable: [] };
    }
    const failure = listed.error;
    // An API that has no such kind has no such rollouts.
    if (failure.code === "not_found") return { rollouts: [], unreachable: [] };
    const known = [...this.seen.values()].filter(({ place }) => place.cluster === plane.name);
    const rollouts = await Promise.all(known.map((object) => this.summary({ plane, object, failure })));
    const target = `${plane.name}: ${this.options.owner.kind}`;
    return { rollouts, unreachable: [{ target, code: failure.code, message: failure.message }] };
  }

  private async summary({ plane, object, failure }: Found): Promise<RolloutSummary> {
    const look = await this.options.owner.look(object);
    const isRead = failure === undefined && look.isMoving;
    const seen = isRead ? sharesOf(await this.options.routes.see(plane, look.routes)) : NOTHING_SEEN;
    return unasked(look.summary(seen), failure);
  }

  /** As it is now, or as it was seen last; undefined where it is not of this owner, or not there. */
  private async find(id: string): Promise<Found | undefined> {
    const name = fromOwnedId(this.options.owner.prefix, id);
    const plane = this.options.planes.all.find((one) => one.name === name?.cluster);
    const api = plane?.owners;
    if (name === undefined || plane === undefined || api === undefined) return undefined;
    const read = await api.read(this.options.owner.kind, name.namespace, name.name);
    if (read.ok) return { plane, object: this.objectOf(plane, api, read.value), failure: undefined };
    if (read.error.code === "not_found") {
      this.seen.delete(id);
      return undefined;
    }
    const known = this.seen.get(id);
    return known === undefined ? undefined : { plane, object: known, failure: read.error };
  }

  async detail(id: string): Promise<RolloutDetail | undefined> {
    const found = await this.find(id);
    if (found === undefined) return undefined;
    const { plane, object, failure } = found;
    const look = await this.options.owner.look(object);
    const seen = failure === undefined ? await this.options.routes.see(plane, look.routes) : NO_ROUTES;
    const summary = unasked(look.summary(sharesOf(seen)), failure);
    const { kind } = this.options.owner;
    const figures = await this.options.routes.figures(seen);
    const owned = await ownedRoutes(plane, seen, { kind, name: object.name, raw: object.raw });
    return {
      ...summary,
      ...owned,
      pods: owned.pods.map((pod) => figures.pods.find(({ name }) => name === pod.name) ?? pod),
      steps: look.steps(summary.desired),
      previews: look.previews(),
      owned: await look.owned(),
      history: historyOfIntents(this.options.intents.of(id)),
      ...{ metrics: [], guards: [], withheld: [], latency: figures.latency, series: figures.series },
      ...(figures.splits === undefined ? {} : { splits: figures.splits }),
    };
  }

  async act(id: string, act: Act, expectedRevision: string): Promise<Result<Accepted, ActRefusal> | undefined> {
    const name = fromOwnedId(this.options.owner.prefix, id);
    if (name === undefined) return undefined;
    return this.locked(id, async () => {
      const known = this.options.intents.known(act.intentId);
      if (known !== undefined && (known.taken.rollout !== id || known.taken.action !== act.action))
        return err({ kind: "refused", code: "intent_reused", message: "this intent's id is that of another act" });
      if (known?.settled !== undefined) return this.again(id, known);
      const found = await this.find(id);
      if (found === undefined) return undefined;
      if (found.failure !== undefined) return err(await this.unavailable(found, found.failure));
      return this.decide(found, act, { expectedRevision, known });
    });
  }

  /** The first result of an intent that is asked again. */
  private async again(id: string, { taken, settled }: KnownIntent): Promise<Result<Accepted, ActRefusal>> {
    if (settled?.outcome === "applied") return ok({ atMs: taken.atMs, repeated: true });
    const kind = settled?.outcome === "conflict" ? "conflict" : "refused";
    const found = await this.find(id);
    const refusal = { kind, code: settled?.code ?? "", message: settled?.message ?? "" } as const;
    return err(found === undefined ? refusal : { ...refusal, current: await this.summary(found) });
  }

  private async decide(
    found: Found,
    act: Act,
    { expectedRevision, known }: { readonly expectedRevision: string; readonly known: KnownIntent | undefined },
  ): Promise<Result<Accepted, ActRefusal>> {
    const look = await this.options.owner.look(found.object);
    const seen = known?.taken.seen ?? expectedRevision;
    if (known !== undefined && look.isDone(act, seen)) {
      await this.settle(found, act, APPLIED);
      return ok({ atMs: known.taken.atMs, repeated: true });
    }
    const refusal = look.refusal(act.action, seen);
    if (refusal !== undefined) {
      const message = refusal.kind === "conflict" ? this.changed(found, look, seen) : refusal.message;
      return err({ ...refusal, message, current: await this.summary(found) });
    }
    const atMs = known?.taken.atMs ?? this.options.clock.nowMs();
    const failed = known === undefined ? await this.take(found, act, { atMs, seen }) : undefined;
    if (failed !== undefined) return err({ ...failed, current: await this.summary(found) });
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
      this.options.intents.remember(entry);
    }
    return undefined;
  }

  private async settle({ object }: Found, { intentId }: Act, result: Outcome) {
    const atMs = this.options.clock.nowMs();
    const entry = { type: "settled" as const, atMs, rollout: object.place.id, intentId, ...result };
    await this.options.intents.append(entry).catch((error: unknown) => {
      // It is done all the same: whoever asks again has it looked up.
      this.options.log.error("intent_not_settled", { rollout: object.place.id, error: String(error) });
      this.options.intents.remember(entry);
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
        const now = (await this.find(found.object.place.id)) ?? found;
        const message = this.changed(now, await this.options.owner.look(now.object), seen);
        await this.settle(found, act, { outcome: "conflict", code: "conflict", message });
        return err({ kind: "conflict", code: "conflict", message, current: await this.summary(now) });
      }
      case "unknown": {
        const message = `it was sent, and no answer came (${sent.message}): the same click again looks it up`;
        return err(await this.unavailable(found, { code: "answer_lost", message }));
      }
      case "unavailable":
        return err(await this.unavailable(found, sent));
      case "refused":
        await this.settle(found, act, { outcome: "refused", code: sent.code, message: sent.message });
        return err({ kind: "refused", code: sent.code, message: sent.message, current: await this.summary(found) });
    }
  }

  private async unavailable(found: Found, { code, message }: { readonly code: string; readonly message: string }) {
    const look = await this.options.owner.look(found.object);
    const commands = look.previews().filter(({ action }) => action === "rollback");
    return {
      ...{ kind: "unavailable" as const, code, message: `${found.plane.name}: ${message}` },
      current: await this.summary(found),
      breakGlass: commands.map(({ breakGlass }) => breakGlass),
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.locks.values());
  }
}
