/** How much is computed for many queries: one snapshot for all, one fact and one text for each edge that changed. */
import { gunzipSync } from "node:zlib";
import { Registry } from "prom-client";
import { expect, test, vi } from "vitest";
import type { Endpoint } from "../../../lib/model/identity.ts";
import { LOCAL_SUBJECT } from "../../../lib/query/access.ts";
import { compareAnswerSchema } from "../../../lib/query/schema/compare.ts";
import { graphSchema } from "../../../lib/query/schema/graph.ts";
import { Ids } from "../../../lib/query/view-key.ts";
import { SlotTable } from "../../../lib/rollup/slot-table.ts";
import { sharesOf } from "../../../lib/rollup/spread.ts";
import { MemoryRollupStore } from "../../store/memory-rollup-store.ts";
import { silentLog } from "../../telemetry/log.ts";
import { SourceBoard } from "../../telemetry/source-board.ts";
import { apiServer } from "../server.ts";
import { metricsRoutes } from "./metrics.ts";
import { MetricsAnswers } from "./metrics-answers.ts";

const T0 = 1_700_000_000_000;
const WORKLOADS = 40;

function workload(i: number): Endpoint {
  const name = `w${i}`;
  return { cluster: `c${i % 2}`, namespace: `ns-${i % 5}`, kind: "workload", name, mesh: "istio", service: name };
}

/** A ring of workloads, each of which is told of by a proxy of its own. */
function rig() {
  const time = { nowMs: T0 };
  const clock = { nowMs: () => time.nowMs };
  const slots = new SlotTable();
  const board = new SourceBoard(new Registry(), clock);
  const meta = () => {
    throw new Error("not asked for");
  };
  const deps = {
    ...{ estate: { live: slots, store: new MemoryRollupStore() }, ids: new Ids() },
    ...{ board, clock, boot: "b1", meta },
  };
  const answers = new MetricsAnswers(deps);
  const ready = () => ({ ready: true, waitingFor: [] });
  const routes = metricsRoutes(deps, answers);
  const app = apiServer({ routes, registry: new Registry(), log: silentLog, version: "0", hosts: [], ready });
  const scrape = (i: number): void => {
    const edge = { source: workload((i + 1) % WORKLOADS), target: workload(i), protocol: "http", layer: "L7" } as const;
    const row = slots.table.row({ edge, reporter: "destination", job: "j", transport: false }, time.nowMs);
    const target = slots.target(`pod-${i}`, 10_000);
    slots.join(row.group, target);
    row.lastSeenMs = time.nowMs;
    row.hasRequests = true;
    row.everActive = true;
    slots.add(row, [row.class("200", "")], 50 + i, sharesOf(time.nowMs - 10_000, time.nowMs));
    target.cover(time.nowMs - 10_000, time.nowMs);
    target.seen(time.nowMs);
    slots.observed(time.nowMs);
  };
  const pass = (ms: number): void => {
    time.nowMs += ms;
  };
  const get = async (path: string, headers = {}) =>
    app.inject({ url: `/api/v1${path}`, headers: { host: "localhost", ...headers } });
  const work = () => ({
    snapshots: answers.snapshots.computations,
    bodies: answers.cache.computations,
    facts: answers.snapshots.factsMade,
    printed: answers.printedEdges,
  });
  const live = routes.find(({ path }) => path === "/graph/live");
  return { scrape, pass, get, work, answers, live };
}

const QUERIES = ["", "?cluster=c0", "?cluster=c1", "?filter=w1", ...[0, 1, 2, 3, 4].map((i) => `?namespace=ns-${i}`)];

test("queries that differ share one snapshot, and each edge is printed once for all of them", async () => {
  const { scrape, get, work } = rig();
  for (let i = 0; i < WORKLOADS; i++) scrape(i);
  const all = await Promise.all(QUERIES.map((query) => get(`/graph${query}`)));
  expect(all.map(({ statusCode }) => statusCode)).toEqual(QUERIES.map(() => 200));
  expect(work()).toEqual({ snapshots: 1, bodies: QUERIES.length, facts: WORKLOADS, printed: WORKLOADS });
});

test("within a slot only edges with news are made and printed anew", async () => {
  const { scrape, pass, get, work } = rig();
  for (let i = 0; i < WORKLOADS; i++) scrape(i);
  await get("/graph");
  const before = work();
  pass(1_000);
  for (const i of [3, 17]) scrape(i);
  const answer = graphSchema.parse((await get("/graph")).json());
  const after = work();
  expect([after.facts - before.facts, after.printed - before.printed]).toEqual([2, 2]);
  const named = new Map(answer.nodes.map(({ id, name }) => [id, name]));
  const requests = new Map(answer.edges.map(({ target, health }) => [named.get(target), health.requests]));
  expect([requests.get("w3"), requests.get("w17"), requests.get("w4")]).toEqual([106, 134, 54]);
});

