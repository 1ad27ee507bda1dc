import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GRAPH_FIXTURE as graph } from "../fixtures/graph-fixture.ts";
import type { Graph } from "../schema/graph.ts";
import { findIn, findThings } from "./match.ts";
import { parseFind } from "./parse.ts";

const things = findThings(graph);
const nameOf = new Map(graph.nodes.map(({ id, name }) => [id, name]));

function found(text: string): { nodes: string[]; edges: string[] } {
  const parsed = parseFind(text);
  if (!parsed.ok || parsed.value === undefined) throw new Error(`${text}: ${JSON.stringify(parsed)}`);
  const { nodes, edges } = findIn(things, parsed.value);
  return {
    nodes: graph.nodes.filter(({ id }) => nodes.has(id)).map(({ name }) => name),
    edges: graph.edges
      .filter(({ id }) => edges.has(id))
      .map(({ source, target }) => `${nameOf.get(source)}>${nameOf.get(target)}`),
  };
}

function fault(text: string) {
  const parsed = parseFind(text);
  if (parsed.ok) throw new Error(`${text} was read`);
  const { code, position, length, message } = parsed.error;
  return { code, at: text.slice(position, position + length), message };
}

const hold = (of: (edge: Graph["edges"][number]) => boolean): number => graph.edges.filter(of).length;
const holdNodes = (of: (node: Graph["nodes"][number]) => boolean): number => graph.nodes.filter(of).length;

describe("what holds", () => {
  test("a share is compared in per cent, of edges and of what nodes answer", () => {
    const { nodes, edges } = found("error > 1%");
    expect(edges).toHaveLength(hold(({ errorRatio }) => (errorRatio ?? 0) > 0.01));
    expect(nodes).toHaveLength(holdNodes(({ inbound }) => (inbound.errorRatio ?? 0) > 0.01));
    expect(nodes).toContain("checkout");
  });

  test("a figure that is not there is neither above nor below, and so not found but by its opposite", () => {
    const absent = hold(({ errorRatio }) => errorRatio === null);
    expect(absent).toBeGreaterThan(0);
    expect(found("error > 0%").edges.length + found("error <= 0%").edges.length).toBe(graph.edges.length - absent);
    expect(found("not error > 0%").edges.length).toBe(graph.edges.length - found("error > 0%").edges.length);
  });

  test("not binds before and, and before or", () => {
    const spelled = found("(protocol = tcp) or ((not name = cart) and (error > 1%))");
    expect(found("protocol = tcp or not name = cart and error > 1%")).toEqual(spelled);
    expect(found("protocol = tcp || !name = cart && error > 1%")).toEqual(spelled);
    expect(found("protocol = tcp or not name = cart error > 1%")).toEqual(spelled);
    expect(found("(protocol = tcp or not name = cart) and error > 1%")).not.toEqual(spelled);
  });

  test("a field of nodes holds on an edge where either end has it, or the end that is named", () => {
    const either = found("name = checkout").edges;
    const [from, to] = [found("source.name = checkout").edges, found("to.name = checkout").edges];
    expect(from.length).toBeGreaterThan(0);
    expect(to.length).toBeGreaterThan(0);
    expect([...from, ...to].sort()).toEqual([...either].sort());
  });

  test("a field of edges holds on a node where an edge into it has it", () => {
    const callees = new Set(graph.edges.filter(({ protocol }) => protocol === "tcp").map(({ target }) => target));
    expect(found("protocol = tcp").nodes).toHaveLength(callees.size);
  });

  test("text is compared without regard to case, with a star for any run of characters", () => {
    expect(found("name = CART").nodes).toEqual(["cart"]);
    expect(found("name = c*t").nodes.sort()).toEqual(["cart", "checkout"]);
    expect(found('name = "c*t"').nodes).toEqual([]);
    expect(found("name in (cart, checkout)").nodes.sort()).toEqual(["cart", "checkout"]);
    expect(found("name ~ heck").nodes).toEqual(["checkout"]);
    expect(found(`name =~ "c(art|heckout)"`).nodes.sort()).toEqual(["cart", "checkout"]);
    expect(found("name != cart").nodes).toHaveLength(graph.nodes.length - 1);
  });

  test("words by themselves are looked for in names, all of them", () => {
    expect(found("cart").nodes).toContain("cart");
    expect(found("cart checkout").nodes).toEqual([]);
    expect(found('"idle"').nodes).toEqual([]);
  });

  test("states stand by themselves", () => {
    expect(found("failing").edges).toHaveLength(hold(({ health }) => health.state === "failure"));
    expect(found("idle").nodes).toHaveLength(holdNodes(({ health }) => health.state === "noTraffic"));
    expect(found("stale").edges).toHaveLength(hold(({ stale }) => stale === true));
  });

  test("units are of the field: ms and s, k and /s, kB/s", () => {
    expect(found("p95 > 0.25s")).toEqual(found("p95 > 250ms"));
    expect(found("rate >= 0.1k")).toEqual(found("rate >= 100/s"));
    expect(found("rate >= 6000/min")).toEqual(found("rate >= 100/s"));
    expect(found("tcp > 1kB/s").edges.length).toBeGreaterThan(0);
    expect(found("rate > 0").edges).toHaveLength(hold(({ requestsPerSec }) => (requestsPerSec ?? 0) > 0));
  });

  test("the example of the guide is read as it says", () => {
    const { edges } = found("error > 1% and (namespace = shop or mtls < 100%) and not idle");
    const namespaces = new Map(graph.nodes.map(({ id, namespace }) => [id, namespace]));
    expect(edges).toHaveLength(
      hold(
        ({ errorRatio, source, target, mtls, health }) =>
          (errorRatio ?? 0) > 0.01 &&
          ([source, target].some((end) => namespaces.get(end) === "shop") || (mtls !== null && mtls.mutual < 1)) &&
          health.state !== "noTraffic",
      ),
    );
    expect(edges.length).toBeGreaterThan(0);
  });

  test("blank text is no expression", () => {
    expect(parseFind("  ")).toEqual({ ok: true, value: undefined });
  });
});

