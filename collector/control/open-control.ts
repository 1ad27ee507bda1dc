/**
 * Control put together: control planes, audit, rollouts, what answers for them. In: the configuration and what counts; out:
 * a service, its audit and a stop; or why it could not be opened. Where no control plane is configured the lists are empty.
 */
import { join } from "node:path";
import { ok, type Result } from "../../lib/base/result.ts";
import { valueText } from "../../lib/control/rollout/planned.ts";
import type { AuditEntry } from "../../lib/query/schema/audit.ts";
import { type ControlPlanes, planeOf } from "../actuators/control-planes.ts";
import type { ControlConfig } from "../config/config.ts";
import type { Clock } from "../telemetry/clock.ts";
import type { Log } from "../telemetry/log.ts";
import { AuditLog } from "./audit-log.ts";
import type { RouteCounters } from "./counters.ts";
import { DefinitionsFolder } from "./definitions-folder.ts";
import type { GateKeeper } from "./gate-keeper.ts";
import type { JournalFault } from "./journal.ts";
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
  /** Left out: Flagger's gates are not served, and no definitions are read. */
  readonly settings?: Pick<ControlConfig, "flaggerGateUrl" | "definitions">;
  readonly clock: Clock;
  readonly log: Log;
}

export interface OpenedControl {
  readonly service: RolloutService;
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
    evidence: null,
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
    if (record.isRollback) audit.value.remember(entry);
    return false;
  };
  const settled = (intentId: string, outcome: "applied" | "unavailable") =>
    audit.value.settle(`write-${intentId}`, outcome);
  const world = { counters, clock, log, audit: note, settled };
  const recovered = (rollouts: OwnRollouts) => settleAudit(audit.value, rollouts);
  const own = await OwnRollouts.open({ folder: join(dataFolder, "rollouts"), planes, world, figures, recovered });
  if (!own.ok) return own;
  const { flaggerGateUrl, definitions: folder } = options.settings ?? {};
  const gateUrl = flaggerGateUrl === undefined ? {} : { gateUrl: flaggerGateUrl };
  const owners = await openOwners({ dataFolder, planes, counters, clock, log, ...gateUrl });
  if (!owners.ok) return owners;
  const definitions = folder === undefined ? undefined : await DefinitionsFolder.open(folder, log);
  const service = new RolloutService({
    ...{ own: own.value, others: owners.value.sources, audit: audit.value, clock },
    ...(definitions === undefined ? {} : { definitions }),
  });
  const close = async (): Promise<void> => {
    definitions?.close();
    await service.close();
    await owners.value.close();
    await planes.close();
  };
  const { keeper } = owners.value;
  return ok({ service, audit: audit.value, ...(keeper === undefined ? {} : { keeper }), close });
}
