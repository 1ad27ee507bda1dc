/** The export read back by DuckDB: as many rows as there are, each attribute of its type, and the folder left alone. */
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterEach, expect, test } from "vitest";
import type { AttributeValue } from "../../../../lib/model/span.ts";
import { silentLog } from "../../../telemetry/log.ts";
import { CONTRACT_T0, contractSlot } from "../../rollup-store-contract.ts";
import { BASE_MS, testSpan } from "../../span-store-contract.ts";
import { type EmbeddedEngine, openEmbedded, tiersOf } from "../open-embedded.ts";
import { type ExportRequest, exportData } from "./export-data.ts";

const HOUR = 3_600_000;
const retention = {
  spansMs: 1e15,
  maxDiskBytes: 1e10,
  rollups: { tenSecondsMs: 6 * HOUR, oneMinuteMs: 72 * HOUR, tenMinutesMs: 2160 * HOUR },
};
const clock = { nowMs: () => CONTRACT_T0 };

const folders: string[] = [];
const engines: EmbeddedEngine[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), "export-"));
  folders.push(folder);
  return folder;
}

const attributes = new Map<string, AttributeValue>([
  ["http.method", "GET"],
  ["http.status", 503],
  ["ratio", 0.25],
  ["cached", false],
  ["big", 9_007_199_254_740_993n],
  ["list", ["a", 1]],
]);

/** Opened and left open, as by a collector that runs. */
async function filled(dataFolder: string): Promise<EmbeddedEngine> {
  const engine = await openEmbedded({ dataFolder, retention }, { clock, log: silentLog });
  if (!engine.ok) throw new Error(engine.error.code);
  engines.push(engine.value);
  await engine.value.spans.write(Array.from({ length: 250 }, (_, i) => testSpan(i % 40, i + 1, i, { attributes })));
  await engine.value.rollups.append(Array.from({ length: 12 }, (_, i) => contractSlot(i, [i, 1], [2])));
  return engine.value;
}

function request(dataFolder: string, out: string, fields: Partial<ExportRequest> = {}): ExportRequest {
  const time = { startMs: 0, endMs: CONTRACT_T0 + HOUR };
  return { dataFolder, out, tiers: tiersOf(retention), slotMs: 10_000, report: () => {}, ...time, ...fields };
}

async function rowsOf(sql: string): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const rows = (await connection.runAndReadAll(sql)).getRowObjectsJson();
  connection.closeSync();
  instance.closeSync();
  return rows;
}

function digest(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const files = names.filter((name) => statSync(join(folder, name)).isFile()).sort();
  return Object.fromEntries(
    files.map((name) => [
      name,
      createHash("sha256")
        .update(readFileSync(join(folder, name)))
        .digest("hex"),
    ]),
  );
}

test("all spans and slots come back from Parquet, attributes with their types, while the store is in use", async () => {
  const data = scratch();
  const out = join(scratch(), "parquet");
  await filled(data);
  const before = digest(data);
  const exported = await exportData(request(data, out, { rowsPerFile: 100 }));
  expect(exported).toMatchObject({ ok: true, value: { spans: 250, rollups: 24 } });
  expect(digest(data)).toEqual(before);
  expect(readdirSync(out).sort()).toEqual([
    "rollups-0001.parquet",
    "spans-0001.parquet",
    "spans-0002.parquet",
    "spans-0003.parquet",
  ]);
  const spans = `'${out}/spans-*.parquet'`;
  expect(await rowsOf(`select count(*)::int as n, count(distinct span_id)::int as ids from ${spans}`)).toEqual([
    { n: 250, ids: 250 },
  ]);
  const typed = await rowsOf(
    `select distinct attributes_string['http.method'] m, attributes_number['http.status'] s, attributes_number['ratio'] r,
     attributes_bool['cached'] c, attributes_json['big'] b, attributes_json['list'] l, duration_ns::varchar d from ${spans}`,
  );
  expect(typed).toEqual([
    { m: "GET", s: 503, r: 0.25, c: false, b: '{"int":"9007199254740993"}', l: '["a",1]', d: "10000000" },
  ]);
  const sums = await rowsOf(
    `select source_name as name, sum(numbers['requests{code=200,grpc=}'])::int as ok,
     sum(coalesce(numbers['requests{code=503,grpc=}'], 0))::int as failed, sum(covered_ms)::int as covered
     from '${out}/rollups-*.parquet' group by 1 order by 1`,
  );
  expect(sums).toEqual([
    { name: "a", ok: 66, failed: 12, covered: 120_000 },
    { name: "b", ok: 24, failed: 0, covered: 120_000 },
  ]);
});

test("of a stretch of time only what starts in it is exported, at the grain asked for", async () => {
  const data = scratch();
  const out = join(scratch(), "parquet");
  await filled(data);
  const window = { startMs: BASE_MS + 100, endMs: CONTRACT_T0 + 60_000, slotMs: 60_000 };
  expect(await exportData(request(data, out, window))).toMatchObject({ ok: true, value: { spans: 150, rollups: 2 } });
});

test("a folder that is not empty is not written to", async () => {
  const data = scratch();
  const out = scratch();
  await filled(data);
  writeFileSync(join(out, "mine.txt"), "");
  expect(await exportData(request(data, out))).toMatchObject({ ok: false, error: { code: "export_not_empty" } });
  expect(readdirSync(out)).toEqual(["mine.txt"]);
});
