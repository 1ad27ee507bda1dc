/**
 * The reading side of an owner's rollouts. In: its objects on every control plane that may have them; out: summaries and
 * details. A page is answered in time: where a control plane is slow its rollouts stand as they were read last, with when
 * that was, while the read goes on. What cannot be asked for longer offers the way back alone.
 */
import { fromOwnedId, NOTHING_SEEN, ownedId, type SeenShares } from "../../lib/control/present/owner-place.ts";
import { at, type JsonObject, textOf } from "../../lib/control/traffic/document.ts";
import type { RolloutDetail, RolloutSummary } from "../../lib/query/schema/rollouts.ts";
import { type ControlPlane, type ControlPlanes, planeNamed } from "../actuators/control-planes.ts";
import { PromptPlanes } from "../actuators/prompt-reads.ts";
import type { OwnerApi, ReadFailure } from "../actuators/traffic-api.ts";
import type { Clock } from "../telemetry/clock.ts";
import type { OwnedObject, Owner } from "./owner.ts";
import { NO_ROUTES, type OwnerRoutes, ownedRoutes, sharesOf } from "./owner-routes.ts";
import type { Unreachable } from "./rollout-source.ts";

export interface OwnerReaderOptions {
  readonly owner: Owner;
  readonly planes: ControlPlanes;
  readonly routes: OwnerRoutes;
  readonly clock: Clock;
  /** How long a page waits, ms; a control plane's own limit holds for acts. */
  readonly promptMs?: number;
}

export interface Found {
  readonly plane: ControlPlane;
  readonly object: OwnedObject;
  /** Why it is shown as it was seen last. */
  readonly failure: ReadFailure | undefined;
}

interface Seen {
  readonly object: OwnedObject;
  readonly atMs: number;
  shares: SeenShares;
}

const WAY_BACK: readonly string[] = ["abort", "rollback"];
/** What was read this short a time ago may still be acted on: every act reads it again. */
const STILL_TRUE_MS = 15_000;

export class OwnerReader {
  private readonly options: OwnerReaderOptions;
  private readonly prompt: PromptPlanes;
  /** Objects as they were read last, by id. */
  private readonly seen = new Map<string, Seen>();

  constructor(options: OwnerReaderOptions) {
    this.options = options;
    this.prompt = new PromptPlanes(options.planes, options.clock, options.promptMs);
  }

  private objectOf({ name: cluster, mesh }: ControlPlane, api: OwnerApi, raw: JsonObject): OwnedObject {
    const namespace = textOf(at(raw, "metadata", "namespace")) ?? "";
    const name = textOf(at(raw, "metadata", "name")) ?? "";
    const id = ownedId(this.options.owner.prefix, cluster, namespace, name);
    const object = { place: { id, mesh, cluster }, namespace, name, api, raw };
    const shares = this.seen.get(id)?.shares ?? NOTHING_SEEN;
    this.seen.set(id, { object, atMs: this.options.clock.nowMs(), shares });
    return object;
  }

  list(): Promise<{ readonly rollouts: readonly RolloutSummary[]; readonly unreachable: readonly Unreachable[] }> {
    return this.prompt.within(async (planes) => {
      const lists = await Promise.all(planes.all.map((plane) => this.listOf(plane)));
      return {
        rollouts: lists.flatMap(({ rollouts }) => rollouts),
        unreachable: lists.flatMap(({ unreachable }) => unreachable),
      };
    });
  }

  private async listOf(plane: ControlPlane): Promise<{ rollouts: RolloutSummary[]; unreachable: Unreachable[] }> {
    const api = plane.owners;
    if (api === undefined) return { rollouts: [], unreachable: [] };
    const listed = await api.list(this.options.owner.kind);
    const ofPlane = [...this.seen.values()].filter(({ object }) => object.place.cluster === plane.name);
    if (listed.ok) {
      const objects = listed.value.map((raw) => this.objectOf(plane, api, raw));
      const here = new Set(objects.map(({ place }) => place.id));
      for (const { object } of ofPlane) if (!here.has(object.place.id)) this.seen.delete(object.place.id);
      const rollouts = await Promise.all(objects.map((object) => this.summary({ plane, object, failure: undefined })));
      return { rollouts, unreachable: [] };
    }
    const failure = listed.error;
    // An API that has no such kind has no such rollouts.
    if (failure.code === "not_found") return { rollouts: [], unreachable: [] };
    const known = ofPlane.map(({ object }) => ({ plane, object: { ...object, api }, failure }));
    const rollouts = await Promise.all(known.map((found) => this.summary(found)));
    return { rollouts, unreachable: [this.unreachable(plane, failure)] };
  }

