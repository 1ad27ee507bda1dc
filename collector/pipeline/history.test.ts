/** Nodes and edges that came and went, from scrapes through the pipeline: live slots, and those that went to the store. */
import { expect, test } from "vitest";
import { NO_FOLDS } from "../../lib/query/folds.ts";
import { historyAnswer } from "../../lib/query/history/history-answer.ts";
import type { LiveTable } from "../../lib/query/live-table.ts";
import { historyParametersSchema, historySchema } from "../../lib/query/schema/history.ts";
import { viewGraph } from "../../lib/query/view-graph.ts";
import { istio, lines, Rig, T0 } from "./truth-rig.ts";

const MINUTE = 60_000;

/** Scrapes every 10 s from T0 to `minutes` after; `text` says what a pod prints at a minute, undefined that it is gone. */
function scraped(minutes: number, pods: Readonly<Record<string, (minute: number) => string | undefined>>): Rig {
  const rig = new Rig();
  for (let atMs = T0; atMs <= T0 + minutes * MINUTE; atMs += 10_000) {
    for (const [pod, text] of Object.entries(pods)) {
      const printed = text((atMs - T0) / MINUTE);
      if (printed !== undefined) rig.scrape(atMs, printed, { pod, workload: pod });
    }
  }
  return rig;
}

async function told(
  rig: Rig,
  window: { start: number; end: number },
  query: Record<string, string> = {},
  breathe?: () => Promise<void>,
  live: LiveTable = rig.slots,
) {
  const made = await rig.snapshot(window);
  const snapshot = { ...made, estate: { ...made.estate, live } };
  const asked = historyParametersSchema.parse(query);
  const graph = viewGraph(snapshot.facts, asked.view, NO_FOLDS, rig.ids);
  const answer = await historyAnswer(
    snapshot,
    { nodes: [...graph.nodes.values()], edges: graph.edges },
    asked,
    breathe,
  );
  historySchema.parse(answer);
  return answer;
}

const words = ({ entries }: Awaited<ReturnType<typeof told>>): string[] =>
  entries.map(
    ({ atMs, kind, of, ends }) =>
      `${Math.round((atMs - T0) / MINUTE)} ${kind} ${of} ${ends.map(({ name }) => name).join(" → ")}`,
  );

/** `api` all the time; `db` is called from minute 10 to minute 20 by a series that the first call makes. */
const pods = {
  api: (minute: number) => istio(100 * minute, { to: "api" }),
  db: (minute: number) => {
    if (minute < 10) return undefined;
    return istio(60 * Math.min(minute, 20), { to: "db" });
  },
};

test("a workload that comes is new, and stops when its traffic does; what was there at the start is not new", async () => {
  const rig = scraped(30, pods);
  const answer = await told(rig, { start: T0, end: T0 + 30 * MINUTE });
  expect(answer.quietMs).toBe(300_000);
  expect(words(answer)).toEqual(["10 new node db", "20 stopped node db"]);
});

test("one whose proxy is read no more while others are is lost, and found when it is read again", async () => {
  const silent = (minute: number) => (minute > 10 && minute < 20 ? undefined : istio(60 * minute, { to: "db" }));
  const rig = scraped(30, { ...pods, db: silent });
  expect(words(await told(rig, { start: T0, end: T0 + 30 * MINUTE }))).toEqual(["10 lost node db", "20 found node db"]);
});

test("an edge alone between nodes that stay is told as an edge", async () => {
  const other = { code: "200", to: "db" };
  const rig = scraped(30, {
    api: pods.api,
    db: (minute) => {
      const cart = istio(60 * Math.min(Math.max(0, minute - 12), 8), other).replaceAll('"web"', '"cart"');
      return minute < 12 ? istio(60 * minute, other) : lines(istio(60 * minute, other), cart);
    },
    cart: (minute) => istio(30 * minute, { to: "cart" }),
  });
  expect(words(await told(rig, { start: T0, end: T0 + 30 * MINUTE }))).toEqual([
    "12 new edge cart → db",
    "20 stopped edge cart → db",
  ]);
});

