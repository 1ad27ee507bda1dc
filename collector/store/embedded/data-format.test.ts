/** Data folders of other versions, and of something else. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { silentLog } from "../../telemetry/log.ts";
import { CONTRACT_T0, contractSlot } from "../rollup-store-contract.ts";
import { checkDataFormat, DATA_FORMAT, prepareDataFolder } from "./data-format.ts";
import { openEmbedded } from "./open-embedded.ts";
import { RecordLog } from "./rollups/record-log.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), "data-format-"));
  folders.push(folder);
  return folder;
}

const retention = {
  spansMs: 3_600_000,
  maxDiskBytes: 1e9,
  rollups: { tenSecondsMs: 3_600_000, oneMinuteMs: 7_200_000, tenMinutesMs: 86_400_000 },
};
const clock = { nowMs: () => CONTRACT_T0 };

async function opened(dataFolder: string) {
  const engine = await openEmbedded({ dataFolder, retention }, { clock, log: silentLog });
  if (!engine.ok) throw new Error(engine.error.code);
  return engine.value;
}

/** As format 1 left a folder: rows without the time when they were last seen. */
async function asFormatOne(folder: string): Promise<void> {
  const path = join(folder, "rollups", "rows.log");
  const { records } = await new RecordLog<Record<string, unknown>>(path).load();
  await new RecordLog<Record<string, unknown>>(path).replace(records.map(({ seenMs: _, ...rest }) => rest));
  writeFileSync(join(folder, "format.json"), '{"format":1}');
}

test("a new folder gets this version's format", async () => {
  const folder = join(scratch(), "data");
  expect(await prepareDataFolder(folder)).toEqual({ ok: true, value: undefined });
  expect(JSON.parse(readFileSync(join(folder, "format.json"), "utf8"))).toEqual({ format: DATA_FORMAT });
});

test("a folder of an older version opens with all that it held, and is of this version then", async () => {
  const folder = scratch();
  const before = await opened(folder);
  await before.rollups.append([contractSlot(0, [3], [4])]);
  await before.close();
  await asFormatOne(folder);
  const after = await opened(folder);
  const { rows } = await after.rollups.read(10_000, CONTRACT_T0, CONTRACT_T0 + 10_000);
  expect(rows.map(({ row, values }) => [row.key, values[0], row.lastSeenMs])).toEqual([
    ["a", 3, CONTRACT_T0],
    ["b", 4, CONTRACT_T0],
  ]);
  await after.close();
  expect(await checkDataFormat(folder)).toEqual({ ok: true, value: DATA_FORMAT });
});

test("a folder of a newer version is refused, and left as it is", async () => {
  const folder = scratch();
  writeFileSync(join(folder, "format.json"), JSON.stringify({ format: DATA_FORMAT + 1 }));
  const engine = await openEmbedded({ dataFolder: folder, retention }, { clock, log: silentLog });
  expect(engine).toMatchObject({ ok: false, error: { code: "data_too_new" } });
  expect(readdirSync(folder)).toEqual(["format.json"]);
});

test("a folder of something else is refused, and left as it is", async () => {
  const folder = scratch();
  mkdirSync(join(folder, "photos"));
  expect(await prepareDataFolder(folder)).toMatchObject({ ok: false, error: { code: "data_foreign" } });
  expect(readdirSync(folder)).toEqual(["photos"]);
});

test("a folder whose format cannot be read has a code of its own", async () => {
  const folder = scratch();
  writeFileSync(join(folder, "format.json"), "{");
  expect(await prepareDataFolder(folder)).toMatchObject({ ok: false, error: { code: "data_unreadable" } });
});
