import { expect, test } from "vitest";
import { DEFAULT_VIEW_STATE } from "./url-state.ts";
import { wallScope, wallState, wallTrouble } from "./wall.ts";

const FACTS = { stream: "open", newestAgeMs: 4000, sinceMs: 1000, targets: { up: 10, down: 0 } } as const;

test("a wall calls itself live only while what it shows is fresh", () => {
  expect(wallState(FACTS)).toEqual({ tone: "live", words: "live, 5 s old", isStale: false });
  expect(wallState({ ...FACTS, sinceMs: 40_000 })).toEqual({
    tone: "warning",
    words: "this is 44 s old",
    isStale: true,
  });
});

test("a wall says that its connection is lost at once, and how old the picture is", () => {
  expect(wallState({ ...FACTS, stream: "broken" })).toEqual({
    tone: "warning",
    words: "connection lost: this is 5 s old",
    isStale: true,
  });
});

test("a wall with a window that stands still, without data, or with targets down is not called live and well", () => {
  expect(wallState({ ...FACTS, stream: "still" }).words).toContain("not live");
  expect(wallState({ ...FACTS, newestAgeMs: null }).words).toBe("nothing was observed yet");
  expect(wallState({ ...FACTS, targets: { up: 8, down: 2 } })).toEqual({
    tone: "warning",
    words: "live, 5 s old, 2 of 10 targets down",
    isStale: false,
  });
});

test("a wall whose stream was refused is live while the graph is answered, and not when nobody answers", () => {
  expect(wallState({ ...FACTS, stream: "failed" }).words).toBe("live, 5 s old");
  expect(wallState({ ...FACTS, stream: "failed", sinceMs: 11_000 })).toEqual({
    tone: "warning",
    words: "connection lost: this is 15 s old",
    isStale: true,
  });
});

test("a lost connection is said also where nothing was observed before", () => {
  const { words, isStale } = wallState({ ...FACTS, stream: "broken", newestAgeMs: null });
  expect([words, isStale]).toEqual(["connection lost: nothing was observed before", true]);
});

const ALL = { ...DEFAULT_VIEW_STATE, focus: null, isFaulty: false };

test("a wall says of what it is: the scope, what is in focus, what find leaves", () => {
  expect(wallScope(ALL)).toBe("the whole estate");
  expect(wallScope({ ...ALL, meshes: ["m1", "m2"], clusters: ["c1"], namespaces: ["shop", "pay"] })).toBe(
    "meshes m1, m2 · cluster c1 · namespaces shop, pay",
  );
  const focus = { name: "cart-v1", hops: 2, direction: "up", operations: false } as const;
  expect(wallScope({ ...ALL, meshes: ["m1"], focus })).toBe("mesh m1 · around cart-v1, 2 hops, callers");
  expect(wallScope({ ...ALL, focus: { ...focus, hops: 1, direction: "both" } })).toBe("around cart-v1, 1 hop");
  expect(wallScope({ ...ALL, focus: { ...focus, operations: true } })).toBe("operations of cart-v1");
});

test("a wall tells what find highlights from what it leaves out, and from what it cannot read", () => {
  const find = "error > 1%";
  expect(wallScope({ ...ALL, find })).toBe("the whole estate · highlighted: error > 1%");
  expect(wallScope({ ...ALL, find, findMode: "only" })).toBe("the whole estate · only what matches error > 1%");
  expect(wallScope({ ...ALL, find, findMode: "hide" })).toBe("the whole estate · without what matches error > 1%");
  expect(wallScope({ ...ALL, find: "error >", findMode: "only", isFaulty: true })).toContain("cannot be read: error >");
});

test("edges in trouble are not called zero where none was observed", () => {
  const edges = (...states: readonly ("failure" | "degraded" | "healthy" | "noTraffic" | "unknown")[]) =>
    wallTrouble(states.map((state) => ({ health: { state } })));
  expect(edges().figure.absent).toBe("unknown");
  expect(edges("unknown", "unknown").figure.absent).toBe("unknown");
  expect(edges("unknown", "healthy")).toMatchObject({ figure: { text: "0" }, unknown: 1, hasFailing: false });
  expect(edges("noTraffic").figure.text).toBe("0");
  expect(edges("degraded", "failure", "healthy")).toMatchObject({
    figure: { text: "2" },
    unknown: 0,
    hasFailing: true,
  });
  expect(edges("degraded", "healthy").grave).toHaveLength(1);
});