  private unreachable({ name }: ControlPlane, { code, message }: ReadFailure): Unreachable {
    return { target: `${name}: ${this.options.owner.kind}`, code, message };
  }

  async summary({ plane, object, failure }: Found): Promise<RolloutSummary> {
    const look = await this.options.owner.look(object);
    const seen = this.seen.get(object.place.id);
    if (failure !== undefined) return this.lastKnown(look.summary(seen?.shares ?? NOTHING_SEEN), failure);
    const routes = look.isMoving ? await this.options.routes.see(plane, look.routes, object.place.id) : NO_ROUTES;
    const isSlow = routes.routes.length === 0 && routes.missing.some(({ code }) => code === "slow");
    const shares = isSlow ? (seen?.shares ?? NOTHING_SEEN) : look.isMoving ? sharesOf(routes) : NOTHING_SEEN;
    if (seen !== undefined) seen.shares = shares;
    return look.summary(shares);
  }

  /** As it was read last, and when. Longer ago, only the way back is offered, whatever comes of it. */
  private lastKnown<T extends RolloutSummary>(summary: T, failure: ReadFailure): T {
    const seenMs = this.seen.get(summary.id)?.atMs ?? 0;
    if (failure.code === "slow" && this.options.clock.nowMs() - seenMs <= STILL_TRUE_MS) return { ...summary, seenMs };
    const cause = { code: failure.code, message: `${summary.cluster} cannot be asked: ${failure.message}` };
    const held = summary.actions.filter((action) => !WAY_BACK.includes(action));
    return {
      ...summary,
      ...{ seenMs, state: "unknown" },
      actions: summary.actions.filter((action) => WAY_BACK.includes(action)),
      blocked: { ...summary.blocked, ...Object.fromEntries(held.map((action) => [action, cause])) },
    };
  }

  /**
   * As it is now, or as it was seen last; whom to ask where it was never seen and cannot be; undefined where it is not of
   * this owner, or not there.
   */
  async find(id: string, planes = this.options.planes): Promise<Found | Unreachable | undefined> {
    const name = fromOwnedId(this.options.owner.prefix, id);
    const plane = name === undefined ? undefined : planeNamed(planes, name.cluster);
    const api = plane?.owners;
    if (name === undefined || plane === undefined || api === undefined) return undefined;
    const read = await api.read(this.options.owner.kind, name.namespace, name.name);
    if (read.ok) return { plane, object: this.objectOf(plane, api, read.value), failure: undefined };
    if (read.error.code === "not_found") {
      this.seen.delete(id);
      return undefined;
    }
    const known = this.seen.get(id);
    if (known === undefined) return this.unreachable(plane, read.error);
    return { plane, object: { ...known.object, api }, failure: read.error };
  }

  /** For an act: read in time, and written without a limit of a page's. */
  async findInTime(id: string): Promise<Found | Unreachable | undefined> {
    const found = await this.prompt.within((planes) => this.find(id, planes));
    if (found === undefined || "target" in found) return found;
    const plane = planeNamed(this.options.planes, found.plane.name);
    const api = plane?.owners;
    if (plane === undefined || api === undefined) return undefined;
    return { ...found, plane, object: { ...found.object, api } };
  }

  detail(
    id: string,
    history: (object: OwnedObject) => RolloutDetail["history"],
  ): Promise<RolloutDetail | Unreachable | undefined> {
    return this.prompt.within(async (planes) => {
      const found = await this.find(id, planes);
      if (found === undefined || "target" in found) return found;
      return this.detailOf(found, history(found.object));
    });
  }

  private async detailOf({ plane, object, failure }: Found, history: RolloutDetail["history"]): Promise<RolloutDetail> {
    const { kind } = this.options.owner;
    const look = await this.options.owner.look(object);
    const seen = failure === undefined ? await this.options.routes.see(plane, look.routes, object.place.id) : NO_ROUTES;
    const shares = failure === undefined ? sharesOf(seen) : (this.seen.get(object.place.id)?.shares ?? NOTHING_SEEN);
    const summary = look.summary(shares);
    const figures = await this.options.routes.figures(seen);
    const owned = await ownedRoutes(plane, seen, { kind, name: object.name, raw: object.raw });
    return {
      ...(failure === undefined ? summary : this.lastKnown(summary, failure)),
      ...owned,
      pods: owned.pods.map((pod) => figures.pods.find(({ name }) => name === pod.name) ?? pod),
      steps: look.steps(summary.desired),
      previews: look.previews(),
      owned: await look.owned(),
      history,
      ...{ metrics: [], guards: [], withheld: [], latency: figures.latency, series: figures.series },
      ...(figures.splits === undefined ? {} : { splits: figures.splits }),
    };
  }
}
