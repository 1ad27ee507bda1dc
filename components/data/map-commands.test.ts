import { expect, test } from "vitest";
import { ASKED_MS, askMap, forgetAsked, lendCommands, toLeave } from "./map-commands.ts";

const NOW = 1_000_000;

test("a command runs where it is lent, as it is at the time it is asked", () => {
  const ran: string[] = [];
  const lent = { current: { fit: () => void ran.push("before") } };
  const back = lendCommands(lent, NOW);
  lent.current = { fit: () => void ran.push("after") };
  expect(askMap("fit", NOW)).toBe(true);
  expect(ran).toEqual(["after"]);
  back();
});

test("one that is asked for before a map is there runs once it is, and once alone; the last that was asked for counts", () => {
  const ran: string[] = [];
  expect(askMap("legend", NOW)).toBe(false);
  expect(askMap("png", NOW)).toBe(false);
  const lent = { current: { png: () => void ran.push("png"), legend: () => void ran.push("legend") } };
  const back = lendCommands(lent, NOW + ASKED_MS);
  expect(ran).toEqual(["png"]);
  back();
  lendCommands(lent, NOW + ASKED_MS)();
  expect(ran).toEqual(["png"]);
});

test("one that no map took in its time is done by none that comes later", () => {
  const ran: string[] = [];
  const lent = { current: { png: () => void ran.push("png") } };
  expect(askMap("png", NOW)).toBe(false);
  lendCommands(lent, NOW + ASKED_MS + 1)();
  expect(ran).toEqual([]);
  // Not even where a clock is set back.
  lendCommands(lent, NOW)();
  expect(ran).toEqual([]);
});

test("one whose way was left is forgotten", () => {
  const ran: string[] = [];
  expect(askMap("png", NOW)).toBe(false);
  forgetAsked();
  lendCommands({ current: { png: () => void ran.push("png") } }, NOW)();
  expect(ran).toEqual([]);
});

test("a table is left for what is of the picture, a wall for what it has no room for, and neither for anything else", () => {
  const table = { isTable: true, isWall: false };
  const wall = { isTable: true, isWall: true };
  expect(toLeave("png", table)).toEqual({ table: true, wall: false });
  expect(toLeave("edges", table)).toEqual({ table: false, wall: false });
  expect(toLeave("mark", table)).toEqual({ table: false, wall: false });
  expect(toLeave("fit", wall)).toEqual({ table: false, wall: false });
  expect(toLeave("mark", wall)).toEqual({ table: false, wall: true });
  expect(toLeave("legend", wall)).toEqual({ table: true, wall: true });
  expect(toLeave("legend", { isTable: false, isWall: false })).toEqual({ table: false, wall: false });
});
