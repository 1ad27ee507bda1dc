import { expect, test } from "vitest";
import type { Mark } from "../query/schema/events.ts";
import { eventTicks } from "./event-ticks.ts";

const mark = (atMs: number, more: Partial<Mark> = {}): Mark => ({
  ...{ id: `m${atMs}`, atMs, kind: "action", mesh: "istio", cluster: "c1", namespace: "shop", service: "web" },
  ...{ rollout: "web-v2", text: `promote by ann at ${atMs}`, ...more },
});
const WINDOW = { start: 0, end: 1_000 };

test("marks stand at their share of the window and lead to their rollout; what is outside is not drawn", () => {
  const ticks = eventTicks([mark(-1), mark(0), mark(500), mark(1_000), mark(1_001)], WINDOW);
  expect(ticks.map(({ share }) => share)).toEqual([0, 0.5, 1]);
  expect(ticks.map(({ path }) => path)).toEqual(Array(3).fill("/rollouts/web-v2"));
  expect(ticks[1]?.words.join()).toContain("promote by ann at 500");
});

test("what lies on each other is one tick with all of its words, and says how many more there were", () => {
  const [near] = eventTicks([mark(500), mark(505)], WINDOW);
  expect(near?.words).toHaveLength(2);
  const [many] = eventTicks(
    [500, 501, 502, 503, 504, 505].map((atMs) => mark(atMs)),
    WINDOW,
  );
  expect(many?.words).toHaveLength(5);
  expect(many?.words[0]).toBe("2 before");
  expect(many?.id).toBe("m505");
});

test("ticks of several rollouts lead to where all of them are", () => {
  expect(eventTicks([mark(500), mark(501, { rollout: "pay-v2" })], WINDOW)[0]?.path).toBe("/rollouts");
  expect(eventTicks([mark(500, { rollout: null })], WINDOW)[0]?.path).toBe("/audit");
});

test("a kind that is not known is drawn, and leads nowhere while it has no page", () => {
  const [tick] = eventTicks([mark(500, { kind: "nodeVanished", rollout: null, text: "web vanished" })], WINDOW);
  expect(tick).toMatchObject({ path: null, isBad: false });
  expect(tick?.words.join()).toContain("web vanished");
});

test("other people's writes, conflicts and failed verdicts stand out", () => {
  const bad = [
    mark(100, { kind: "foreignWrite" }),
    mark(300, { outcome: "conflict" }),
    mark(500, { kind: "verdict", text: "web v2: verdict fail" }),
  ];
  expect(eventTicks(bad, WINDOW).map(({ isBad }) => isBad)).toEqual([true, true, true]);
  expect(eventTicks([mark(500)], { start: 5, end: 5 })).toEqual([]);
});
