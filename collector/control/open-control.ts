/**
 * Control put together: control planes, audit, rollouts, what answers for them. In: the configuration and what counts; out:
 * a service, its audit and a stop; or why it could not be opened. Where no control plane is configured the lists are empty.
 */
import { join } from "node:path";
import type { Registry } from "prom-client";
import { ok, type Result } from "../../lib/base/result.ts";
import { valueText } from "../../lib/control/rollout/planned.ts";
import type { AuditEntry } from "../../lib/query/schema/audit.ts";
import { type ControlPlanes, planeOf } from "../actuators/control-planes.ts";
import type { ControlConfig } from "../config/config.ts";
import type { Clock } from "../telemetry/clock.ts";
import { gaugeOn } from "../telemetry/gauge.ts";
import type { Log } from "../telemetry/log.ts";
import { AuditLog } from "./audit-log.ts";
import type { RouteCounters } from "./counters.ts";
import { DefinitionsFolder } from "./definitions-folder.ts";
import type { GateKeeper } from "./gate-keeper.ts";
import type { JournalFault } from "./journal.ts";
import { NotOnDisk } from "./not-on-disk.ts";
import { type Beside, openBeside } from "./open-beside.ts";
import { openOwners } from "./open-owners.ts";
import { OwnRollouts } from "./own-rollouts.ts";
import type { RolloutFigures } from "./rollout-figures.ts";
import { RolloutService } from "./rollout-service.ts";
import type { WriteRecord } from "./rollout-world.ts";
import { settleAudit } from "./settle-audit.ts";

export interface ControlOptions {
  /** `rollouts/` and `audit/` are made in it. */
  readonly dataFolder: string;
  readonly planes: ControlPlanes;
  readonly counters: RouteCounters;
  readonly figures: RolloutFigures;
  readonly clock: Clock;
  readonly log: Log;
  /** Left out: nobody is told of what happens, Flagger's gates are not served, no definitions are read. */
  readonly config?: Pick<ControlConfig, "publicUrl" | "notifications" | "flaggerGateUrl" | "definitions">;
  readonly registry?: Registry;
}

export interface OpenedControl {
  readonly service: RolloutService;
  readonly own: OwnRollouts;
  readonly beside: Beside;
  readonly audit: AuditLog;
  /** Answers Flagger's webhooks, where there may be a Flagger. */
  readonly keeper?: GateKeeper;
  close(): Promise<void>;
}

const OUTCOMES: Readonly<Record<WriteRecord["outcome"], AuditEntry["outcome"]>> = {
  pending: "pending",
  applied: "applied",
  noop: "noop",
  conflict: "conflict",
  invalid: "refused",
  forbidden: "forbidden",
  unavailable: "unavailable",
  unknown: "unknown",
};

/** One entry a write: its id is the write's own, so that its outcome replaces it. */
function entryOf(record: WriteRecord, planes: ControlPlanes, atMs: number): AuditEntry {
  const { target } = record.route;
  const shares = (pick: "before" | "after"): string =>
    record.plan.changes.map((change) => `${change.path}: ${valueText(change[pick])}`).join("; ");
  return {
    id: `write-${record.intentId}`,
    atMs,
    actor: "meshscope",
    action: record.isRollback ? "writeBack" : "write",
    reason: `rollout ${record.rollout}`,
    mesh: planeOf(planes, target)?.mesh ?? null,
    cluster: target.cluster,
    namespace: target.namespace,
    object: `${target.namespace}/${target.name}`,
    rollout: record.rollout,
    intentId: record.intentId,
    revision: record.plan.revision,
    outcome: OUTCOMES[record.outcome],
    before: shares("before"),
    after: shares("after"),
    // The request itself: what was sent to the mesh, to the letter.
    evidence: JSON.stringify(record.plan.request),
  };
}

export async function openControl(options: ControlOptions): Promise<Result<OpenedControl, JournalFault>> {
  const { dataFolder, planes, counters, figures, clock, log } = options;
  const audit = await AuditLog.open(join(dataFolder, "audit"));
  if (!audit.ok) return audit;
  const written = new Map<string, number>();
  const note = async (record: WriteRecord): Promise<boolean> => {
    const atMs = written.get(record.intentId) ?? clock.nowMs();
    written.set(record.intentId, atMs);
    if (record.outcome !== "pending") written.delete(record.intentId);
    const entry = entryOf(record, planes, atMs);
    const kept = await audit.value.write(entry);
    if (kept.ok) return true;
    log.error("audit_not_durable", { id: entry.id, error: kept.error.message });
    // What was done stays to be written, and so does every outcome: its beginning is on disk.
    if (record.isRollback || record.outcome !== "pending") audit.value.remember(entry);
    return false;
  };
  const settled = (intentId: string, outcome: "applied" | "unavailable") =>
    audit.value.settle(`write-${intentId}`, outcome);
  const world = { counters, clock, log, audit: note, settled };
  const recovered = (rollouts: OwnRollouts) => settleAudit(audit.value, rollouts);
  const own = await OwnRollouts.open({ folder: join(dataFolder, "rollouts"), planes, world, figures, recovered });
  if (!own.ok) return own;
  const { flaggerGateUrl, definitions: definitionsFolder } = options.config ?? {};
  const gateUrl = flaggerGateUrl === undefined ? {} : { gateUrl: flaggerGateUrl };
  const audited = async (entry: AuditEntry): Promise<boolean> => {
    const kept = (await audit.value.write(entry)).ok;
    if (!kept && entry.outcome !== "pending") audit.value.remember(entry);
    return kept;
  };
  const given = { dataFolder, planes, counters, figures, clock, log };
  const owners = await openOwners({ ...given, audit: audited, ...gateUrl });
  if (!owners.ok) return owners;
  const definitions =
    definitionsFolder === undefined ? undefined : await DefinitionsFolder.open(definitionsFolder, log);
  const { owing } = owners.value;
  const notOnDisk = new NotOnDisk(() => [audit.value, ...own.value.owing, ...owing], log);
  const service = new RolloutService({
    ...{ own: own.value, others: owners.value.sources, audit: audit.value, notOnDisk, clock },
    ...(definitions === undefined ? {} : { definitions }),
  });
  if (options.registry !== undefined) {
    const help = "Records of what was done that are in memory, because their disk does not take them";
    gaugeOn(options.registry, "meshscope_control_records_not_on_disk", help, () => notOnDisk.now?.records ?? 0);
  }
  const beside = await openBeside({ ...options, service, own: own.value, notOnDisk });
  if (!beside.ok) return beside;
  beside.value.watch.start();
  const close = async (): Promise<void> => {
    definitions?.close();
    // Each may wait for an answer of its own; the audit is for the last of them as well.
    await Promise.all([beside.value.close(), service.close(), owners.value.close()]);
    await audit.value.close();
    if (notOnDisk.now !== null) log.error("records_not_written", { ...notOnDisk.now });
    await planes.close();
  };
  const { keeper } = owners.value;
  const parts = { service, own: own.value, beside: beside.value, audit: audit.value };
  return ok({ ...parts, ...(keeper === undefined ? {} : { keeper }), close });
}
