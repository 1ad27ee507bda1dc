/** kill -9 at each named place of the write path: every acknowledged span is there once, every call is counted once. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { eventually } from "../support/collector-process.ts";
import { CrashLoad } from "../support/crash-load.ts";

// A few at once: most of each is waiting for slots and halves of calls.
const folders: string[] = [];
function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "meshscope-crash-"));
  folders.push(folder);
  return folder;
}
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

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

async function untilDead(load: CrashLoad, mark: string, pairs = 2): Promise<void> {
  // By time and not by rounds: those that a full log refuses are over at once.
  const endMs = Date.now() + 90_000;
  while (load.isRunning && !existsSync(mark) && Date.now() < endMs) {
    // What a full log refused waits still: more of it would wait for minutes after the restart.
    if (load.isDone) load.add(pairs);
    await load.send();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(existsSync(mark)).toBe(true);
}

async function goesOn(load: CrashLoad): Promise<void> {
  load.add(3);
  // A small log may still be full of what was sent before: it is refused then, and sent again.
  await eventually(async () => {
    await load.send();
    if (!load.isDone) throw new Error("not all is acknowledged");
  }, 120_000);
  await load.untilReady();
  await load.check();
  expect(await load.process.stop()).toBe(0);
}

const killedAt = (place: string, data: string) => ({
  MESHSCOPE_FAILPOINT: place,
  MESHSCOPE_FAILPOINT_MARK: `${data}/reached`,
});

describe.concurrent("the collector is killed", () => {
  test.each(PLACES)("at %s", async (place) => {
    const data = newFolder();
    const load = new CrashLoad(data);
    expect(await load.start(killedAt(place, data))).toBe(true);
    await untilDead(load, `${data}/reached`);
    await load.start();
    await goesOn(load);
  });

  test.each(["before-segment-delete:1", "after-segment-delete:1"])(
    "at %s",
    async (place) => {
      // Segments of 1 MiB, and 300 kB in a pair of bodies.
      const data = newFolder();
      const load = new CrashLoad(data, { log: { checkpointEvery: "200ms", maxSize: "16MiB" } }, 30_000);
      expect(await load.start(killedAt(place, data))).toBe(true);
      await untilDead(load, `${data}/reached`, 4);
      await load.start();
      await goesOn(load);
    },
    300_000,
  );

  test("in the middle of the replay of an earlier crash", async () => {
    const data = newFolder();
    const load = new CrashLoad(data, { log: { checkpointEvery: "1h" } });
    await load.start();
    load.add(10);
    await load.send();
    await load.kill();
    expect(await load.start(killedAt("mid-replay:7", data))).toBe(false);
    await load.start();
    await goesOn(load);
    expect(load.starts).toBe(3);
  });
});

describe.concurrent("the store's process is killed", () => {
  test.each(["before-commit:2", "after-commit:2"])("at %s, and the collector starts it again", async (place) => {
    const data = newFolder();
    const load = new CrashLoad(data);
    expect(await load.start(killedAt(place, data))).toBe(true);
    await untilDead(load, `${data}/reached`);
    expect(load.isRunning).toBe(true);
    await goesOn(load);
  });
});

test.concurrent("a second collector on the same folder is refused with the reason", async () => {
  const data = newFolder();
  const load = new CrashLoad(data);
  await load.start();
  await expect(new CrashLoad(data).start()).rejects.toThrow(/ended with 1: .*data_in_use/s);
  expect(await load.process.stop()).toBe(0);
});
