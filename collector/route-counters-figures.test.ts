/** What the page of a rollout, its judge and the graph are told of the counters, for traffic that is known. */
import { beforeAll, expect, test } from "vitest";
import { atOnce, finish } from "../lib/base/sliced.ts";
import { DEFAULT_POLICY, judge } from "../lib/control/judge/verdict.ts";
import { graphAnswer } from "../lib/query/graph-answer.ts";
import { PartsBook } from "../lib/query/graph-parts.ts";
import { printedGraph } from "../lib/query/printed-graph.ts";
import { type EdgeDetail, edgeDetailSchema, graphParametersSchema, graphSchema } from "../lib/query/schema/graph.ts";
import { Snapshots } from "../lib/query/snapshot.ts";
import { Ids } from "../lib/query/view-key.ts";
import { scrapedFigures } from "./control/scraped-figures.ts";
import { CountersRig, INTERVAL_MS, routeRef, T0 } from "./route-counters-rig.ts";

const ROUTE = routeRef("istio", "web/v1", "web/v2");
const READINGS = 60;
/** The weight moves from 0 to 10 % here. */
const MOVED_AT = 20;

interface Lane {
  readonly reporter: "source" | "destination";
  readonly caller: string;
  readonly version: string;
  /** So far, by reading. */
  readonly requests: (i: number) => number;
  readonly failures: (i: number) => number;
}

/** Of ten timed requests nine are below 10 ms and one below 100 ms; of the canary's one more is above. */
function lane({ reporter, caller, version, requests, failures }: Lane, i: number): string[] {
  const workload = (end: "source" | "destination", name: string, service: string) =>
    `${end}_workload="${name}",${end}_workload_namespace="shop",${end}_canonical_service="${service}"`;
  const labels = [
    `reporter="${reporter}"`,
    workload("source", caller, caller),
    workload("destination", `web-${version}`, "web"),
    `destination_canonical_revision="${version}"`,
    'destination_service="web.shop.svc.cluster.local",destination_service_name="web"',
    'destination_service_namespace="shop",request_protocol="http",response_flags="-"',
  ].join();
  const [n, bad] = [requests(i), failures(i)];
  const slow = version === "v2" ? n / 10 : 0;
  const bucket = (le: string, count: number) =>
    `istio_request_duration_milliseconds_bucket{${labels},response_code="200",le="${le}"} ${count}`;
  return [
    `istio_requests_total{${labels},response_code="200"} ${n - bad}`,
    `istio_requests_total{${labels},response_code="503"} ${bad}`,
    bucket("10", 0.9 * n - slow),
    bucket("100", n - slow),
    bucket("+Inf", n),
    `istio_request_duration_milliseconds_sum{${labels},response_code="200"} ${n * 12}`,
    `istio_request_duration_milliseconds_count{${labels},response_code="200"} ${n}`,
  ];
}

const moved = (i: number): number => Math.max(0, i - MOVED_AT);
/** 100 a reading of each caller; of the ten a reading for the canary two fail, of the others one in a hundred. */
const stable = (share: number): Pick<Lane, "requests" | "failures"> => ({
  requests: (i) => share * (100 * i - 10 * moved(i)),
  failures: (i) => share * i,
});
const canary = (share: number): Pick<Lane, "requests" | "failures"> => ({
  requests: (i) => share * 10 * moved(i),
  failures: (i) => share * 2 * moved(i),
});

const CALLERS = ["front", "cart"];
const BACKENDS = [
  {
    id: "web/v1",
    pods: ["web-v1-a", "web-v1-b", "web-v1-c"].map((name) => ({ name, version: "v1", ready: true })),
  },
  { id: "web/v2", pods: [{ name: "web-v2-a", version: "v2", ready: false }] },
];
const TYPES = ["# TYPE istio_requests_total counter", "# TYPE istio_request_duration_milliseconds histogram"];

const podTarget = (pod: string): string => JSON.stringify(["c1", "shop", pod]);
let rig: CountersRig;

