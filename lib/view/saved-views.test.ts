import { expect, test } from "vitest";
import {
  addView,
  formatViews,
  MOST_VIEWS,
  parseViews,
  removeView,
  renameView,
  type SavedView,
  viewsNamed,
  viewWords,
} from "./saved-views.ts";

const view = (id: string, name = id, path = "/?ns=shop"): SavedView => ({ id, name, path, savedMs: 1 });

function added(views: readonly SavedView[], one: SavedView): readonly SavedView[] {
  const changed = addView(views, one);
  if (!changed.ok) throw new Error(changed.fault);
  return changed.views;
}

test("what is stored is read back as it was, newest first", () => {
  const views = added(added([], view("a", "Shop, failing")), view("b", "  everything \n live "));
  expect(views.map(({ name }) => name)).toEqual(["everything live", "Shop, failing"]);
  expect(parseViews(formatViews(views))).toEqual(views);
});

test("what is stored and is no view of this console is left out, and nothing of it throws", () => {
  const foreign = ["//evil.example/", "/\\evil.example", "https://evil.example/", "javascript:alert(1)", ""];
  const stored = [
    view("good"),
    view("good", "twice"),
    ...foreign.map((path, i) => view(`x${i}`, "x", path)),
    null,
    3,
    {},
  ];
  expect(parseViews(JSON.stringify(stored)).map(({ id }) => id)).toEqual(["good"]);
  for (const text of [null, "", "{", "null", "{}", "[[]]", '[{"id":"a","name":"a","path":"/","savedMs":"x"}]'])
    expect(parseViews(text)).toEqual([]);
});

test("a name is needed and has one view, whatever its case", () => {
  const views = added([], view("a", "Shop"));
  expect(addView(views, view("b", "  "))).toEqual({ ok: false, fault: "no_name" });
  expect(addView(views, view("b", "shop"))).toEqual({ ok: false, fault: "name_taken" });
  expect(renameView(added(views, view("b", "Other")), "b", "SHOP")).toEqual({ ok: false, fault: "name_taken" });
  expect(renameView(views, "a", "SHOP")).toEqual({ ok: true, views: [view("a", "SHOP")] });
  expect(removeView(views, "a")).toEqual([]);
});

test("as many are kept as are promised, and one more is refused, not dropped", () => {
  let views: readonly SavedView[] = [];
  for (let i = 0; i < MOST_VIEWS; i++) views = added(views, view(`v${i}`));
  expect(addView(views, view("more"))).toEqual({ ok: false, fault: "too_many" });
  expect(addView([], view("long", "long", `/?find=${"x".repeat(9_000)}`))).toEqual({ ok: false, fault: "too_long" });
});

test("a view is found by the words of its name and described by what its link shows", () => {
  const views = [view("a", "Shop failing"), view("b", "All of it")];
  expect(viewsNamed(views, "fail sh").map(({ id }) => id)).toEqual(["a"]);
  expect(viewsNamed(views, "")).toEqual(views);
  expect(viewWords("/?ns=shop&find=error+%3E+1%25")).toBe("map · shop · error > 1% · live");
  expect(viewWords("/?ns=100%")).toBe("map · 100% · live");
  expect(viewWords("/mtls?start=1&end=2&view=service")).toBe("mTLS · service · fixed window");
});