test("a shorter quiet time tells of shorter breaks, and a collector that was away of none", async () => {
  const idle = (minute: number) => istio(60 * (minute > 12 && minute < 14 ? 12 : minute), { to: "db" });
  const rig = scraped(20, { api: pods.api, db: idle });
  const window = { start: T0 + 6 * MINUTE, end: T0 + 20 * MINUTE };
  expect(words(await told(rig, window))).toEqual([]);
  expect(words(await told(rig, window, { quietMs: "60000" }))).toEqual(["12 stopped node db", "14 started node db"]);
  const away = (of: (minute: number) => string | undefined) => (minute: number) =>
    minute > 8 && minute < 16 ? undefined : of(minute);
  const restarted = scraped(30, { api: away(pods.api), db: away((minute) => istio(60 * minute, { to: "db" })) });
  expect(words(await told(restarted, { start: T0, end: T0 + 30 * MINUTE }))).toEqual([]);
});

test("a window that has left memory is told the same from the store, and one narrowed or cut says so", async () => {
  const rig = scraped(60, pods);
  await rig.store.append(rig.slots.close(rig.nowMs));
  const window = { start: T0 + 6 * MINUTE, end: T0 + 26 * MINUTE };
  expect(rig.slots.horizonMs).toBeGreaterThan(window.end);
  expect(words(await told(rig, window))).toEqual(["10 new node db", "20 stopped node db"]);
  const cut = await told(rig, window, { limit: "1" });
  expect([cut.total, cut.truncated, words(cut)]).toEqual([2, true, ["20 stopped node db"]]);
  expect(words(await told(rig, window, { namespace: "elsewhere" }))).toEqual([]);
  expect(words(await told(rig, window, { view: "namespace" }))).toEqual([]);
});

test("other work comes in after each step, and slots that go to the store meanwhile are not missed", async () => {
  const rig = scraped(40, pods);
  const window = { start: T0 + 6 * MINUTE, end: T0 + 36 * MINUTE };
  let breaths = 0;
  const breathe = async () => {
    if (++breaths === 30) await rig.store.append(rig.slots.close(rig.nowMs));
  };
  expect(words(await told(rig, window, {}, breathe))).toEqual(["10 new node db", "20 stopped node db"]);
  expect(rig.slots.horizonMs).toBeGreaterThan(T0 + 20 * MINUTE);
  // 30 minutes and the quiet time before them in steps of 20 s.
  expect(breaths).toBe(105);
});

test("slots of one long step that go to the store while it is read are not missed either", async () => {
  const window = { start: T0, end: T0 + 30 * MINUTE };
  const asked = { points: "6", quietMs: "60000" };
  // Seen in one slot in the middle of its step, and in no other.
  const once = (minute: number) => istio(minute < 17.5 ? 0 : 60, { to: "db" });
  const seen = { api: pods.api, db: once };
  const whole = words(await told(scraped(30, seen), window, asked));
  expect(whole).toEqual(["15 new node db", "20 stopped node db"]);
  // All of the step live at first, or its beginning in the store already: then it is asked for before its turn.
  for (const early of [null, 0, 1]) {
    let at = 1;
    for (let breaths = at; breaths >= at; at += 7) {
      const rig = scraped(30, seen);
      if (early !== null) await rig.store.append(rig.slots.close(rig.nowMs + early * MINUTE));
      breaths = 0;
      const breathe = async () => {
        // All that is 15 minutes old by then; a slot of the step that is read among it.
        if (++breaths === at) await rig.store.append(rig.slots.close(rig.nowMs + 6 * MINUTE));
      };
      expect([early, at, words(await told(rig, window, asked, breathe))]).toEqual([early, at, whole]);
    }
    expect(at).toBeGreaterThan(early === null ? 90 : 40);
  }
});

test("the loop has its turn after every two slots that are read, however long a step is", async () => {
  const rig = scraped(30, pods);
  const held = { slots: 0, most: 0, all: 0 };
  const live: LiveTable = Object.create(rig.slots, {
    scan: {
      value: (from: number, to: number, visit: Parameters<LiveTable["scan"]>[2]) => {
        held.slots += (to - from) / rig.slots.slotMs;
        held.most = Math.max(held.most, held.slots);
        rig.slots.scan(from, to, visit);
      },
    },
  });
  const breathe = async () => {
    held.all += held.slots;
    held.slots = 0;
  };
  const window = { start: T0, end: T0 + 30 * MINUTE };
  for (const points of ["2", "7", "120"]) {
    Object.assign(held, { slots: 0, most: 0, all: 0 });
    await told(rig, window, { points }, breathe, live);
    expect([points, held.most]).toEqual([points, 2]);
    // Each slot of the window and of the quiet time before it is read once.
    expect(held.all).toBeGreaterThanOrEqual(180);
  }
});
