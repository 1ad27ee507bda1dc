/**
 * An engine over the real ClickHouse, with a database of its own, and what a test needs around it: batches of spans as the
 * log would hold them, a clock, folders.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Limits } from "../../collector/store/clickhouse/database.ts";
import type { ClickHouseEngine } from "../../collector/store/clickhouse/engine.ts";
import { type ClickHouseSettings, openClickHouse } from "../../collector/store/clickhouse/open-clickhouse.ts";
import { silentLog } from "../../collector/telemetry/log.ts";
import type { LoggedBatch } from "../../lib/query/store-engine.ts";

const HOUR_MS = 3_600_000;

/** Nothing that a test writes is ever too old to be kept. */
export const RETENTION: ClickHouseSettings["retention"] = {
  spansMs: 100 * 365 * 24 * HOUR_MS,
  rollups: {
    tenSecondsMs: 50 * 365 * 24 * HOUR_MS,
    oneMinuteMs: 50 * 365 * 24 * HOUR_MS,
    tenMinutesMs: 50 * 365 * 24 * HOUR_MS,
  },
};

export interface EngineOptions {
  readonly url: string;
  readonly database: string;
  readonly dataFolder: string;
  readonly member?: string;
  readonly limits?: Partial<Limits>;
  readonly retention?: ClickHouseSettings["retention"];
}

const LIMITS: Limits = { deadlineMs: 20_000, maxRows: 1_000_000_000, insertMs: 30_000, patienceMs: 60_000 };

export async function openEngine({
  url,
  database,
  dataFolder,
  member,
  limits,
  retention,
}: EngineOptions): Promise<ClickHouseEngine> {
  const opened = await openClickHouse(
    {
      clickhouse: { url, database, username: "default" },
      dataFolder,
      retention: retention ?? RETENTION,
      ...(member === undefined ? {} : { member }),
      limits: { ...LIMITS, ...limits },
    },
    { clock: { nowMs: () => Date.now() }, log: silentLog, wait: async () => {} },
  );
  if (!opened.ok) throw new Error(`${opened.error.code}: ${opened.error.message}`);
  return opened.value;
}

export async function scratchFolder(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "meshscope-clickhouse-"));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

const RECEIVED_MS = 1_700_000_100_000;

/** A batch of OTLP JSON: one server span of service `web` for each number, of that trace. */
export function batchOf(offset: number, traces: readonly number[], fields: Partial<LoggedBatch> = {}): LoggedBatch {
  const spans = traces.map((trace) => ({
    traceId: trace.toString(16).padStart(32, "0"),
    spanId: trace.toString(16).padStart(16, "1"),
    name: "GET /",
    kind: 2,
    startTimeUnixNano: String(1_700_000_000_000_000_000n + BigInt(trace) * 1_000_000n),
    endTimeUnixNano: String(1_700_000_000_010_000_000n + BigInt(trace) * 1_000_000n),
    attributes: [{ key: "n", value: { intValue: String(trace) } }],
  }));
  const resource = { attributes: [{ key: "service.name", value: { stringValue: "web" } }] };
  const body = { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] };
  return {
    log: "0",
    position: { segment: 1, offset },
    id: `batch-${fields.log ?? "0"}-${offset}`,
    receivedMs: RECEIVED_MS,
    format: "otlpJson",
    body: Buffer.from(JSON.stringify(body)),
    ...fields,
  };
}
