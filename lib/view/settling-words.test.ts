import { expect, test } from "vitest";
import { settlingWords } from "./settling-words.ts";

test("who may still change a past window is told by why, and nothing of one that is final", () => {
  expect(settlingWords({})).toEqual([]);
  const [targets, services, members, ...rest] = settlingWords({
    settling: 6,
    settlingBy: { targets: 3, services: 1, members: 2 },
  });
  expect(targets).toMatch(/^3 targets were not read since/);
  expect(services).toBe("1 service tells by spans, which count up to 10 minutes late.");
  expect(members).toBe("2 other collectors have not handed over what they counted in this window.");
  expect(rest).toEqual([]);
  expect(settlingWords({ settling: 1, settlingBy: { targets: 0, services: 0, members: 1 } })).toEqual([
    "1 other collector has not handed over what it counted in this window.",
  ]);
});

test("a window whose end is still to come says so, and nothing of who tells of it", () => {
  const settlingBy = { targets: 0, services: 0, members: 0, clock: 1 };
  expect(settlingWords({ settling: 1, settlingBy })).toEqual([
    "By the collector's clock the end of this window is still to come.",
  ]);
});

test("one that does not say why is of targets", () => {
  expect(settlingWords({ settling: 1 })[0]).toMatch(/^1 target was not read since/);
});