test("what is printed again later is what a fresh computation prints", async () => {
  const { scrape, pass, get } = rig();
  for (let round = 0; round < 40; round++) {
    for (let i = round % 3; i < WORKLOADS; i += 3) scrape(i);
    pass(round % 4 === 0 ? 7_000 : 2_500);
    const kept = (await get("/graph")).json();
    // Another way to ask for the same window has nothing kept.
    const anew = (await get(`/graph?start=${kept.window.requested.start}&end=${kept.window.requested.end}`)).json();
    expect(kept.edges).toEqual(anew.edges);
    expect(kept.nodes).toEqual(anew.nodes);
  }
});

test("a body is the same whether it is sent compressed or not, and has one tag", async () => {
  const { scrape, get } = rig();
  for (let i = 0; i < WORKLOADS; i++) scrape(i);
  const plain = await get("/graph");
  const [first, second] = await Promise.all([1, 2].map(() => get("/graph", { "accept-encoding": "gzip" })));
  expect(first?.headers["content-encoding"]).toBe("gzip");
  expect(gunzipSync(first?.rawPayload ?? "").equals(plain.rawPayload)).toBe(true);
  expect(second?.rawPayload.equals(first?.rawPayload ?? Buffer.alloc(0))).toBe(true);
  expect([first?.headers.etag, plain.headers["content-length"]]).toEqual([
    plain.headers.etag,
    String(plain.rawPayload.length),
  ]);
  const again = await get("/graph", { "if-none-match": plain.headers.etag });
  expect([again.statusCode, again.rawPayload.length]).toEqual([304, 0]);
});

test("a filter is the find language: it leaves the edges it holds for with their ends, and says where it cannot be read", async () => {
  const { scrape, get } = rig();
  for (let i = 0; i < WORKLOADS; i++) scrape(i);
  const answer = graphSchema.parse(
    (await get(`/graph?filter=${encodeURIComponent("source.name = w7 or to.name in (w3, w4)")}`)).json(),
  );
  const named = new Map(answer.nodes.map(({ id, name }) => [id, name]));
  expect(answer.edges.map(({ source, target }) => `${named.get(source)}>${named.get(target)}`).sort()).toEqual(
    ["w4>w3", "w5>w4", "w7>w6"].sort(),
  );
  const refused = await get(`/graph?filter=${encodeURIComponent("name = w7 and rate > lots")}`);
  expect([refused.statusCode, refused.json()]).toEqual([
    400,
    {
      code: "find_value",
      message: "rate is compared with a number, such as 100/s (at character 22)",
      field: "filter",
    },
  ]);
  expect((await get("/graph/live?filter=%28")).statusCode).toBe(400);
});

test("two windows are compared: by default with the one before, and what came is named", async () => {
  const { scrape, pass, get } = rig();
  for (let round = 0; round < 30; round++) {
    for (let i = 0; i < 3; i++) scrape(i);
    if (round >= 17) scrape(5);
    pass(10_000);
  }
  const now = T0 + 300_000;
  const path = `/graph/compare?start=${now - 150_000}&end=${now}`;
  const answer = compareAnswerSchema.parse((await get(path)).json());
  expect(answer.base.requested).toEqual({ start: now - 300_000, end: now - 150_000 });
  const named = new Map(answer.nodes.map(({ id, name }) => [id, name]));
  expect(answer.added.map((id) => named.get(id) ?? "edge").sort()).toEqual(["edge", "w5", "w6"]);
  expect(answer.removed).toEqual([]);
  expect(answer.changes.filter(({ kind }) => kind !== "added")).toEqual([]);
  expect((await get(`${path}&filter=%28`)).statusCode).toBe(400);
  // One whose end nobody named reaches to now, and waits for no end.
  const open = compareAnswerSchema.parse((await get(`/graph/compare?start=${now - 150_000}`)).json());
  expect(open.window).toMatchObject({ requested: { end: now } });
  expect(open.window.endToCome).toBeUndefined();
  expect((await get(`/graph/compare?start=${now}&end=${now - 1}`)).statusCode).toBe(400);
});

