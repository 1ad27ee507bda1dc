/** The alias that would join a node outside to a service of another mesh, with what is known of it filled in. */
import { expect, test } from "vitest";
import type { NodeAnswer } from "../query/schema/graph.ts";
import { joinHint } from "./join-hint.ts";

/** Host and service of the one alias, each as YAML's double quotes have it, which are JSON's. */
function read(snippet = ""): Record<string, unknown> {
  const [, body = ""] = /^aliases:\n {2}- \{(.*)\}$/.exec(snippet) ?? [];
  const fields = [...body.matchAll(/(\w+): ("(?:[^"\\]|\\.)*")/g)];
  return Object.fromEntries(fields.map(([, key = "", text = ""]) => [key, JSON.parse(text)]));
}

type Node = NodeAnswer["node"];

function node(more: Partial<Node>): Node {
  const traffic = { requestsPerSec: 1, errorRatio: 0 };
  const health = { state: "healthy" as const, reasons: [], requests: 10 };
  const place = { id: "n", kind: "workload" as const, mesh: null, cluster: "c1", namespace: "", name: "n" };
  return { ...place, health, inbound: traffic, outbound: traffic, ...more };
}

function answer(of: Node, more: Partial<NodeAnswer> = {}): NodeAnswer {
  const window = { start: 0, end: 1, slotMs: 1, requested: { start: 0, end: 1 } };
  const counts = { targets: { up: 1, down: 0 }, dropped: {}, notCollected: [] };
  const none = { newestAgeMs: 0, unpairedSpanShare: null, sampledShare: null };
  return {
    window,
    node: of,
    into: { requests: null, tcp: null },
    inbound: [],
    outbound: [],
    neighbours: [],
    completeness: { observedShare: 1, ...counts, ...none },
    ...more,
  };
}

function edgeTo(target: string, note?: string): NodeAnswer["outbound"][number] {
  const none = {
    clientErrorRatio: null,
    latencyMs: null,
    mtls: null,
    requestBytesPerSec: null,
    responseBytesPerSec: null,
  };
  const resilience = {
    retries: null,
    timeouts: null,
    overflow: null,
    ejections: null,
    rateLimited: null,
    denied: null,
    circuitOpen: null,
  };
  return {
    ...{ id: "e", source: "s", target, protocol: "http", layer: "L7", requestsPerSec: 1, errorRatio: 0 },
    ...none,
    health: { state: "healthy", reasons: [], requests: 10 },
    statusCodes: {},
    resilience,
    evidence: { from: "metrics", reporters: [], families: [], ...(note === undefined ? {} : { note }) },
  };
}

test("an outside host is filled in, and the lines are YAML whatever the name", () => {
  for (const name of ["billing.example.com:8443", '*.odd"host', "10.0.0.7"]) {
    const hint = joinHint(answer(node({ kind: "external", name })));
    expect(read(hint?.snippet)).toMatchObject({ host: name, service: "<its service>" });
  }
});

test("a host whose calls did not arrive says what may stand in between", () => {
  const plain = joinHint(answer(node({ kind: "external", name: "a.example.com" })));
  const named = joinHint(
    answer(node({ kind: "external", name: "a.example.com" }), { inbound: [edgeTo("n", "not_arrived")] }),
  );
  expect(plain?.words).not.toContain("gateway");
  expect(named?.words).toContain("gateway");
});

test("callers without a name have the one service that they call filled in", () => {
  const billing = node({ id: "b", cluster: "vm", namespace: "default", name: "billing-1", service: "billing" });
  const callers = node({ kind: "unknown", name: "unknown" });
  const one = joinHint(answer(callers, { outbound: [edgeTo("b")], neighbours: [billing] }));
  const host = "<the host that they call>";
  expect(read(one?.snippet)).toEqual({ host, cluster: "vm", namespace: "default", service: "billing" });
  const ledger = node({ id: "l", name: "ledger" });
  const two = joinHint(answer(callers, { outbound: [edgeTo("b"), edgeTo("l")], neighbours: [billing, ledger] }));
  expect(two?.snippet).toContain("<its service>");
});

test("a workload needs no alias", () => {
  expect(joinHint(answer(node({})))).toBeUndefined();
});
