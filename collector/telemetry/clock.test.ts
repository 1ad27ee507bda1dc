import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { shiftedClock } from "./clock.ts";

const folder = mkdtempSync(join(tmpdir(), "meshscope-clock-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("a clock follows the offset in its file, and is the wall's until there is one", () => {
  const path = join(folder, "offset");
  const wall = { ms: 1_000_000 };
  const clock = shiftedClock(path, () => wall.ms);
  expect(clock.nowMs()).toBe(1_000_000);
  writeFileSync(path, "-3600000");
  wall.ms += 10;
  expect(clock.nowMs()).toBe(1_000_010);
  wall.ms += 50;
  expect(clock.nowMs()).toBe(1_000_060 - 3_600_000);
});