describe("what cannot be read is named with its place", () => {
  test.each([
    ["error > 1", "find_unit", "1"],
    ["error > 1ms", "find_unit", "1ms"],
    ["error > lots", "find_value", "lots"],
    ["eror > 1%", "find_field", "eror"],
    ["(name = cart", "find_parenthesis", "("],
    ["name = cart)", "find_parenthesis", ")"],
    ["name =", "find_value", ""],
    ["error >> 1%", "find_value", ">"],
    ["name > cart", "find_operator", ">"],
    ["failing = 1", "find_operator", "="],
    ["rate", "find_operator", "rate"],
    ["and name = x", "find_operand", "and"],
    ["cart or", "find_operand", ""],
    ['name = "cart', "find_quote_open", '"cart'],
    [`name =~ "a(b"`, "find_regex", ""],
    ["name in (a b)", "find_parenthesis", "b"],
    ["a, b", "find_parenthesis", ","],
    [`${"(".repeat(60)}a${")".repeat(60)}`, "find_parenthesis", "("],
    ["x".repeat(2_001), "find_too_long", "x"],
  ])("%s", (text, code, at) => {
    const found = fault(text);
    expect(found.code).toBe(code);
    if (at !== "") expect(found.at).toBe(at);
  });

  test("a field that is nearly one is named", () => {
    expect(fault("eror > 1%").message).toContain("did you mean error");
  });

  test("any text is read or refused within its bounds", () => {
    const pieces = fc.constantFrom(
      "error",
      ">",
      "1%",
      "(",
      ")",
      "not",
      "and",
      "or",
      '"',
      "cart",
      "=",
      "in",
      ",",
      "~",
      "!",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(pieces).map((parts) => parts.join(" ")),
        ),
        (text) => {
          const parsed = parseFind(text);
          if (parsed.ok) return;
          expect(parsed.error.position).toBeGreaterThanOrEqual(0);
          expect(parsed.error.position).toBeLessThanOrEqual(text.length);
        },
      ),
    );
  });
});

type Tree =
  | { readonly leaf: string }
  | { readonly op: "and" | "or"; readonly parts: readonly Tree[] }
  | { readonly not: Tree };

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small" },
    fc
      .constantFrom("error > 1%", "failing", "name = c*", "protocol = tcp", "mtls < 100%", "cart", "rate > 100")
      .map((leaf) => ({ leaf })),
    fc.record({
      op: fc.constantFrom("and" as const, "or" as const),
      parts: fc.array(tie("tree"), { minLength: 1, maxLength: 3 }),
    }),
    fc.record({ not: tie("tree") }),
  ),
}));

const spelled = (tree: Tree): string => {
  if ("leaf" in tree) return tree.leaf;
  if ("not" in tree) return `not (${spelled(tree.not)})`;
  return tree.parts.map((part) => `(${spelled(part)})`).join(` ${tree.op} `);
};

function sets(tree: Tree): { nodes: Set<string>; edges: Set<string> } {
  if ("leaf" in tree) {
    const parsed = parseFind(tree.leaf);
    if (!parsed.ok || parsed.value === undefined) throw new Error(tree.leaf);
    const { nodes, edges } = findIn(things, parsed.value);
    return { nodes: new Set(nodes), edges: new Set(edges) };
  }
  const without = (all: readonly { readonly id: string }[], some: ReadonlySet<string>): Set<string> =>
    new Set(all.flatMap(({ id }) => (some.has(id) ? [] : [id])));
  if ("not" in tree) {
    const inside = sets(tree.not);
    return { nodes: without(graph.nodes, inside.nodes), edges: without(graph.edges, inside.edges) };
  }
  const join = (a: ReadonlySet<string>, b: ReadonlySet<string>): Set<string> =>
    tree.op === "or" ? new Set([...a, ...b]) : new Set([...a].filter((id) => b.has(id)));
  return tree.parts.map(sets).reduce((a, b) => ({ nodes: join(a.nodes, b.nodes), edges: join(a.edges, b.edges) }));
}

test("and, or and not are intersection, union and complement of what their parts find", () => {
  fc.assert(
    fc.property(tree, (one) => {
      const parsed = parseFind(spelled(one));
      if (!parsed.ok || parsed.value === undefined) throw new Error(spelled(one));
      const { nodes, edges } = findIn(things, parsed.value);
      const expected = sets(one);
      expect([...nodes].sort()).toEqual([...expected.nodes].sort());
      expect([...edges].sort()).toEqual([...expected.edges].sort());
    }),
  );
});
