import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { systemClock } from "../telemetry/clock.ts";
import { silentLog } from "../telemetry/log.ts";
import { writeSegment } from "./log-rig.ts";
import { Logs, OWN_LOG, shardLogNames } from "./logs.ts";

const dataFolder = mkdtempSync(join(tmpdir(), "meshscope-logs-"));
afterEach(() => rmSync(join(dataFolder, "wal"), { recursive: true, force: true }));

async function openLogs(elsewhere: readonly string[]): Promise<Logs> {
  const logs = await Logs.open({ dataFolder, maxBytes: 1e9, elsewhere, clock: systemClock, log: silentLog });
  if (!logs.ok) throw new Error(logs.error.message);
  return logs.value;
}

const record = { receivedMs: 1, format: "zipkinJson", body: Buffer.from("[]") } as const;

test("a log that nobody writes any more goes once all of it was taken, and no sooner", async () => {
  const ends = [1, 2].map((segment) => writeSegment(join(dataFolder, "wal"), "3", segment, [record, record]).at(-1));
  const logs = await openLogs(shardLogNames(2));
  expect(logs.isAbandoned("3")).toBe(true);
  const [first, last] = ends;
  if (first === undefined || last === undefined) throw new Error("no segments");
  await logs.release("3", first);
  expect(existsSync(join(dataFolder, "wal", "3"))).toBe(true);
  await logs.release("3", last);
  expect(existsSync(join(dataFolder, "wal", "3"))).toBe(false);
  expect(logs.recoveredLog("3")).toBeUndefined();
});

test("what another process writes is released there, and counted here", async () => {
  const [end] = writeSegment(join(dataFolder, "wal"), "1", 1, [record]);
  if (end === undefined) throw new Error("no segment");
  const logs = await openLogs(shardLogNames(2));
  logs.writer(OWN_LOG, 0);
  expect([OWN_LOG, "1", "2"].map((name) => logs.isAbandoned(name))).toEqual([false, false, false]);
  const released: unknown[] = [];
  logs.delegate("1", { release: (through) => released.push(through), stats: () => undefined });
  await logs.release("1", end);
  expect(released).toEqual([end]);
  expect(existsSync(join(dataFolder, "wal", "1"))).toBe(true);
});
