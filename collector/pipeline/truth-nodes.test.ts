/** What comes into a node as one: buckets and counts of all its callers merged, never a mean of their percentiles. */
import { expect, test } from "vitest";
import { nodeAnswer } from "../../lib/query/graph-answer.ts";
import { type NodeAnswer, nodeAnswerSchema } from "../../lib/query/schema/graph.ts";
import { istio, type Labels, lines, Rig, T0 } from "./truth-rig.ts";

const BOUNDS = [1, 5, 10, 25, 50, 100];

interface Calls extends Labels {
  readonly from: string;
  /** By bucket; the last is above all bounds. */
  readonly counts: readonly number[];
}

/** A destination's counters of one caller's requests. */
function told({ from, counts, ...labels }: Calls, scale: number): string {
  let sum = 0;
  const by = (text: string): string =>
    text
      .replace('source_workload="web"', `source_workload="${from}"`)
      .replace("{", `{source_principal="spiffe://td/ns/shop/sa/${from}",`);
  const buckets = [...BOUNDS, "+Inf"].map((le, i) => {
    sum += (counts[i] ?? 0) * scale;
    return by(istio(sum, { ...labels, family: "istio_request_duration_milliseconds_bucket" })).replace(
      "} ",
      `,le="${le}"} `,
    );
  });
  return lines(
    by(istio(sum, labels)),
    ...buckets,
    by(istio(sum * 3, { ...labels, family: "istio_request_duration_milliseconds_sum" })),
    by(istio(sum, { ...labels, family: "istio_request_duration_milliseconds_count" })),
  );
}

/** 90 fast requests over mutual TLS, and 10 slow ones in plaintext, half of which fail. */
const CALLS: readonly Calls[] = [
  { from: "web", counts: [0, 0, 90, 0, 0, 0, 0] },
  { from: "cron", counts: [0, 0, 0, 0, 0, 5, 0], policy: "none" },
  { from: "cron", counts: [0, 0, 0, 0, 0, 5, 0], policy: "none", code: "503", flags: "UF" },
];

async function nodeOf(rig: Rig, name: string, query = {}): Promise<NodeAnswer> {
  const { nodes } = await rig.graph(query);
  const id = nodes.find((node) => node.name === name)?.id ?? "";
  const context = { ids: rig.ids, targets: { up: 1, down: 0 } };
  const answer = nodeAnswer(await rig.snapshot(), id, query, context);
  if (!answer.ok) throw new Error(answer.error.code);
  return nodeAnswerSchema.parse(answer.value);
}

function estate(): Rig {
  const rig = new Rig();
  const tcp =
    'istio_tcp_connections_opened_total{reporter="destination",source_workload="web",destination_workload="api"';
  const place =
    'source_workload_namespace="shop",destination_workload_namespace="shop",source_cluster="c1",destination_cluster="c1"';
  for (const n of [0, 1]) {
    const opened = `${tcp},${place},request_protocol="tcp",connection_security_policy="mutual_tls",response_flags="-"} ${7 * n}`;
    rig.scrape(T0 + n * 10_000, lines(...CALLS.map((calls) => told(calls, n)), opened));
  }
  return rig;
}

test("a node's percentiles are of all its callers' buckets, its shares and codes of their counts", async () => {
  const { node, into, inbound } = await nodeOf(estate(), "api");
  expect(inbound.filter(({ protocol }) => protocol === "http")).toHaveLength(2);
  const { requests } = into;
  expect(requests?.latencyMs).toMatchObject({ count: 100, known: { p50: [5, 10], p95: [50, 100], p99: [50, 100] } });
  // 90 below 10 ms; the 95th of 100 is half way into the bucket that ends at 100 ms.
  expect(requests?.latencyMs?.p95).toBe(75);
  expect(requests?.latencyMs?.p50).toBeCloseTo(7.778, 3);
  expect(requests?.latencyMs?.avg).toBe(3);
  expect(requests).toMatchObject({ requestsPerSec: node.inbound.requestsPerSec, errorRatio: 0.05, requests: 100 });
  expect(requests?.statusCodes).toEqual({ "200": 9.5, "503": 0.5 });
  expect(requests?.responseFlags).toEqual({ UF: 0.5 });
  expect(requests?.mtls).toMatchObject({ mutual: 0.9, plaintext: 0.1, total: 100, unit: "requests" });
  expect(requests?.principals?.source).toEqual(["spiffe://td/ns/shop/sa/cron", "spiffe://td/ns/shop/sa/web"]);
});

test("connections into a node stand apart from its requests", async () => {
  const { into } = await nodeOf(estate(), "api");
  expect(into.tcp).toMatchObject({ requestsPerSec: null, tcp: { openedPerSec: 0.7 }, mtls: { mutual: 1, total: 7 } });
  expect(into.requests?.tcp).toBeUndefined();
});

test("a folded box has what comes into all that is in it, and a node that nobody calls has nothing", async () => {
  const rig = estate();
  const box = await nodeOf(rig, "shop", { view: "workload", fold: "namespace" });
  expect(box.into.requests).toEqual((await nodeOf(rig, "api")).into.requests);
  expect((await nodeOf(rig, "web")).into).toEqual({ requests: null, tcp: null });
});
