/** The sources of owned rollouts: one a kind of owner, over all control planes that may have it. */
import { join } from "node:path";
import { ok, type Result } from "../../lib/base/result.ts";
import type { AuditEntry } from "../../lib/query/schema/audit.ts";
import type { ControlPlanes } from "../actuators/control-planes.ts";
import type { Clock } from "../telemetry/clock.ts";
import type { Log } from "../telemetry/log.ts";
import { ARGO_ROLLOUTS } from "./argo-rollouts-owner.ts";
import type { RouteCounters } from "./counters.ts";
import { FlaggerGates } from "./flagger-gates.ts";
import { flaggerOwner } from "./flagger-owner.ts";
import { GateKeeper } from "./gate-keeper.ts";
import { GateUrls } from "./gate-urls.ts";
import { IntentJournal } from "./intent-journal.ts";
import type { JournalFault, Owing } from "./journal.ts";
import { OwnerRoutes } from "./owner-routes.ts";
import { OwnerSource } from "./owner-source.ts";
import { OwnerUpkeep } from "./owner-upkeep.ts";
import type { RolloutFigures } from "./rollout-figures.ts";
import type { RolloutSource } from "./rollout-source.ts";

export interface OwnersOptions {
  /** `owners/` is made in it. */
  readonly dataFolder: string;
  readonly planes: ControlPlanes;
  readonly counters: RouteCounters;
  readonly figures: RolloutFigures;
  /** False: it could not be written. */
  readonly audit: (entry: AuditEntry) => Promise<boolean>;
  /** Where Flagger reaches this API. */
  readonly gateUrl?: string;
  readonly clock: Clock;
  readonly log: Log;
}

export interface OpenedOwners {
  readonly sources: readonly RolloutSource[];
  /** Answers Flagger; left out where no Flagger may be. */
  readonly keeper?: GateKeeper;
  /** What may owe something to a disk. */
  readonly owing: readonly Owing[];
  close(): Promise<void>;
}

const NO_OWNERS: OpenedOwners = { sources: [], owing: [], close: async () => {} };

/** Errors: a journal that cannot be read. */
export async function openOwners(options: OwnersOptions): Promise<Result<OpenedOwners, JournalFault>> {
  const { dataFolder, planes, counters, figures, clock, log } = options;
  if (planes.all.every(({ owners }) => owners === undefined)) return ok(NO_OWNERS);
  const folder = join(dataFolder, "owners");
  const intents = await IntentJournal.open(join(folder, "intents.jsonl"));
  if (!intents.ok) return intents;
  const gates = await FlaggerGates.open(join(folder, "gates.jsonl"));
  if (!gates.ok) return gates;
  const urls = await GateUrls.open(options.gateUrl, join(folder, "gate-secret"));
  const shared = { planes, routes: new OwnerRoutes(counters, clock, figures), intents: intents.value, clock, log };
  const upkeep = new OwnerUpkeep({ planes, intents: intents.value, clock, log, audit: options.audit });
  upkeep.start();
  const parts = { planes, gates: gates.value, urls, clock };
  const sources = [ARGO_ROLLOUTS, flaggerOwner(parts)].map((owner) => new OwnerSource({ owner, ...shared }));
  return ok({
    sources,
    keeper: new GateKeeper(parts),
    owing: [intents.value, gates.value],
    close: async () => {
      await Promise.all([upkeep.stop(), ...sources.map((source) => source.close())]);
      await gates.value.stop();
      await intents.value.close();
    },
  });
}
