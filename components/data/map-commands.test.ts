import { expect, test } from "vitest";
import { askMap, lendCommands } from "./map-commands.ts";

test("a command runs where it is lent, as it is at the time it is asked", () => {
  const ran: string[] = [];
  const lent = { current: { fit: () => void ran.push("before") } };
  const back = lendCommands(lent);
  lent.current = { fit: () => void ran.push("after") };
  expect(askMap("fit")).toBe(true);
  expect(ran).toEqual(["after"]);
  back();
});

test("one that is asked for before a map is there runs once it is, and once alone; the last that was asked for counts", () => {
  const ran: string[] = [];
  expect(askMap("legend")).toBe(false);
  expect(askMap("png")).toBe(false);
  const lent = { current: { png: () => void ran.push("png"), legend: () => void ran.push("legend") } };
  const back = lendCommands(lent);
  expect(ran).toEqual(["png"]);
  back();
  lendCommands(lent)();
  expect(ran).toEqual(["png"]);
});
