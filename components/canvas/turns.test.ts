import { expect, test } from "vitest";
import type { Sliced } from "../../lib/base/sliced.ts";
import { type Pace, Turns } from "./turns.ts";

/** Each step takes a millisecond; turns are taken by hand. */
function byHand() {
  let nowMs = 0;
  const waiting: (() => void)[] = [];
  const pace: Pace = { now: () => nowMs, later: (turn) => waiting.push(turn) };
  function* work(steps: number, taken: number[]): Sliced<number> {
    for (let step = 1; step <= steps; step++) {
      nowMs++;
      taken.push(step);
      yield;
    }
    return steps;
  }
  return { pace, work, next: () => waiting.shift()?.() };
}

test("work gives way after some milliseconds, and goes on until it is done", () => {
  const { pace, work, next } = byHand();
  const taken: number[] = [];
  const made: number[] = [];
  const turns = new Turns(pace);
  turns.run(work(20, taken), (steps) => made.push(steps));
  const after = [0, 1, 2, 3, 4].map(() => {
    const before = taken.length;
    next();
    return [before, made.length];
  });
  expect(after).toEqual([
    [0, 0],
    [8, 0],
    [16, 0],
    [20, 1],
    [20, 1],
  ]);
  expect(made).toEqual([20]);
});

test("newer work takes the place of what was under way, and what is stopped is not carried on", () => {
  const { pace, work, next } = byHand();
  const [first, second]: [number[], number[]] = [[], []];
  const made: string[] = [];
  const turns = new Turns(pace);
  turns.run(work(20, first), () => made.push("first"));
  next();
  turns.run(work(10, second), () => made.push("second"));
  for (let i = 0; i < 5; i++) next();
  expect([first.length, second.length, made]).toEqual([8, 10, ["second"]]);
  turns.run(work(10, first), () => made.push("third"));
  turns.stop();
  next();
  expect([first.length, made]).toEqual([8, ["second"]]);
  turns.run(work(2, first), () => made.push("fourth"));
  next();
  turns.stop();
  next();
  expect([first.length, made]).toEqual([10, ["second"]]);
});

test("between two turns whatever else waits has its turn", async () => {
  function* work(): Sliced<void> {
    for (const endMs = performance.now() + 60; performance.now() < endMs; ) yield;
  }
  let others = 0;
  const other = setInterval(() => others++, 1);
  await new Promise<void>((resolve) => new Turns().run(work(), resolve));
  clearInterval(other);
  expect(others).toBeGreaterThan(1);
});
