/**
 * A log whose end is torn off, and one with a flipped bit, met at the start by the real process: what stands before the
 * damage is stored, each span once, and what stands behind it is counted and laid aside.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type CollectorProcess, eventually, startCollector } from "../support/collector-process.ts";
import { Acknowledged } from "./acknowledged.ts";
import { childRunning, hasProc } from "./processes.ts";
import { sized } from "./size.ts";

const TRACES = sized(40, 400);
let data = "";
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "meshscope-damaged-"));
});
afterEach(() => rmSync(data, { recursive: true }));

const start = (): Promise<CollectorProcess> => startCollector({ data, store: "duckdb" });

/** Acknowledged one after another by a collector whose store has taken none of it, and then killed. */
async function leaveLog(): Promise<Acknowledged> {
  const collector = await start();
  const main = collector.child.pid ?? 0;
  const host = childRunning(main, "store-host");
  process.kill(host, "SIGSTOP");
  const sent = new Acknowledged();
  for (let n = 0; n < TRACES; n++) expect((await sent.send(collector.zipkin)).status).toBe(202);
  const gone = new Promise((resolve) => collector.child.once("exit", resolve));
  process.kill(main, "SIGKILL");
  process.kill(host, "SIGKILL");
  await gone;
  return sent;
}

function newestSegment(): string {
  const folder = join(data, "wal", "0");
  const [newest = ""] = readdirSync(folder).sort().reverse();
  return join(folder, newest);
}

interface Found {
  /** In the order in which they were sent. */
  readonly present: readonly boolean[];
  readonly damagedRecords: number;
}

async function startAgain(sent: Acknowledged): Promise<Found> {
  const collector = await start();
  try {
    await eventually(async () => expect((await fetch(`${collector.api}/readyz`)).status).toBe(200), 60_000);
    const missing = new Set((await sent.missing(collector.api)).map((line) => line.split(":")[0]));
    const metrics = await (await fetch(`${collector.api}/metrics`)).text();
    const damaged = /^meshscope_log_damaged\{[^}]*code="records"[^}]*\} (\d+)$/m.exec(metrics)?.[1];
    return { present: [...sent.traces.keys()].map((id) => !missing.has(id)), damagedRecords: Number(damaged ?? -1) };
  } finally {
    expect(await collector.stop()).toBe(0);
  }
}

test.skipIf(!hasProc)(
  "of a torn log all but the torn body is stored, and one record is reported",
  async () => {
    const sent = await leaveLog();
    const path = newestSegment();
    truncateSync(path, statSync(path).size - 10);
    const { present, damagedRecords } = await startAgain(sent);
    expect(present).toEqual([...Array.from({ length: TRACES - 1 }, () => true), false]);
    expect(damagedRecords).toBe(1);
    expect(readdirSync(join(data, "quarantine")).length).toBe(1);
  },
  120_000,
);

test.skipIf(!hasProc)(
  "of a log with a flipped bit what stands before it is stored, and the rest is reported",
  async () => {
    const sent = await leaveLog();
    const path = newestSegment();
    const bytes = readFileSync(path);
    const at = Math.floor(bytes.length * 0.6);
    bytes[at] = (bytes[at] ?? 0) ^ 0x10;
    writeFileSync(path, bytes);
    const { present, damagedRecords } = await startAgain(sent);
    const kept = present.indexOf(false);
    expect(kept).toBeGreaterThan(TRACES / 3);
    expect(kept).toBeLessThan(TRACES);
    expect(present.slice(kept).every((there) => !there)).toBe(true);
    expect(damagedRecords).toBe(TRACES - kept);
  },
  120_000,
);
