/** What was lent is nobody else's until it is given back; what is kept is bounded. */
import { expect, test } from "vitest";
import { BodyPool } from "./body-pool.ts";

test("a buffer is lent to one at a time, and again once it is given back", () => {
  const pool = new BodyPool();
  const [first, second] = [pool.lend(100_000), pool.lend(100_000)];
  expect(first.buffer).not.toBe(second.buffer);
  expect(first.length).toBe(131_072);
  pool.giveBack(first);
  expect(pool.bytes).toBe(131_072);
  expect(pool.lend(70_000)).toBe(first);
  expect(pool.bytes).toBe(0);
});

test("no more than 16 MiB is kept, and nothing of another size than it lends", () => {
  const pool = new BodyPool();
  for (const buffer of Array.from({ length: 20 }, () => pool.lend(1_048_576))) pool.giveBack(buffer);
  expect(pool.bytes).toBe(16 * 1_048_576);
  const huge = pool.lend(3_000_000);
  expect(huge.length).toBe(3_000_000);
  pool.giveBack(huge);
  pool.giveBack(Buffer.alloc(20_000));
  expect(pool.bytes).toBe(16 * 1_048_576);
});