beforeAll(async () => {
  rig = await CountersRig.open("istio", undefined, BACKENDS);
  rig.counters.watch(ROUTE);
  rig.counters.moved(ROUTE, 0, T0);
  await rig.counters.tick();
  const read = (target: string, i: number, lanes: readonly Lane[]) =>
    rig.scrape(target, T0 + i * INTERVAL_MS, [...TYPES, ...lanes.flatMap((one) => lane(one, i))].join("\n"));
  for (let i = 0; i < READINGS; i++) {
    if (i === MOVED_AT) rig.counters.moved(ROUTE, 1_000, T0 + i * INTERVAL_MS);
    for (const caller of CALLERS)
      read(podTarget(`${caller}-1`), i, [
        { reporter: "source", caller, version: "v1", ...stable(1) },
        { reporter: "source", caller, version: "v2", ...canary(1) },
      ]);
    for (const pod of ["web-v1-a", "web-v1-b"])
      read(
        podTarget(pod),
        i,
        CALLERS.map((caller) => ({ reporter: "destination", caller, version: "v1", ...stable(0.5) })),
      );
    read(
      podTarget("web-v2-a"),
      i,
      CALLERS.map((caller) => ({ reporter: "destination", caller, version: "v2", ...canary(1) })),
    );
  }
});

test("both arms over time: shares wished for and seen, rates, failures, latency", async () => {
  const figures = await scrapedFigures(rig.counters, { nowMs: () => rig.nowMs }).of({ routes: [ROUTE], sinceMs: T0 });
  expect(figures.requestsPerSec).toBe(20);
  const { timesMs, desired, observed, canary: arm, stable: base } = figures.series;
  expect(timesMs).toHaveLength(READINGS - 1);
  const early = timesMs.indexOf(T0 + 10 * INTERVAL_MS);
  const late = timesMs.indexOf(T0 + 50 * INTERVAL_MS);
  expect([desired[early], observed[early], desired[late], observed[late]]).toEqual([0, 0, 0.1, 0.1]);
  expect([arm.requestsPerSec[early], arm.requestsPerSec[late], base.requestsPerSec[late]]).toEqual([0, 2, 18]);
  expect([arm.errorRatio[early], arm.errorRatio[late], base.errorRatio[late]]).toEqual([null, 0.2, 0.01111]);
  expect(base.p50Ms[late]).toBeLessThan(10);
  expect([base.p99Ms[late], arm.p99Ms[late]]).toEqual([91, 100]);
  // What both arms were timed at since the weight moved.
  expect(figures.latency).toEqual({ boundsMs: [10, 100], canary: [624, 78, 78], stable: [6318, 702, 0] });
  const [split] = figures.splits ?? [];
  expect(split?.callers.map(({ caller }) => caller)).toEqual(["front", "cart"]);
  expect(split?.callers.every(({ observed: own }) => own[late] === 0.1 && own[early] === 0)).toBe(true);
  expect(split?.unproxied).toEqual({ requests: 0, canaryRequests: 0 });
});

test("pods of both arms, as their control plane knows them and as their own proxies count", async () => {
  const figures = await scrapedFigures(rig.counters, { nowMs: () => rig.nowMs }).of({ routes: [ROUTE], sinceMs: T0 });
  const [canaryPod, a, b, c] = figures.pods;
  expect(canaryPod).toMatchObject({
    name: "web-v2-a",
    arm: "canary",
    ready: false,
    requestsPerSec: 2,
    errorRatio: 0.2,
  });
  expect([a?.requestsPerSec, b?.requestsPerSec]).toEqual([9, 9]);
  expect(c).toMatchObject({ name: "web-v1-c", ready: true, requestsPerSec: null });
  expect(c?.absent).toEqual({ requestsPerSec: "notCollected", errorRatio: "notCollected" });
});

test("the judge gets windows of what callers saw, with halves of the stable pods, and fails a canary that fails", () => {
  rig.nowMs += INTERVAL_MS;
  const histories = rig.counters.histories(ROUTE, T0);
  rig.nowMs -= INTERVAL_MS;
  expect(histories.map(({ name }) => name)).toEqual(["errors", "slower than 100 ms"]);
  const [errors, latency] = histories;
  const last = errors?.windows.at(-1);
  expect(last).toEqual({
    ...{
      atMs: T0 + (READINGS - 1) * INTERVAL_MS,
      canaryRequests: 20,
      primaryRequests: 180,
      canaryBad: 4,
      primaryBad: 2,
    },
    halves: { aRequests: 90, bRequests: 90, aBad: 1, bBad: 1 },
  });
  expect(latency?.windows.at(-1)).toMatchObject({
    canaryRequests: 20,
    canaryBad: 2,
    primaryRequests: 180,
    primaryBad: 0,
  });
  expect(judge(histories, DEFAULT_POLICY, rig.nowMs)).toMatchObject({ state: "fail" });
});

