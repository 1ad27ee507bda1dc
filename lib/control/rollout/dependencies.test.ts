import { expect, test } from "vitest";
import { circleIn } from "./dependencies.ts";

const circle = (graph: Readonly<Record<string, readonly string[]>>) => circleIn(new Map(Object.entries(graph)));

test("a circle of rollouts that wait for each other is named, wherever it is entered", () => {
  expect(circle({ a: ["b"], b: ["c"], c: ["a"] })).toEqual(["a", "b", "c", "a"]);
  expect(circle({ x: ["a"], a: ["b"], b: ["a"] })).toEqual(["a", "b", "a"]);
  expect(circle({ a: ["a"] })).toEqual(["a", "a"]);
});

test("rollouts that wait for one another without a circle, or for some that are not known, have none", () => {
  expect(circle({ a: ["b", "c"], b: ["d"], c: ["d"], d: [] })).toBeNull();
  expect(circle({ a: ["gone"] })).toBeNull();
  const chain = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`r${i}`, [`r${i + 1}`]]));
  expect(circle(chain)).toBeNull();
});
