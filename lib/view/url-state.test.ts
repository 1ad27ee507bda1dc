import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DIRECTIONS, VIEWS } from "../query/schema/graph.ts";
import {
  BOX_CHOICES,
  DEFAULT_VIEW_STATE,
  FIND_MODES,
  FOLD_CHOICES,
  formatViewState,
  LIVE_MINUTES,
  linkTo,
  MOST_HOPS,
  parseViewState,
  queryText,
  stepWindow,
  type TimeChoice,
  toggleLive,
  type ViewState,
} from "./url-state.ts";

function reader(text: string): (name: string) => string | null {
  const parameters = new URLSearchParams(text);
  return (name) => parameters.get(name);
}

const name = fc.string({ minLength: 1, maxLength: 12 });
const names = fc.uniqueArray(name, { maxLength: 3 });
const time: fc.Arbitrary<TimeChoice> = fc.oneof(
  fc.constantFrom(...LIVE_MINUTES).map((minutes) => ({ kind: "live" as const, minutes })),
  fc
    .tuple(fc.nat(2e9), fc.integer({ min: 1, max: 1e9 }))
    .map(([startMs, length]) => ({ kind: "range" as const, startMs, endMs: startMs + length })),
);
const states: fc.Arbitrary<ViewState> = fc.record({
  meshes: names,
  clusters: names,
  namespaces: names,
  find: fc.string({ maxLength: 20 }),
  findMode: fc.constantFrom(...FIND_MODES),
  match: fc.nat(50),
  collapse: names,
  fold: fc.constantFrom(...FOLD_CHOICES),
  expand: names,
  boxes: fc.constantFrom(...BOX_CHOICES),
  focus: fc.constantFrom("", "abc"),
  hops: fc.integer({ min: 1, max: MOST_HOPS }),
  direction: fc.constantFrom(...DIRECTIONS),
  operations: fc.boolean(),
  idle: fc.boolean(),
  view: fc.constantFrom(...VIEWS),
  time,
  replay: fc.constant(null),
});

describe("view state in the URL", () => {
  it("reads back exactly what it wrote, whatever the names hold", () => {
    fc.assert(
      fc.property(states, (state) => {
        expect(parseViewState(reader(queryText(formatViewState(state))))).toEqual(state);
      }),
    );
  });

  it("keeps a replay with a window that stands, and with no other; no link to a page goes on with it", () => {
    const replayed = parseViewState(reader("start=1000&end=2000&replay=60"));
    expect(replayed.replay).toEqual({ speed: 60, isPlaying: true });
    expect(parseViewState(reader(queryText(formatViewState(replayed))))).toEqual(replayed);
    expect(parseViewState(reader("last=15m&replay=60")).replay).toBeNull();
    expect(linkTo("/traces", replayed)).toBe("/traces?start=1000&end=2000");
  });

  it("writes nothing for the defaults", () => {
    expect(linkTo("/", DEFAULT_VIEW_STATE)).toBe("/");
  });

  it("carries scope, find, view and time with a link, beside the page's own parameters", () => {
    const state = parseViewState(reader("mesh=istio&ns=shop,lib&find=pay&view=service&start=1000&end=2000&match=2"));
    expect(linkTo("/traces", state, { edge: "abc" })).toBe(
      "/traces?mesh=istio&ns=shop%2Clib&find=pay&view=service&start=1000&end=2000&edge=abc",
    );
  });

  it("reads a malformed value as its default", () => {
    const broken = parseViewState(reader("view=galaxy&last=7m&start=9&end=3&match=-1&mesh=,,"));
    expect(broken).toEqual(DEFAULT_VIEW_STATE);
  });
});

describe("moving the window", () => {
  const NOW = 10_000_000;
  it("steps back by its own length and forward to where it was", () => {
    const back = stepWindow({ kind: "live", minutes: 5 }, -1, NOW);
    expect(back).toEqual({ kind: "range", startMs: NOW - 600_000, endMs: NOW - 300_000 });
    expect(stepWindow(back, -1, NOW)).toEqual({ kind: "range", startMs: NOW - 900_000, endMs: NOW - 600_000 });
  });

  it("is live again when it reaches now", () => {
    const back = stepWindow({ kind: "live", minutes: 15 }, -1, NOW);
    expect(stepWindow(back, 1, NOW)).toEqual({ kind: "live", minutes: 15 });
  });

  it("stops where it stands and goes live with the same length", () => {
    const stopped = toggleLive({ kind: "live", minutes: 30 }, NOW);
    expect(stopped).toEqual({ kind: "range", startMs: NOW - 1_800_000, endMs: NOW });
    expect(toggleLive(stopped, NOW + 60_000)).toEqual({ kind: "live", minutes: 30 });
  });
});
