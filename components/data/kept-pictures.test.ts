import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { GRAPH_FIXTURE } from "../../lib/query/fixtures/graph-fixture.ts";
import { layoutGraph } from "../../lib/view/graph/layout-graph.ts";
import { layoutInput } from "../../lib/view/graph/layout-input.ts";
import { presentGraph } from "../../lib/view/graph/present-graph.ts";
import { keepPicture, recallPicture } from "./kept-pictures.ts";
import { TestStorage } from "./test-storage.ts";

const layout = layoutGraph(layoutInput(presentGraph(GRAPH_FIXTURE)), null, 1);
const INDEX = "meshscope.pictures";
let storage = new TestStorage();

beforeEach(() => {
  storage = new TestStorage();
  vi.stubGlobal("localStorage", storage);
});
afterEach(() => vi.unstubAllGlobals());

const items = (): string[] => [...storage.items.keys()].filter((key) => key !== INDEX).sort();

test("so many pictures are kept, the ones of last", () => {
  for (let i = 0; i < 20; i++) keepPicture(`k${i}`, layout);
  expect(items()).toHaveLength(12);
  expect(recallPicture("k19")?.ids).toEqual(layout.ids);
  expect(recallPicture("k7")).toBeNull();
});

test("a picture that no index lists goes with the next that is kept; what is not a picture stays", () => {
  for (let i = 0; i < 5; i++) keepPicture(`k${i}`, layout);
  storage.setItem("meshscope.pins.", "[]");
  storage.setItem(INDEX, "damaged");
  keepPicture("new", layout);
  expect(items()).toEqual(["meshscope.picture.new", "meshscope.pins."]);
});

test("a picture that cannot be listed is not kept, and makes room", () => {
  keepPicture("k", layout);
  storage.setItem("meshscope.picture.lost", "{}");
  storage.refuses = (key) => key === INDEX;
  keepPicture("new", layout);
  expect(items()).toEqual(["meshscope.picture.k"]);
  vi.stubGlobal("localStorage", undefined);
  keepPicture("new", layout);
  expect(recallPicture("new")).toBeNull();
});
