/** Two values under one key are two tabs of a browser. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { storedValue, storedValues } from "./stored-value.ts";
import { TestStorage } from "./test-storage.ts";

let storage = new TestStorage();
let page = new EventTarget();

beforeEach(() => {
  storage = new TestStorage();
  page = new EventTarget();
  vi.stubGlobal("localStorage", storage);
  vi.stubGlobal("window", page);
});
afterEach(() => vi.unstubAllGlobals());

const codec = {
  parse: (text: string | null): readonly string[] => (text ?? "").split(",").filter((part) => part !== ""),
  format: (list: readonly string[]): string | null => (list.length === 0 ? null : list.join(",")),
};
const tab = (holds = true) => storedValue("names", { ...codec, holds });
const adding = (name: string) => (now: readonly string[]) => [...now, name];

/** As the browser tells a tab of what another has done; null: all was cleared. */
const changedElsewhere = (key: string | null): boolean =>
  page.dispatchEvent(Object.assign(new Event("storage"), { key }));

test("what one tab has stored outlasts what another stores that had read before", () => {
  const [one, other] = [tab(), tab()];
  expect([one.read(), other.read()]).toEqual([[], []]);
  one.change(adding("a"));
  other.change(adding("b"));
  one.change(adding("c"));
  expect(one.read()).toEqual(["a", "b", "c"]);
  other.change(() => []);
  expect(storage.items.size).toBe(0);
  expect(one.read()).toEqual([]);
});

test("a tab is told of what another stores, and of nothing else, while somebody listens", () => {
  const [one, other] = [tab(), tab()];
  const told = vi.fn();
  const leave = one.subscribe(told);
  other.change(adding("a"));
  changedElsewhere("other names");
  expect(told).not.toHaveBeenCalled();
  changedElsewhere("names");
  expect(told).toHaveBeenCalledTimes(1);
  expect(one.read()).toEqual(["a"]);
  changedElsewhere(null);
  expect(told).toHaveBeenCalledTimes(2);
  leave();
  changedElsewhere("names");
  one.change(adding("b"));
  expect(told).toHaveBeenCalledTimes(2);
});

test("what is read is the same object until something else is stored", () => {
  const [one, other] = [tab(), tab()];
  one.change(adding("a"));
  const before = one.read();
  expect(one.read()).toBe(before);
  other.change((now) => [...now]);
  expect(one.read()).toBe(before);
  other.change(adding("b"));
  expect(one.read()).not.toBe(before);
});

test("what storage refuses holds for the visit where it may, and until another tab has stored", () => {
  const [one, other] = [tab(), tab()];
  storage.refuses = () => true;
  expect(one.change(adding("a"))).toBe(false);
  expect(one.change(adding("b"))).toBe(false);
  expect(one.read()).toEqual(["a", "b"]);
  const strict = tab(false);
  expect(strict.change(adding("c"))).toBe(false);
  expect(strict.read()).toEqual([]);
  storage.refuses = () => false;
  one.subscribe(() => undefined);
  other.change(adding("d"));
  changedElsewhere("names");
  expect(one.read()).toEqual(["d"]);
});

test("a browser without storage is one in which nothing was stored", () => {
  vi.stubGlobal("localStorage", undefined);
  const one = tab();
  expect(one.read()).toEqual([]);
  expect(one.change(adding("a"))).toBe(false);
  expect(one.read()).toEqual(["a"]);
});

test("a key has one value for all who ask", () => {
  const under = storedValues({ ...codec, holds: true });
  expect(under("a")).toBe(under("a"));
  under("a").change(adding("x"));
  expect(under("b").read()).toEqual([]);
});
