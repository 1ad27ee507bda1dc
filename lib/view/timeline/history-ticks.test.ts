import { expect, test } from "vitest";
import type { HistoryEntry, HistoryKind } from "../../query/schema/history.ts";
import { aboutInstant, entryWords, historyTicks } from "./history-ticks.ts";

const end = (name: string) => ({ id: `id-${name}`, kind: "workload" as const, cluster: "c", namespace: "n", name });
const T = new Date(2026, 2, 1, 14, 0, 0).getTime();
const MINUTE = 60_000;

function entry(minute: number, kind: HistoryKind, ...names: string[]): HistoryEntry {
  const of = names.length === 1 ? "node" : "edge";
  return { atMs: T + minute * MINUTE, kind, of, id: names.join("-"), ends: names.map(end) };
}

const strip = { startMs: T, endMs: T + 30 * MINUTE };

test("each kind is told in words, a node by its name and an edge by both ends", () => {
  expect(entryWords(entry(5, "new", "payments-v3"))).toBe("14:05:00 payments-v3: new");
  expect(entryWords(entry(6, "lost", "cart", "db"))).toBe("14:06:00 cart → db: not reported any more");
  const kinds = ["new", "started", "found", "stopped", "lost"] as const;
  expect(new Set(kinds.map((kind) => entryWords(entry(5, kind, "a")))).size).toBe(kinds.length);
});

test("what lies on each other is one tick that counts what came and went, nodes first, and says how many are left out", () => {
  const near = [
    entry(10, "new", "a", "b"),
    entry(10.1, "new", "c"),
    entry(10.2, "stopped", "d"),
    entry(10.2, "stopped", "e"),
    entry(10.2, "lost", "f"),
    entry(10.2, "lost", "g"),
  ];
  const [tick, other, ...rest] = historyTicks([...near, entry(20, "new", "z")], strip);
  expect(rest).toEqual([]);
  expect([tick?.came, tick?.went, tick?.only]).toEqual([2, 4, null]);
  expect(tick?.words).toHaveLength(5);
  expect(tick?.words[0]).toContain("c: new");
  expect(tick?.words[4]).toBe("and 2 more");
  expect(other).toMatchObject({ came: 1, went: 0, only: { kind: "node", id: "z" }, share: 20 / 30 });
});

test("what is outside the strip has no tick", () => {
  expect(historyTicks([entry(-1, "new", "a"), entry(31, "new", "a")], strip)).toEqual([]);
});

test("the windows about an instant are as long as asked for, the later one no longer than there is time", () => {
  const { before, after } = aboutInstant(T, 5 * MINUTE, T + 2 * MINUTE);
  expect(before).toEqual({ startMs: T - 5 * MINUTE, endMs: T });
  expect(after).toEqual({ startMs: T, endMs: T + 2 * MINUTE });
  expect(aboutInstant(T, MINUTE, T).after.endMs).toBe(T + 10_000);
});
