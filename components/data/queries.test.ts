/** When answers are asked for again: those of a past window until nobody can change them any more. */
import { environmentManager, QueryClient, QueryObserver, type QueryObserverOptions } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { DEFAULT_VIEW_STATE, type ViewState } from "../../lib/view/url-state.ts";
import {
  edgeOptions,
  heatmapOptions,
  nodeOptions,
  serviceOptions,
  smallHeatmapOptions,
  timeseriesOptions,
} from "./queries.ts";

interface Api {
  asked: number;
  settling: readonly (number | undefined)[];
}
const api = vi.hoisted((): Api => ({ asked: 0, settling: [] }));

vi.mock("./api.ts", () => ({
  apiGet: async () => {
    const settling = api.settling[api.asked++];
    return settling === undefined ? { completeness: {} } : { settling, completeness: { settling } };
  },
}));

beforeEach(() => {
  vi.useFakeTimers();
  // As in a browser, where there is someone to ask again for.
  environmentManager.setIsServer(() => false);
});
afterEach(() => {
  vi.useRealTimers();
  environmentManager.setIsServer(() => true);
});

const RANGE = { startMs: 1_700_000_000_000, endMs: 1_700_000_300_000 };
const past: ViewState = { ...DEFAULT_VIEW_STATE, time: { kind: "range", ...RANGE } };
const live = DEFAULT_VIEW_STATE;
const series = { of: null, metrics: ["requestsPerSec"], points: 60 };

/** How often it was asked in ten minutes on screen, where its answers in turn say this of who may change them. */
async function asked<T>(options: QueryObserverOptions<T>, ...settling: readonly (number | undefined)[]) {
  Object.assign(api, { asked: 0, settling });
  const client = new QueryClient();
  const stop = new QueryObserver(client, { ...options, refetchIntervalInBackground: true }).subscribe(() => undefined);
  await vi.advanceTimersByTimeAsync(600_000);
  stop();
  client.clear();
  return api.asked;
}

test("panels, series and heatmaps of a past window are asked for again until they are final, and then no more", async () => {
  expect(await asked(edgeOptions("e", past), 2, 1, undefined)).toBe(3);
  expect(await asked(nodeOptions("n", past), 2, 1, undefined)).toBe(3);
  expect(await asked(serviceOptions("s", past), 2, 1, undefined)).toBe(3);
  expect(await asked(heatmapOptions({ node: "n" }, past), 2, 1, undefined)).toBe(3);
  expect(await asked(smallHeatmapOptions({ edge: "e" }, past), 2, 1, undefined)).toBe(3);
  expect(await asked(timeseriesOptions({ ...series, window: RANGE }), 2, 1, undefined)).toBe(3);
  // As the strip asks that reaches to now no more.
  expect(await asked(timeseriesOptions({ ...series, window: RANGE, every: false }), 2, 1, undefined)).toBe(3);
});

test("what is final is asked once, and what moves in each slot", async () => {
  expect(await asked(edgeOptions("e", past), undefined)).toBe(1);
  expect(await asked(timeseriesOptions({ ...series, window: RANGE }), undefined)).toBe(1);
  expect(await asked(edgeOptions("e", live), undefined)).toBe(61);
  expect(await asked(timeseriesOptions({ ...series, window: { lengthMs: 300_000 } }), undefined)).toBe(61);
  expect(await asked(timeseriesOptions({ ...series, window: RANGE, every: 10_000 }), undefined)).toBe(61);
});
