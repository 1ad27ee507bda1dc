/** The sources of owned rollouts: one a kind of owner, over all control planes that may have it. */
import { join } from "node:path";
import { ok, type Result } from "../../lib/base/result.ts";
import type { ControlPlanes } from "../actuators/control-planes.ts";
import type { Clock } from "../telemetry/clock.ts";
import type { Log } from "../telemetry/log.ts";
import { ARGO_ROLLOUTS } from "./argo-rollouts-owner.ts";
import type { RouteCounters } from "./counters.ts";
import { IntentJournal } from "./intent-journal.ts";
import type { JournalFault } from "./journal.ts";
import { OwnerRoutes } from "./owner-routes.ts";
import { OwnerSource } from "./owner-source.ts";
import type { RolloutFigures } from "./rollout-figures.ts";
import type { RolloutSource } from "./rollout-source.ts";

export interface OwnersOptions {
  /** `owners/` is made in it. */
  readonly dataFolder: string;
  readonly planes: ControlPlanes;
  readonly counters: RouteCounters;
  readonly figures: RolloutFigures;
  readonly clock: Clock;
  readonly log: Log;
}

export interface OpenedOwners {
  readonly sources: readonly RolloutSource[];
  close(): Promise<void>;
}

const NO_OWNERS: OpenedOwners = { sources: [], close: async () => {} };

/** Errors: a journal that cannot be read. */
export async function openOwners(options: OwnersOptions): Promise<Result<OpenedOwners, JournalFault>> {
  const { dataFolder, planes, counters, figures, clock, log } = options;
  if (planes.all.every(({ owners }) => owners === undefined)) return ok(NO_OWNERS);
  const intents = await IntentJournal.open(join(dataFolder, "owners", "intents.jsonl"));
  if (!intents.ok) return intents;
  const shared = { planes, routes: new OwnerRoutes(counters, clock, figures), intents: intents.value, clock, log };
  return ok({
    sources: [new OwnerSource({ owner: ARGO_ROLLOUTS, ...shared })],
    close: () => intents.value.close(),
  });
}