test("an edge that nobody tells of any more proves nothing, and nothing against its node either", async () => {
  const { scrape, pass, get } = rig();
  for (let round = 0; round < 30; round++) {
    for (let i = 0; i < 3; i++) scrape(i);
    // w8 → w7 once, before the window; w9 → w8 in all of it.
    if (round === 16) scrape(7);
    if (round >= 17) scrape(8);
    pass(10_000);
  }
  const now = T0 + 300_000;
  const [start, baseStart, baseEnd] = [now - 120_000, now - 270_000, now - 150_000];
  const path = `/graph/compare?start=${start}&end=${now}&baseStart=${baseStart}&baseEnd=${baseEnd}`;
  const answer = compareAnswerSchema.parse((await get(path)).json());
  const named = new Map(answer.nodes.map(({ id, name }) => [id, name]));
  const of = (ids: readonly string[]) => ids.map((id) => named.get(id) ?? "edge").sort();
  expect(answer.edges.some(({ stale }) => stale === true)).toBe(true);
  expect({ added: of(answer.added), notKnown: of(answer.notKnown) }).toEqual({
    added: ["edge", "w8", "w9"],
    notKnown: ["edge", "w7"],
  });
  expect(answer.baseOnly).toEqual([]);
});

test("where a window was not observed, or nobody in it who tells of a member, nothing came and nothing went: it is not known", async () => {
  const { scrape, pass, get } = rig();
  for (let round = 0; round < 30; round++) {
    for (let i = 0; i < 3; i++) scrape(i);
    // Known before the first window, and read again in the second.
    if (round === 0 || round >= 17) scrape(5);
    // First heard of in the second window.
    if (round >= 17) scrape(8);
    pass(10_000);
  }
  const now = T0 + 300_000;
  const compared = async (window: [number, number], base: [number, number]) => {
    const [start, end, baseStart, baseEnd] = [...window, ...base];
    const query = new URLSearchParams(Object.entries({ start, end, baseStart, baseEnd }).map(([k, v]) => [k, `${v}`]));
    const answer = compareAnswerSchema.parse((await get(`/graph/compare?${query}`)).json());
    const named = new Map(answer.nodes.map(({ id, name }) => [id, name]));
    const of = (ids: readonly string[]) => ids.map((id) => named.get(id) ?? "edge").sort();
    const { added, removed, notKnown, changes } = answer;
    return { added: of(added), removed: of(removed), notKnown: of(notKnown), kinds: changes.map(({ kind }) => kind) };
  };
  const [early, late] = [
    [now - 270_000, now - 150_000],
    [now - 120_000, now],
  ] as const;
  const before: [number, number] = [T0 - 600_000, T0 - 300_000];
  const all = await compared([...late], before);
  expect(all).toMatchObject({ added: [], removed: [], kinds: [] });
  expect(all.notKnown).toHaveLength(8 + 5);
  expect(await compared(before, [...late])).toEqual(all);
  const news = { added: ["edge", "w8", "w9"], notKnown: ["edge", "w5", "w6"] };
  expect(await compared([...late], [...early])).toEqual({ ...news, removed: [], kinds: ["added", "added", "added"] });
  const back = { removed: news.added, notKnown: news.notKnown };
  expect(await compared([...early], [...late])).toEqual({
    ...back,
    added: [],
    kinds: ["removed", "removed", "removed"],
  });
  // Of a window that was observed for less than half, what is not in it is not known either.
  const short = await compared([...late], [T0 - 60_000, T0 + 40_000]);
  expect(short).toMatchObject({ added: [], removed: [] });
  expect(short.notKnown).toContain("w8");
});

test("the live stream waits for the state of its slot, where that of the slot before is still shared", async () => {
  vi.useFakeTimers({ toFake: ["setInterval"] });
  const stop = new AbortController();
  try {
    const { scrape, pass, answers, live } = rig();
    const frames: string[] = [];
    const send = (frame: string | Uint8Array): number => frames.push(/^event: (\w+)/m.exec(String(frame))?.[1] ?? "");
    const asked = { params: {}, headers: {}, body: undefined, subject: LOCAL_SUBJECT, signal: stop.signal };
    pass(8_000);
    scrape(1);
    const stream = await live?.handle({ ...asked, query: {} });
    if (stream?.kind !== "events") throw new Error("no stream");
    stream.start({ send, close: () => {}, drop: () => {}, waitingBytes: 0, signal: stop.signal });
    await expect.poll(() => frames).toEqual(["snapshot"]);
    // It was much work: once its slot is over a state is made again after twice as long.
    answers.slices.workMs += 3_000;
    const tick = async (ms: number): Promise<void> => {
      pass(ms);
      scrape(1);
      await vi.advanceTimersByTimeAsync(1_000);
    };
    await tick(3_000);
    const { snapshots } = answers;
    expect([frames, snapshots.computations]).toEqual([["snapshot"], 1]);
    await tick(4_000);
    await expect.poll(() => frames).toEqual(["snapshot", "delta"]);
    expect(snapshots.computations).toBe(2);
  } finally {
    stop.abort();
    vi.useRealTimers();
  }
});