test("when nothing more is read, the last windows are silent and the judge has no data", () => {
  const nowMs = rig.nowMs;
  rig.nowMs += 6 * INTERVAL_MS;
  const [errors] = rig.counters.histories(ROUTE, T0 + 30 * INTERVAL_MS);
  expect(errors?.windows.slice(-3).map(({ canaryRequests }) => canaryRequests)).toEqual([0, 0, 0]);
  const quiet = {
    ...errors,
    windows: (errors?.windows ?? []).map((window) => ({ ...window, canaryBad: 0, primaryBad: 0 })),
  };
  expect(judge([{ name: "errors", kind: "errors", windows: quiet.windows }], DEFAULT_POLICY, rig.nowMs).state).toBe(
    "noData",
  );
  rig.nowMs = nowMs;
});

async function edgesOf(view: "workload" | "service", of: CountersRig): Promise<Record<string, EdgeDetail>> {
  const ids = new Ids();
  const estate = { live: of.slots, store: of.store, splits: of.counters.splits };
  const read = await new Snapshots(estate, atOnce, () => 0).read({}, of.nowMs);
  if (!read.ok) throw new Error(read.error.code);
  const query = graphParametersSchema.parse({ view, detail: "full" });
  const targets = { up: 1, down: 0, dropped: {} };
  const graph = graphAnswer(read.value, query, { ids, targets });
  const names = new Map(graph.nodes.map(({ id, name }) => [id, name]));
  const named = graph.edges.map((edge) => {
    const key = `${names.get(edge.source)}->${names.get(edge.target)}`;
    return [key, edgeDetailSchema.parse(edge)] as const;
  });
  return Object.fromEntries(named);
}

test("edges say which version they lead to, what it was given and what this caller gives it, while a release runs", async () => {
  const workloads = await edgesOf("workload", rig);
  expect(workloads["front->web-v2"]?.split).toEqual([{ version: "v2", desired: 0.1, observed: 0.1 }]);
  expect(workloads["front->web-v2"]?.badges).toContain("canary");
  expect(workloads["cart->web-v1"]?.split).toEqual([{ version: "v1", desired: 0.9, observed: 0.9 }]);
  expect(workloads["cart->web-v1"]?.badges ?? []).not.toContain("canary");
  const services = await edgesOf("service", rig);
  expect(services["front->web"]?.split).toEqual([
    { version: "v1", desired: 0.9, observed: 0.9 },
    { version: "v2", desired: 0.1, observed: 0.1 },
  ]);
  expect(services["front->web"]?.badges).toContain("canary");
});

test("an edge names the release whose weights it is under, from when it is known whose they are", async () => {
  rig.counters.watch(ROUTE, "web-v2");
  const release = { rollout: "web-v2", route: ROUTE.id };
  const { "front->web-v2": edge } = await edgesOf("workload", rig);
  expect(edge?.split).toEqual([{ version: "v2", desired: 0.1, observed: 0.1, release }]);
});

test("a printed edge is printed anew when its weight moves or its release ends, though nothing was counted", async () => {
  const ids = new Ids();
  const estate = { live: rig.slots, store: rig.store, splits: rig.counters.splits };
  const snapshots = new Snapshots(estate, atOnce, () => 0);
  const book = new PartsBook({ view: "service", detail: "full" }, ids);
  const desired = async (): Promise<unknown> => {
    const read = await snapshots.read({}, rig.nowMs);
    if (!read.ok) throw new Error(read.error.code);
    const parts = finish(book.of(read.value));
    const printed = finish(
      printedGraph(parts, graphParametersSchema.parse({ view: "service" }), { up: 1, down: 0, dropped: {} }),
    );
    const edge = graphSchema.shape.edges.element.loose().parse(JSON.parse(printed.edges[0]?.text ?? "{}"));
    return edge["split"];
  };
  expect(await desired()).toMatchObject([{ desired: 0.9 }, { desired: 0.1 }]);
  const nowMs = rig.nowMs;
  rig.counters.moved(ROUTE, 2_500, nowMs);
  rig.nowMs += 2_000;
  expect(await desired()).toMatchObject([
    { desired: 0.75, observed: null },
    { desired: 0.25, observed: null },
  ]);
  rig.counters.unwatch(ROUTE);
  expect(await desired()).toBeUndefined();
});
