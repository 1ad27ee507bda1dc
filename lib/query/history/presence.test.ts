import fc from "fast-check";
import { expect, test } from "vitest";
import { presenceChanges } from "./presence.ts";

const bits = (text: string): Uint8Array => Uint8Array.from([...text].map((one) => (one === "#" ? 1 : 0)));

interface Told {
  readonly seen: string;
  readonly observed?: string;
  readonly estate?: string;
  readonly firstStep?: number;
  readonly from?: number;
}

/** Quiet after three steps; what is not said is observed, and was there before. */
function changes({ seen, observed, estate, firstStep = -1, from = 3 }: Told): string[] {
  const all = "#".repeat(seen.length);
  const presence = { seen: bits(seen), observed: bits(observed ?? all), firstStep };
  const ground = { observed: bits(estate ?? all), quiet: 3, from };
  return presenceChanges(presence, ground).map(({ step, kind }) => `${step} ${kind}`);
}

test("what was first reported in the quiet time is new from its first traffic on", () => {
  expect(changes({ seen: "....##", firstStep: 4 })).toEqual(["4 new"]);
  expect(changes({ seen: ".....#", firstStep: 3 })).toEqual(["5 new"]);
});

test("what was known and quiet starts, and what was known and not heard of is found", () => {
  expect(changes({ seen: "....##" })).toEqual(["4 started"]);
  expect(changes({ seen: "....##", observed: "....##" })).toEqual(["4 found"]);
});

test("what is without traffic for the quiet time stops with the first step without, or is lost where nobody tells", () => {
  expect(changes({ seen: "#####....." })).toEqual(["5 stopped"]);
  expect(changes({ seen: "#####.....", observed: "#####....." })).toEqual(["5 lost"]);
  expect(changes({ seen: "#####.." })).toEqual([]);
});

test("steps without traffic that are fewer than the quiet time change nothing", () => {
  expect(changes({ seen: "#..#..#..#" })).toEqual([]);
  expect(changes({ seen: "#...#" })).toEqual(["4 started"]);
});

test("steps in which nobody looked prove nothing: a restart makes nothing new, and nothing go", () => {
  expect(changes({ seen: "####....####", observed: "####....####", estate: "####....####" })).toEqual([]);
  expect(changes({ seen: "....####", estate: "....####", firstStep: 4 })).toEqual([]);
});

test("what is before the window only says how things were", () => {
  expect(changes({ seen: "#...........", from: 3 })).toEqual([]);
  expect(changes({ seen: "###.........", from: 3 })).toEqual(["3 stopped"]);
});

test("comings and goings take turns, and each stands where traffic begins or has just ended", () => {
  const steps = fc.array(fc.boolean(), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 8 }), (seenAt, quiet) => {
      const seen = Uint8Array.from(seenAt, Number);
      const all = new Uint8Array(seen.length).fill(1);
      const told = presenceChanges({ seen, observed: all, firstStep: -1 }, { observed: all, quiet, from: 0 });
      told.forEach(({ step, kind }, i) => {
        if (kind === "started") {
          expect(seen[step]).toBe(1);
          expect([...seen.slice(step - quiet, step)].includes(1)).toBe(false);
        } else {
          expect(kind).toBe("stopped");
          expect([...seen.slice(step, step + quiet)]).toEqual(new Array(quiet).fill(0));
          expect(seen[step - 1]).toBe(1);
        }
        expect(kind).not.toBe(told[i - 1]?.kind);
      });
    }),
  );
});
