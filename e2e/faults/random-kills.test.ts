/**
 * kill -9 at random moments under load, 50 rounds in the long suite (FAULT_ROUNDS) over one data folder: of the collector, of the store's
 * process, or of both at once. Every acknowledged span is there once, and every call is counted once.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { CrashLoad } from "../support/crash-load.ts";
import { sized } from "./size.ts";

const ROUNDS = Number(process.env["FAULT_ROUNDS"] ?? sized(4, 50));
const MAX_ROUND_MS = 2_500;
const data = mkdtempSync(join(tmpdir(), "meshscope-kills-"));
afterAll(() => rmSync(data, { recursive: true, force: true }));

/** Processes that this one started. */
function childrenOf(pid: number): number[] {
  try {
    const text = execFileSync("ps", ["-o", "pid=", "--ppid", String(pid)], { encoding: "utf8" });
    return text
      .split("\n")
      .map(Number)
      .filter((child) => child > 0);
  } catch {
    return [];
  }
}

test(
  `nothing is lost and nothing doubled over ${ROUNDS} kills`,
  async () => {
    const load = new CrashLoad(data, { log: { checkpointEvery: "400ms", maxSize: "64MiB" } });
    await load.start();
    const killed = { collector: 0, store: 0 };
    for (let round = 0; round < ROUNDS; round++) {
      const killAtMs = Date.now() + Math.random() * MAX_ROUND_MS;
      while (Date.now() < killAtMs) {
        load.add(2);
        await load.send(4);
      }
      load.add(20);
      const sending = load.send(8);
      const { pid } = load.process.child;
      if (pid === undefined) throw new Error("the collector has no process");
      const whom = Math.random();
      if (whom < 0.5)
        for (const child of childrenOf(pid)) {
          process.kill(child, "SIGKILL");
          killed.store++;
        }
      if (whom > 0.3) {
        await load.kill();
        killed.collector++;
        await sending;
        await load.start();
      }
      await sending;
    }
    while (!load.isDone) await load.send();
    await load.untilReady();
    await load.check();
    expect(killed.collector + killed.store).toBeGreaterThan(ROUNDS / 2);
    console.log(`${load.acknowledged.length} calls, ${JSON.stringify(killed)}`);
    expect(await load.process.stop()).toBe(0);
  },
  30 * 60_000,
);
