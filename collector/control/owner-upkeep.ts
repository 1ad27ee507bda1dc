/**
 * What owners' objects need after a click, looked at every few seconds while there is any: whether somebody writes back what
 * was asked (a GitOps tool does within its interval), and `skipAnalysis` of Flagger, which would hold for every later
 * release, taken back once the release that it was set for is over. In: the journal of intents; out: entries of it, and that
 * one patch, audited before it is sent. After a restart the journal says what is still to be looked at.
 */
import { randomUUID } from "node:crypto";
import { foreignManager, isGitOps } from "../../lib/control/owners/detect.ts";
import { fromOwnedId, type OwnedName } from "../../lib/control/present/owner-place.ts";
import { at, type JsonObject, textOf } from "../../lib/control/traffic/document.ts";
import type { AuditEntry } from "../../lib/query/schema/audit.ts";
import type { RolloutActionName } from "../../lib/query/schema/rollouts.ts";
import { type ControlPlane, type ControlPlanes, planeNamed } from "../actuators/control-planes.ts";
import type { Clock } from "../telemetry/clock.ts";
import type { Log } from "../telemetry/log.ts";
import type { IntentEntry, IntentJournal } from "./intent-journal.ts";

export interface UpkeepOptions {
  readonly planes: ControlPlanes;
  readonly intents: IntentJournal;
  readonly clock: Clock;
  readonly log: Log;
  /** False: it could not be written. */
  readonly audit: (entry: AuditEntry) => Promise<boolean>;
}

interface Written {
  readonly member: "paused" | "suspend" | "skipAnalysis";
  readonly value: boolean;
}

const WRITES: Readonly<Record<string, Readonly<Partial<Record<RolloutActionName, Written>>>>> = {
  argo: { pause: { member: "paused", value: true }, resume: { member: "paused", value: false } },
  flagger: {
    pause: { member: "suspend", value: true },
    resume: { member: "suspend", value: false },
    promoteFull: { member: "skipAnalysis", value: true },
  },
};
const KINDS = { argo: "Rollout", flagger: "Canary" } as const;
type Prefix = keyof typeof KINDS;

/** Twice the interval in which Argo CD syncs (3 min and up to 1 min more). */
export const WATCH_MS = 8 * 60_000;
const LOOK_MS = 10_000;
const OVER = new Set(["Succeeded", "Failed", "Initialized"]);

interface Duty extends Written {
  readonly prefix: Prefix;
  readonly id: string;
  readonly name: OwnedName;
  readonly atMs: number;
}

/** The latest write of each member that was taken, and that nobody was seen to undo. */
function writesOf(prefix: Prefix, id: string, entries: readonly IntentEntry[]): readonly Duty[] {
  const name = fromOwnedId(prefix, id);
  if (name === undefined) return [];
  const duties = new Map<string, Duty>();
  for (const entry of entries) {
    if (entry.type === "seen") duties.delete(entry.member);
    if (entry.type !== "taken") continue;
    const written = WRITES[prefix]?.[entry.action];
    const isApplied = entries.some(
      (one) => one.type === "settled" && one.intentId === entry.intentId && one.outcome === "applied",
    );
    if (written !== undefined && isApplied)
      duties.set(written.member, { ...written, prefix, id, name, atMs: entry.atMs });
  }
  return [...duties.values()];
}

export class OwnerUpkeep {
  private readonly options: UpkeepOptions;
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();
  private isStopped = false;

  constructor(options: UpkeepOptions) {
    this.options = options;
  }

  start(): void {
    if (this.isStopped) return;
    this.timer = setTimeout(() => {
      this.looking = this.look()
        .catch((error: unknown) => this.options.log.error("owner_upkeep_failed", { error: String(error) }))
        .then(() => this.start());
    }, LOOK_MS);
    this.timer.unref();
  }

  /** One look at everything that is still to be looked at. */
  async look(): Promise<void> {
    const { intents, clock } = this.options;
    const duties = intents.rollouts().flatMap(([id, entries]) => {
      const prefix = id.split(":", 1)[0] ?? "";
      return prefix === "argo" || prefix === "flagger" ? writesOf(prefix, id, entries) : [];
    });
    for (const duty of duties) {
      const isWatched = clock.nowMs() - duty.atMs < WATCH_MS;
      if (isWatched || duty.member === "skipAnalysis") await this.lookAt(duty);
    }
  }

  private async lookAt(duty: Duty): Promise<void> {
    const { prefix, name, member, value } = duty;
    const plane = planeNamed(this.options.planes, name.cluster);
    const read = await plane?.owners?.read(KINDS[prefix], name.namespace, name.name);
    if (plane?.owners === undefined || read?.ok !== true) return;
    if ((at(read.value, "spec", member) === true) !== value) return this.undone(duty, read.value);
    const phase = textOf(at(read.value, "status", "phase")) ?? "";
    // A click that Flagger has not noticed yet stands beside the phase of the release before.
    const isFresh = this.options.clock.nowMs() - duty.atMs < LOOK_MS;
    if (member === "skipAnalysis" && OVER.has(phase) && !isFresh) await this.takeBack(duty, plane, read.value);
  }

  private async undone({ id, member, value }: Duty, raw: JsonObject): Promise<void> {
    const by = foreignManager(raw)?.manager ?? "somebody else";
    const change = `spec.${member}: ${value} → ${!value}`;
    const text = isGitOps(by) ? `reverted by ${by}: ${change}` : `changed by ${by}: ${change}`;
    await this.note(id, { what: "foreignWrite", member, text });
  }

  private note(rollout: string, { what, member, text }: { what: string; member: string; text: string }): Promise<void> {
    return this.options.intents.append({ type: "seen", atMs: this.options.clock.nowMs(), rollout, what, member, text });
  }

  private async takeBack(duty: Duty, plane: ControlPlane, raw: JsonObject): Promise<void> {
    const { namespace, name } = duty.name;
    const revision = textOf(at(raw, "metadata", "resourceVersion")) ?? "";
    const entry: AuditEntry = {
      ...{ id: randomUUID(), atMs: this.options.clock.nowMs(), actor: "meshscope", action: "takeBack" },
      ...{ reason: "the release that it was set for is over", mesh: plane.mesh, cluster: plane.name, namespace },
      ...{ object: `${namespace}/${name}`, rollout: duty.id, intentId: randomUUID(), revision, outcome: "pending" },
      ...{ before: "spec.skipAnalysis: true", after: "spec.skipAnalysis: false", evidence: null },
    };
    if (!(await this.options.audit(entry))) return;
    const body = { metadata: { resourceVersion: revision }, spec: { skipAnalysis: false } };
    const answer = await plane.owners?.patch("Canary", { namespace, name }, null, body);
    const isDone = answer?.ok === true;
    await this.options.audit({ ...entry, outcome: isDone ? "applied" : "unavailable" });
    if (isDone)
      await this.note(duty.id, { what: "takenBack", member: duty.member, text: "skipAnalysis was taken back" });
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    await this.looking;
  }
}
