/**
 * Rollups of several collectors over one ClickHouse, and over faults: each append once, whoever ends when; of open slots
 * every collector has its own.
 */
import { mkdir } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { ClickHouseEngine } from "../../collector/store/clickhouse/engine.ts";
import { CONTRACT_T0, contractSlot } from "../../collector/store/rollup-store-contract.ts";
import type { ClosedSlot, Column, RollupRow } from "../../lib/model/rollup-row.ts";
import { findChdb } from "./binary.ts";
import { type Gate, openGate } from "./gate.ts";
import { openEngine, scratchFolder } from "./rig.ts";
import { type ChdbServer, startChdb } from "./server.ts";

const site = await findChdb();
const T0 = CONTRACT_T0;

describe.skipIf("skip" in site)("rollups in ClickHouse", () => {
  let server: ChdbServer;
  let gate: Gate;
  let scratch: Awaited<ReturnType<typeof scratchFolder>>;
  let database = "";
  let databases = 0;
  const engines: ClickHouseEngine[] = [];

  beforeAll(async () => {
    if ("skip" in site) return;
    scratch = await scratchFolder();
    server = await startChdb(site, `${scratch.path}/data`);
  });

  beforeEach(async () => {
    gate = await openGate(server.port);
    database = `rollups_${databases++}`;
  });

  afterEach(async () => {
    gate.set("open");
    for (const engine of engines.splice(0)) await engine.close();
    await gate.close();
  });

  afterAll(async () => {
    await server?.stop();
    await scratch?.remove();
  });

  async function open(member: string): Promise<ClickHouseEngine> {
    const dataFolder = `${scratch.path}/${database}-${member}`;
    await mkdir(dataFolder, { recursive: true });
    const engine = await openEngine({ url: gate.url, database, dataFolder, member, limits: { insertMs: 2_000 } });
    engines.push(engine);
    return engine;
  }

  async function sum(engine: ClickHouseEngine, tierMs = 10_000) {
    const read = await engine.rollups.read(tierMs, T0, T0 + 600_000);
    const rows = Object.fromEntries(read.rows.map(({ row, values }) => [row.key, [...values]]));
    return { rows, covered: read.coveredMs.get("g") ?? 0 };
  }

  test("slots that close while it is away wait, and are there once when it is back", async () => {
    const { rollups } = await open("a");
    await rollups.append([contractSlot(0, [1, 2])], "w0");
    gate.set("shut");
    await rollups.append([contractSlot(1, [10])], "w1");
    await rollups.append([contractSlot(2, [100])], "w2");
    await rollups.append([contractSlot(2, [100])], "w2");
    await expect(rollups.read(10_000, T0, T0 + 10_000)).rejects.toMatchObject({ code: "store_unavailable" });
    gate.set("open");
    for (const { slotMs } of rollups.tiers) {
      expect(await sum(engines[0] ?? (await open("a")), slotMs)).toEqual({ rows: { a: [111, 2] }, covered: 30_000 });
    }
  });

  test("a collector killed while it appends, at whichever table, adds nothing twice and loses nothing", async () => {
    const tables = ["coverage_10s", "rollups_10s", "coverage_1m", "rollups_1m", "rollups_10m"];
    for (const [i, table] of tables.entries()) {
      const engine = await open("a");
      await engine.rollups.checkpoint({ open: [contractSlot(i, [1])], marks: { "0": `mark-${i}` } });
      gate.loseAnswers(1, `meshscope_${table}`);
      await engine.rollups.append([contractSlot(i, [3])], `w${i}`);
      // It is never closed: the next one has its files alone.
      engines.length = 0;
    }
    const engine = await open("a");
    expect(await engine.rollups.restore()).toEqual({ open: [], marks: { "0": "mark-4" } });
    for (const { slotMs } of engine.rollups.tiers) {
      expect(await sum(engine, slotMs)).toEqual({ rows: { a: [15] }, covered: 50_000 });
    }
  });

  test("a checkpoint comes back, summed, without what was appended since; no read sees it, nor does another collector", async () => {
    const first = await open("a");
    const other = await open("b");
    await first.rollups.checkpoint({ open: [contractSlot(0, [1]), contractSlot(1, [5])], marks: { "0": "p" } }, "c0");
    await first.rollups.checkpoint({ open: [contractSlot(0, [2, 3])], marks: { "0": "q" } }, "c1");
    await first.rollups.checkpoint({ open: [contractSlot(0, [2, 3])], marks: { "0": "q" } }, "c1");
    await first.rollups.append([contractSlot(1, [6])], "w0");
    const again = await open("a");
    const { open: slots, marks } = await again.rollups.restore();
    expect(marks).toEqual({ "0": "q" });
    expect(slots.map(({ startMs, rows }) => [startMs, rows.map(({ values }) => [...values])])).toEqual([
      [T0, [[3, 3]]],
    ]);
    expect(await other.rollups.restore()).toEqual({ open: [], marks: {} });
    expect(await sum(other)).toEqual({ rows: { a: [6] }, covered: 10_000 });
  });

  test("what two collectors counted of one edge adds up, though their columns stand in different orders; covered time does not", async () => {
    const [one, two] = [await open("a"), await open("b")];
    const slot = contractSlot(0, [3, 4]);
    const turned = {
      ...slot,
      rows: slot.rows.map(({ row, values }) => ({ row: turn(row), values: values.toReversed() })),
    };
    await one.rollups.append([slot], "w0");
    // The same id of a write: another collector's is another write.
    await two.rollups.append([latency(turned)], "w0");
    for (const engine of [one, two]) {
      const read = await engine.rollups.read(10_000, T0, T0 + 10_000);
      const [only] = read.rows;
      const counts = Object.fromEntries(
        (only?.row.columns ?? []).map((column, i) => [nameOf(column), only?.values[i]]),
      );
      expect(counts).toEqual({ "200": 6, "503": 8, "bucket 1": 7 });
      expect(only?.row.schemes).toEqual([{ of: "response", bounds: [1, 5] }]);
      expect(read.coveredMs.get("g")).toBe(10_000);
    }
  });
});

function turn(row: RollupRow): RollupRow {
  return { ...row, columns: row.columns.toReversed() };
}

/** With a latency bucket behind what it has. */
function latency(slot: ClosedSlot): ClosedSlot {
  const rows = slot.rows.map(({ row, values }) => {
    const bucket: Column = { kind: "bucket", scheme: 0, index: 1 };
    const grown = { ...row, columns: [...row.columns, bucket], schemes: [{ of: "response" as const, bounds: [1, 5] }] };
    return { row: grown, values: Float64Array.from([...values, 7]) };
  });
  return { ...slot, rows };
}

function nameOf(column: Column): string {
  return column.kind === "class" ? column.code : column.kind === "bucket" ? `bucket ${column.index}` : column.kind;
}
