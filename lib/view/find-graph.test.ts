import { describe, expect, test } from "vitest";
import { parseFind } from "../query/find/parse.ts";
import { GRAPH_FIXTURE } from "../query/fixtures/graph-fixture.ts";
import { FIND_PRESETS, filterText, findOnGraph, graphVocabulary, quotedWord } from "./find-graph.ts";

const names = new Map(GRAPH_FIXTURE.nodes.map(({ id, name }) => [id, name]));

describe("find on a graph", () => {
  test("any text can be looked for in names, also one that would mean something as an expression", () => {
    for (const text of ["cart", "not", 'a "b" \\ c', "error > 1%"]) {
      expect(parseFind(quotedWord(text))).toMatchObject({ ok: true });
    }
    const { matches } = findOnGraph(GRAPH_FIXTURE, quotedWord("cart"), "mark");
    expect(matches?.length).toBeGreaterThan(0);
  });

  test("matches are nodes by name, then edges by the names of their ends", () => {
    const { matches } = findOnGraph(GRAPH_FIXTURE, "name in (checkout, cart)", "mark");
    const nodes = matches?.filter(({ kind }) => kind === "node").map(({ id }) => names.get(id));
    expect(nodes).toEqual(["cart", "checkout"]);
    expect(matches?.slice(0, 2).every(({ kind }) => kind === "node")).toBe(true);
    const sources = matches?.slice(2).map(({ id }) => {
      const edge = GRAPH_FIXTURE.edges.find((one) => one.id === id);
      return names.get(edge?.source ?? "") ?? "";
    });
    expect(sources?.length).toBeGreaterThan(1);
    expect(sources).toEqual([...(sources ?? [])].sort((a, b) => a.localeCompare(b, "en")));
  });

  test("show only and hide leave complements of the edges, and no edge without its ends", () => {
    const only = findOnGraph(GRAPH_FIXTURE, "error > 1%", "only").shown;
    const hidden = findOnGraph(GRAPH_FIXTURE, "error > 1%", "hide").shown;
    expect(only.edges.length).toBeGreaterThan(0);
    expect(only.edges.length + hidden.edges.length).toBe(GRAPH_FIXTURE.edges.length);
    for (const { nodes, edges } of [only, hidden]) {
      const ids = new Set(nodes.map(({ id }) => id));
      for (const { source, target } of edges) expect([ids.has(source), ids.has(target)]).toEqual([true, true]);
    }
  });

  test("a text that cannot be read hides nothing and is said to be wrong", () => {
    const found = findOnGraph(GRAPH_FIXTURE, "error > (", "only");
    expect(found.shown).toBe(GRAPH_FIXTURE);
    expect(found.fault?.code).toBe("find_value");
    expect(filterText("error > (", "only")).toBeUndefined();
  });

  test("the API's filter shows the same", () => {
    expect(filterText("a or b", "hide")).toBe("not (a or b)");
    expect(filterText("a or b", "only")).toBe("a or b");
    expect(filterText("a or b", "mark")).toBeUndefined();
  });

  test("every preset can be read", () => {
    for (const { text } of FIND_PRESETS) expect(parseFind(text), text).toMatchObject({ ok: true });
  });

  test("the vocabulary is what the graph holds", () => {
    const vocabulary = graphVocabulary(GRAPH_FIXTURE);
    expect(vocabulary.get("namespace")).toContain("shop");
    expect(vocabulary.get("protocol")).toEqual(expect.arrayContaining(["http", "grpc", "tcp"]));
  });
});
