/** What is asked of the API while somebody types the name of a node that is not in the picture. */
import { environmentManager, QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { GRAPH_FIXTURE } from "../../lib/query/fixtures/graph-fixture.ts";
import type { Pictured } from "../../lib/view/live-query.ts";
import { DEFAULT_VIEW_STATE } from "../../lib/view/url-state.ts";
import { hiddenNodesOptions } from "./use-hidden-nodes.ts";

interface Api {
  asked: string[];
  fails: number;
}
const api = vi.hoisted((): Api => ({ asked: [], fails: 0 }));

vi.mock("./api.ts", () => ({
  apiGet: async (path: string) => {
    api.asked.push(new URLSearchParams(path.split("?")[1]).get("filter") ?? "");
    if (api.fails-- > 0) throw new Error("no answer");
    return GRAPH_FIXTURE;
  },
}));

beforeEach(() => {
  vi.useFakeTimers();
  Object.assign(api, { asked: [], fails: 0 });
  environmentManager.setIsServer(() => false);
});
afterEach(() => {
  vi.useRealTimers();
  environmentManager.setIsServer(() => true);
});

const folded: Pictured = { ...DEFAULT_VIEW_STATE, fold: "namespace" };

function palette(state: Pictured = folded) {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const observer = new QueryObserver(client, hiddenNodesOptions(state, ""));
  observer.subscribe(() => undefined);
  const show = (text: string): void => observer.setOptions(hiddenNodesOptions(state, text));
  /** One character every 100 ms from `from` on, and a pause. */
  const type = async (text: string, from = 1): Promise<void> => {
    for (let length = from; length <= text.length; length++) {
      show(text.slice(0, length));
      await vi.advanceTimersByTimeAsync(100);
    }
    await vi.advanceTimersByTimeAsync(500);
  };
  return { type, show, result: () => observer.getCurrentResult() };
}

test("a name that is typed is asked for once, when the typing rests", async () => {
  const { type, result } = palette();
  await type("payments-gateway");
  expect(api.asked).toEqual(['"payments-gateway"']);
  expect(result().data).toBe(GRAPH_FIXTURE);
});

test("what names more of a text that was answered is not asked for, and shorter or other texts are", async () => {
  const { type, result } = palette();
  await type("paym");
  await type("Payments-gateway", 5);
  expect(api.asked).toEqual(['"paym"']);
  expect(result()).toMatchObject({ data: GRAPH_FIXTURE, isPlaceholderData: false });
  await type("pay", 3);
  await type("cart", 4);
  expect(api.asked).toEqual(['"paym"', '"pay"', '"cart"']);
});

test("an answer of ten seconds ago, and one that failed, are no answer for a longer text", async () => {
  const { type } = palette();
  await type("cart");
  await vi.advanceTimersByTimeAsync(10_000);
  await type("cart-2", 6);
  api.fails = 1;
  await type("web");
  await type("web-2", 5);
  expect(api.asked).toEqual(['"cart"', '"cart-2"', '"web"', '"web-2"']);
});

test("a text that grows is asked for again whenever what answers for it was asked for ten seconds ago", async () => {
  const { show, result } = palette();
  for (const text of ["cart", "cart-", "cart-s", "cart-se", "cart-ser", "cart-serv"]) {
    show(text);
    await vi.advanceTimersByTimeAsync(6_000);
    expect(result()).toMatchObject({ data: GRAPH_FIXTURE, isPlaceholderData: false });
  }
  expect(api.asked).toEqual(['"cart"', '"cart-s"', '"cart-ser"']);
});

test("what was taken from the answer for a part of a text is no fresher than that answer", async () => {
  const { type, show } = palette();
  await type("cart");
  await vi.advanceTimersByTimeAsync(8_000);
  await type("cart-2", 6);
  expect(api.asked).toEqual(['"cart"']);
  show("");
  await vi.advanceTimersByTimeAsync(3_000);
  // Three seconds after it was taken, and more than ten after it was asked for.
  show("cart-2");
  await vi.advanceTimersByTimeAsync(500);
  expect(api.asked).toEqual(['"cart"', '"cart-2"']);
});

test("nothing is asked for fewer than three characters, nor of an estate that is all in the picture", async () => {
  await palette().type("ca");
  await palette({ ...folded, fold: "none" }).type("cart");
  expect(api.asked).toEqual([]);
});
