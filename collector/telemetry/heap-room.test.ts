/** A small heap is given room, a large one is not, and the engine knows the flag. */
import { afterEach, expect, test, vi } from "vitest";
import { watchHeapRoom } from "./heap-room.ts";

afterEach(() => {
  vi.useRealTimers();
});

test("the flag is set when the heap becomes small or large, and at no other time", () => {
  vi.useFakeTimers();
  const flags: string[] = [];
  let used = 20e6;
  const stop = watchHeapRoom(
    () => used,
    (flag) => flags.push(flag),
  );
  vi.advanceTimersByTime(20_000);
  expect(flags).toEqual(["--heap-growing-percent=200"]);
  used = 200e6;
  vi.advanceTimersByTime(5_000);
  used = 250e6;
  vi.advanceTimersByTime(5_000);
  used = 50e6;
  vi.advanceTimersByTime(5_000);
  stop();
  used = 200e6;
  vi.advanceTimersByTime(20_000);
  const [small, large] = ["--heap-growing-percent=200", "--heap-growing-percent=0"];
  expect(flags).toEqual([small, large, small]);
});

test("this engine has the flag: an unknown one is said on stderr", async () => {
  const { spawnSync } = await import("node:child_process");
  const run = (flag: string) => spawnSync(process.execPath, ["-e", `require("v8").setFlagsFromString("${flag}")`]);
  expect(run("--heap-growing-percent=200").stderr.toString()).toBe("");
  expect(run("--heap-growing-per-mille=200").stderr.toString()).not.toBe("");
});
