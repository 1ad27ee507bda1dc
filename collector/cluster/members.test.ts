import { describe, expect, test } from "vitest";
import { Members } from "./members.ts";

const NAMES = ["a", "b", "c"];
const KEYS = Array.from({ length: 300 }, (_, i) => `target-${i}`);

function membersAt(self = "a") {
  const now = { ms: 1_000_000 };
  const members = new Members(
    {
      members: NAMES.map((name, at) => ({ name, url: `http://127.0.0.1:${at + 1}` })),
      ...{ self, control: "b", takeoverAfterMs: 60_000 },
    },
    { nowMs: () => now.ms },
  );
  let changes = 0;
  members.onChange(() => changes++);
  return { members, now, changes: () => changes };
}

describe("members", () => {
  test("one that was never heard of is silent first, and down after the stated time", () => {
    const { members, now, changes } = membersAt();
    members.heard("b");
    expect(members.list().map(({ state }) => state)).toEqual(["self", "up", "silent"]);
    now.ms += 59_999;
    members.tick();
    expect(members.stateOf("c")).toBe("silent");
    expect(changes()).toBe(0);
    now.ms += 1;
    members.tick();
    expect(members.list().map(({ state }) => state)).toEqual(["self", "down", "down"]);
    expect(changes()).toBe(1);
    expect(members.list()[1]?.heardMsAgo).toBe(60_000);
    expect(members.list()[2]?.heardMsAgo).toBeNull();
  });

  test("what is a silent member's stays its; a member that is down loses it to the others, and has it back at once", () => {
    const { members, now } = membersAt();
    for (const name of ["b", "c"]) members.heard(name);
    const before = KEYS.map((key) => members.ownerOf(key));
    now.ms += 30_000;
    members.heard("b");
    expect(KEYS.map((key) => members.ownerOf(key))).toEqual(before);
    now.ms += 30_000;
    members.heard("b");
    const during = KEYS.map((key) => members.ownerOf(key));
    expect(during).not.toContain("c");
    expect(during.filter((owner, at) => owner !== before[at])).toHaveLength(
      before.filter((owner) => owner === "c").length,
    );
    expect(KEYS.map((key) => members.homeOf(key))).toEqual(before);
    members.heard("c");
    expect(KEYS.map((key) => members.ownerOf(key))).toEqual(before);
  });

  test("listeners have run when a sign of life was taken", () => {
    const { members, now, changes } = membersAt();
    now.ms += 60_000;
    members.tick();
    expect(changes()).toBe(1);
    members.heard("b");
    expect(changes()).toBe(2);
  });

  test("all agree on who owns what, and one alone is for control", () => {
    const views = NAMES.map((name) => membersAt(name).members);
    for (const key of KEYS) expect(new Set(views.map((members) => members.ownerOf(key))).size).toBe(1);
    expect(views.map(({ isControl }) => isControl)).toEqual([false, true, false]);
  });

  test("a stranger is no member", () => {
    const { members } = membersAt();
    members.heard("z");
    expect(members.isOther("z")).toBe(false);
    expect(members.isOther("a")).toBe(false);
    expect(members.list()).toHaveLength(3);
  });
});
