/** The receivers, in this process or in several of their own (`ingest.shards`). Errors: `port_in_use`, `listen_failed`. */
import type { Registry } from "prom-client";
import { err, ok, type Result } from "../lib/base/result.ts";
import type { Config } from "./config/config.ts";
import type { DurableIngest } from "./durable-ingest.ts";
import type { Intake } from "./pipeline/span-intake.ts";
import { type Board, ReceiverStartError, type Receivers, startReceivers } from "./receivers/start.ts";
import { startShardedReceivers } from "./sharded-receivers.ts";
import type { Clock } from "./telemetry/clock.ts";
import type { Log } from "./telemetry/log.ts";

export interface ReceiverParts {
  readonly kept: DurableIngest | undefined;
  readonly board: Board;
  readonly registry: Registry;
  readonly intake: Intake;
}

export async function openReceivers(
  config: Config,
  { kept, board, registry, intake }: ReceiverParts,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): Promise<Result<Receivers, { readonly code: string; readonly message: string }>> {
  try {
    if (kept !== undefined && config.ingest.shards > 1) {
      return ok(await startShardedReceivers({ config, kept, board, registry, clock, log }));
    }
    return ok(await startReceivers({ listen: config.listen, intake, board, log, clock }));
  } catch (error) {
    if (error instanceof ReceiverStartError) return err({ code: error.code, message: error.message });
    throw error;
  }
}
