/** What stands beside the rollouts, put together: approval links, recorded windows, notices, and the watch over all three. */
import { join } from "node:path";
import { Gauge, type Registry } from "prom-client";
import { ok, type Result } from "../../lib/base/result.ts";
import type { Subject } from "../../lib/query/access.ts";
import type { ControlConfig } from "../config/config.ts";
import type { Clock } from "../telemetry/clock.ts";
import type { Log } from "../telemetry/log.ts";
import { Approvals } from "./approvals.ts";
import { ControlWatch } from "./control-watch.ts";
import type { RouteCounters } from "./counters.ts";
import { Evidence } from "./evidence.ts";
import type { JournalFault } from "./journal.ts";
import type { NotOnDisk } from "./not-on-disk.ts";
import { Outbox } from "./notification-outbox.ts";
import { Notifications, type Send } from "./notifications.ts";
import type { OwnRollouts } from "./own-rollouts.ts";
import type { RolloutService } from "./rollout-service.ts";

export interface BesideOptions {
  readonly dataFolder: string;
  readonly service: RolloutService;
  readonly own: OwnRollouts;
  readonly notOnDisk?: NotOnDisk;
  readonly counters: RouteCounters;
  readonly clock: Clock;
  readonly log: Log;
  readonly config?: Pick<ControlConfig, "publicUrl" | "notifications">;
  readonly registry?: Registry;
  readonly send?: Send;
}

export interface Beside {
  readonly approvals: Approvals;
  readonly evidence: Evidence;
  readonly notifications: Notifications;
  readonly watch: ControlWatch;
  close(): Promise<void>;
}

/** Reads what waits in every place: the console itself. */
const ITSELF: Subject = { name: "meshscope", grants: [{ role: "approver" }] };
const LINK_SEC = 900;

function register(registry: Registry, notifications: Notifications): void {
  for (const figure of ["pending", "sent", "lost"] as const) {
    new Gauge({
      name: `meshscope_notifications_${figure}${figure === "pending" ? "" : "_total"}`,
      help: `Notices of rollouts by target: ${figure}`,
      labelNames: ["target"],
      registers: [registry],
      collect() {
        for (const target of notifications.answer().targets) this.set({ target: target.name }, target[figure]);
      },
    });
  }
}

export async function openBeside(options: BesideOptions): Promise<Result<Beside, JournalFault>> {
  const { dataFolder, service, own, counters, clock, log, registry } = options;
  const { publicUrl, notifications: targets } = options.config ?? { publicUrl: null, notifications: [] };
  const approvals = await Approvals.open({ folder: join(dataFolder, "approvals"), service, clock, publicUrl });
  if (!approvals.ok) return approvals;
  const outbox = await Outbox.open(join(dataFolder, "notifications"));
  if (!outbox.ok) return outbox;
  const evidence = new Evidence(join(dataFolder, "evidence"), log);
  const notifications = new Notifications({
    ...{ targets, outbox: outbox.value, clock, log, publicUrl },
    ...(options.send === undefined ? {} : { send: options.send }),
    approvalLink: async (target, { rollout: { id, revision } }) => {
      const found = await service.detail(ITSELF, id);
      // A link for what has changed since would do nothing.
      if (!found.ok || found.value.revision !== revision || !found.value.actions.includes("promote")) return null;
      const by = `the notification ${target}`;
      const made = await approvals.value.makeFor(by, found.value, { action: "promote", ttlSec: LINK_SEC });
      return made.ok ? made.value.url : null;
    },
  });
  if (registry !== undefined) register(registry, notifications);
  const summaries = async () => (await service.list(ITSELF)).rollouts;
  const retry = async () => options.notOnDisk?.retry();
  const watch = new ControlWatch({
    ...{ states: () => own.states(), summaries, counters, evidence, notifications, clock, log, retry },
  });
  const close = async (): Promise<void> => {
    await watch.stop();
    await evidence.close();
    await approvals.value.close();
    await outbox.value.close();
  };
  return ok({ approvals: approvals.value, evidence, notifications, watch, close });
}
