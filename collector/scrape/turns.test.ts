/** A turn of the event loop for each. */
import { expect, test } from "vitest";
import { Turns } from "./turns.ts";

test("of a crowd one goes in each turn of the loop, in order, and others are heard in between", async () => {
  const turns = new Turns();
  const seen: string[] = [];
  const crowd = [0, 1, 2].map((i) => turns.next().then(() => seen.push(`crowd ${i}`)));
  const other = (left: number): void => {
    seen.push("other");
    if (left > 1) setImmediate(other, left - 1);
  };
  setImmediate(other, 3);
  await Promise.all(crowd);
  const crowded = seen.filter((one) => one !== "other");
  expect(crowded).toEqual(["crowd 0", "crowd 1", "crowd 2"]);
  // No two of the crowd without a turn of the others between them.
  const next = seen.map((one, i) => [one, seen[i + 1]].every((each) => each?.startsWith("crowd")));
  expect(next).not.toContain(true);
});

test("who comes after a pause waits for one turn alone", async () => {
  const turns = new Turns();
  await turns.next();
  let passed = 0;
  const count = (): void => {
    passed++;
    setImmediate(count).unref();
  };
  setImmediate(count).unref();
  await turns.next();
  expect(passed).toBeLessThanOrEqual(1);
});
