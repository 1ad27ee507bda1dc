import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Rendezvous } from "./rendezvous.ts";

const KEYS = Array.from({ length: 20_000 }, (_, i) => `http://10.0.${i >> 8}.${i & 255}:15090/stats/prometheus`);

function counts(members: readonly string[]): Map<string, number> {
  const rendezvous = new Rendezvous(members);
  const by = new Map<string, number>();
  for (const key of KEYS) {
    const owner = rendezvous.ownerOf(key) ?? "nobody";
    by.set(owner, (by.get(owner) ?? 0) + 1);
  }
  return by;
}

describe("rendezvous hashing", () => {
  test.each([2, 3, 5, 8])(
    "keys are shared evenly among %i members, within 5 %% of their share or 5 standard deviations",
    (n) => {
      const members = Array.from({ length: n }, (_, i) => `collector-${i}`);
      const share = KEYS.length / n;
      const bound = Math.max(share * 0.05, 5 * Math.sqrt(share * (1 - 1 / n)));
      for (const member of members) expect(Math.abs((counts(members).get(member) ?? 0) - share)).toBeLessThan(bound);
    },
  );

  test("when a member leaves its keys alone move, evenly to the others", () => {
    const members = ["a", "b", "c", "d"];
    const [before, after] = [new Rendezvous(members), new Rendezvous(["a", "b", "d"])];
    const moved = KEYS.filter((key) => before.ownerOf(key) !== after.ownerOf(key));
    expect(moved.every((key) => before.ownerOf(key) === "c")).toBe(true);
    expect(moved.length).toBe(counts(members).get("c"));
    const third = moved.length / 3;
    for (const member of ["a", "b", "d"]) {
      const taken = moved.filter((key) => after.ownerOf(key) === member).length;
      expect(Math.abs(taken - third)).toBeLessThan(5 * Math.sqrt(third));
    }
  });

  test("random ids of traces are shared as evenly as addresses", () => {
    const owners = new Rendezvous(["one", "two"]);
    let ones = 0;
    for (let i = 0; i < 20_000; i++) if (owners.ownerOf(i.toString(16).padStart(32, "0")) === "one") ones++;
    expect(Math.abs(ones - 10_000)).toBeLessThan(5 * Math.sqrt(5_000));
  });

  test("the order in which members are named, and how often, makes no difference", () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 6 }), fc.string(), (members, key) => {
        const owner = new Rendezvous(members).ownerOf(key);
        expect(owner).toBeDefined();
        expect(new Rendezvous([...members, ...members].reverse()).ownerOf(key)).toBe(owner);
      }),
    );
  });

  test("without a member a key belongs to nobody", () => {
    expect(new Rendezvous([]).ownerOf("x")).toBeUndefined();
  });
});
