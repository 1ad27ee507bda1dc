import { expect, test } from "vitest";
import { GRAPH_FIXTURE } from "../query/fixtures/graph-fixture.ts";
import { talkers } from "./estate.ts";
import { boxLinks, estateLinks, plainLinks } from "./onward-links.ts";
import { parseViewState } from "./url-state.ts";

const asked = new URLSearchParams("start=1000&end=2000&mesh=istio&find=error > 1%");
const state = parseViewState((name) => asked.get(name));
const query = (href: string): URLSearchParams => new URL(href, "http://x").searchParams;

test("every link of a panel has the window and the scope of the page", () => {
  const fold = { id: "n1", folded: false, title: "shop" };
  const box = { kind: "namespace", place: { mesh: "", cluster: "c1", namespace: "shop" }, fold } as const;
  for (const { href } of [...plainLinks(state, "cart"), ...estateLinks(state), ...boxLinks(state, box)]) {
    expect(query(href).get("start")).toBe("1000");
    expect(query(href).get("end")).toBe("2000");
    expect(query(href).get("mesh")).toBe("istio");
  }
});

test("lists that look for plain text are asked for the name, not for the map's expression", () => {
  for (const { href } of plainLinks(state, "cart")) expect(query(href).get("find")).toBe("cart");
});

test("the links of a box have the box as their scope", () => {
  const fold = { id: "n1", folded: false, title: "shop" };
  const place = { mesh: "", cluster: "c1", namespace: "shop" };
  const [, traces] = boxLinks(state, { kind: "namespace", place, fold });
  expect(query(traces?.href ?? "").get("ns")).toBe("shop");
  expect(query(traces?.href ?? "").get("cluster")).toBe("c1");
  const [, ofCluster] = boxLinks(state, { kind: "cluster", place, fold });
  expect(query(ofCluster?.href ?? "").get("ns")).toBeNull();
});

test("top talkers stand by what they answer and send, those with bytes alone after those with requests", () => {
  const found = talkers(GRAPH_FIXTURE.nodes);
  const sums = found.filter(({ isTcp }) => !isTcp).map((t) => (t.inPerSec ?? 0) + (t.outPerSec ?? 0));
  expect(sums.length).toBeGreaterThan(3);
  expect([...sums].sort((a, b) => b - a)).toEqual(sums);
  const firstTcp = found.findIndex(({ isTcp }) => isTcp);
  expect(firstTcp === -1 || firstTcp === sums.length).toBe(true);
});
