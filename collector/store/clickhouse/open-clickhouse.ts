/**
 * Opens the engine over the ClickHouse that the configuration names. In: its address, the data folder, how long things are
 * kept; out: the engine. It opens while ClickHouse is away, too. Errors: `store_newer`, where it answers and holds what a
 * newer version made; `password_unreadable`.
 */
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { err, ok, type Result } from "../../../lib/base/result.ts";
import type { RollupTier } from "../../../lib/query/rollup-store.ts";
import type { ClickHouseConfig, Retention } from "../../config/config.ts";
import type { Clock } from "../../telemetry/clock.ts";
import type { Log } from "../../telemetry/log.ts";
import { Database, type Limits } from "./database.ts";
import { ClickHouseEngine, Readiness } from "./engine.ts";
import { EngineStats } from "./engine-stats.ts";
import { StoreFault } from "./faults.ts";
import { Marks } from "./marks.ts";
import { tableNames } from "./names.ts";
import { RollupFiles } from "./rollup-files.ts";
import { RollupReader } from "./rollup-read.ts";
import { ClickHouseRollups } from "./rollup-store.ts";
import { RollupWriter } from "./rollup-writer.ts";
import { bringUp } from "./schema.ts";
import { SpanWriter } from "./span-writer.ts";

export interface ClickHouseSettings {
  readonly clickhouse: ClickHouseConfig;
  readonly dataFolder: string;
  readonly retention: Pick<Retention, "spansMs" | "rollups">;
  /** Name of this collector among those that share the database; absent: it is alone. */
  readonly member?: string;
  readonly limits?: Limits;
}

export interface ClickHouseSurroundings {
  readonly clock: Clock;
  readonly log: Log;
  readonly wait?: (ms: number) => Promise<void>;
}

const LIMITS: Limits = { deadlineMs: 10_000, maxRows: 2_000_000_000, insertMs: 20_000, patienceMs: 5_000 };
const ALONE = "collector";

function tiersOf({ rollups }: ClickHouseSettings["retention"]): RollupTier[] {
  return [
    { slotMs: 10_000, retainMs: rollups.tenSecondsMs },
    { slotMs: 60_000, retainMs: rollups.oneMinuteMs },
    { slotMs: 600_000, retainMs: rollups.tenMinutesMs },
  ];
}

async function passwordOf({ passwordFile }: ClickHouseConfig): Promise<Result<string, string>> {
  if (passwordFile === undefined) return ok("");
  return readFile(passwordFile, "utf8").then(
    (text) => ok(text.trimEnd()),
    (error) => err(`the password file ${passwordFile} cannot be read: ${String(error)}`),
  );
}

async function assemble(
  database: Database,
  settings: ClickHouseSettings,
  { clock, log, wait = sleep }: ClickHouseSurroundings,
): Promise<{ readonly engine: ClickHouseEngine; readonly ready: Readiness }> {
  const { clickhouse, retention, dataFolder, member = ALONE, limits = LIMITS } = settings;
  const { database: name, cluster } = clickhouse;
  const names = tableNames(name);
  const nowMs = (): number => clock.nowMs();
  const schema = { database: name, retention, ...(cluster === undefined ? {} : { cluster }) };
  const ready = new Readiness(() => bringUp(database, schema), limits.patienceMs);
  const folder = join(dataFolder, "clickhouse");
  await mkdir(folder, { recursive: true });
  const marks = await Marks.open(join(folder, "marks"));
  const stats = new EngineStats(database, name, names);
  const rollups = new ClickHouseRollups({
    tiers: tiersOf(retention),
    files: new RollupFiles(join(folder, "rollups")),
    reader: new RollupReader(database, names, nowMs),
    writer: new RollupWriter(database, names, member),
    stats,
    nowMs,
    ready: () => ready.soon(),
    onRefused: (message) => log.error("rollup_refused", { message }),
  });
  await rollups.recover();
  const pause = async (ms: number): Promise<void> => {
    await wait(ms);
  };
  const writer = new SpanWriter({ database, names, marks, member, nowMs, wait: pause });
  return { engine: new ClickHouseEngine({ database, names, ready, marks, writer, rollups, stats }), ready };
}

export async function openClickHouse(
  settings: ClickHouseSettings,
  surroundings: ClickHouseSurroundings,
): Promise<Result<ClickHouseEngine, { readonly code: string; readonly message: string }>> {
  const { clickhouse, limits = LIMITS } = settings;
  const password = await passwordOf(clickhouse);
  if (!password.ok) return err({ code: "password_unreadable", message: password.error });
  const { url, username } = clickhouse;
  const database = new Database({ url, username, password: password.value }, limits);
  const { engine, ready } = await assemble(database, settings, surroundings);
  const found = await ready.soon().then(
    () => undefined,
    (error: unknown) => error,
  );
  if (found instanceof StoreFault && found.code === "store_newer") {
    await engine.close();
    return err({ code: found.code, message: found.message });
  }
  if (found !== undefined) surroundings.log.warn("clickhouse_away", { url, error: String(found) });
  return ok(engine);
}
