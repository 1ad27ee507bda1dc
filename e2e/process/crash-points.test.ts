/** kill -9 at each named place of the write path: every acknowledged span is there once, every call is counted once. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CrashLoad } from "../support/crash-load.ts";

let data = "";
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "meshscope-crash-"));
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

/** Place and the how manieth time. */
const PLACES = [
  "before-append:9",
  "after-append:3",
  "before-fdatasync:5",
  "after-fdatasync:4",
  "before-answer:7",
  "after-answer:11",
  "after-fold:8",
  "before-checkpoint:2",
  "mid-checkpoint:2",
  "after-checkpoint:2",
];

describe("the collector is killed", () => {
  test.each(PLACES)("at %s", async (place) => {
    const load = new CrashLoad(data);
    const mark = join(data, "..", `${data.split("/").pop()}.mark`);
    try {
      expect(await load.start({ MESHSCOPE_FAILPOINT: place, MESHSCOPE_FAILPOINT_MARK: mark })).toBe(true);
      for (let round = 0; load.isRunning && round < 100; round++) {
        load.add(2);
        await load.send();
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      expect(existsSync(mark)).toBe(true);
      expect(load.isRunning).toBe(false);
      await load.start();
      load.add(3);
      await load.send();
      expect(load.isDone).toBe(true);
      await load.untilReady();
      await load.check();
      expect(await load.process.stop()).toBe(0);
    } finally {
      rmSync(mark, { force: true });
    }
  });
});
