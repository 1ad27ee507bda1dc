/** The demo as a process: its four meshes are in one graph within 20 s of being ready, and calls that cross are one edge. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { edgeAnswerSchema, type GraphNode, graphSchema } from "../../lib/query/schema/graph.ts";
import { type DemoProcess, startDemo } from "../support/demo-process.ts";

const SOON_MS = 20_000;
const MESHES = ["istio", "linkerd", "consul", "appmesh"] as const;

let demo: DemoProcess | undefined;

beforeAll(async () => {
  demo = await startDemo();
}, 180_000);

afterAll(async () => {
  await demo?.stop();
});

interface Call {
  readonly source: GraphNode;
  readonly target: GraphNode;
  readonly perSec: number;
  readonly id: string;
  readonly protocol: string;
}

async function calls(): Promise<readonly Call[]> {
  const answer = await fetch(`${demo?.api}/api/v1/graph`);
  const { nodes, edges } = graphSchema.parse(await answer.json());
  const byId = new Map(nodes.map((node) => [node.id, node]));
  return edges.flatMap((edge) => {
    const source = byId.get(edge.source);
    const target = byId.get(edge.target);
    if (source === undefined || target === undefined) return [];
    return [{ source, target, perSec: edge.requestsPerSec ?? 0, id: edge.id, protocol: edge.protocol }];
  });
}

async function joinOf({ id }: Call): Promise<string | undefined> {
  const answer = await fetch(`${demo?.api}/api/v1/edges/${id}`);
  return edgeAnswerSchema.parse(await answer.json()).edge.evidence.join;
}

test("the four meshes are in one graph within 20 s of being ready", async () => {
  const ready = demo?.readyMs ?? 0;
  const seen = async (): Promise<readonly string[]> => {
    const running = (await calls()).filter(({ perSec }) => perSec > 0);
    return MESHES.filter((mesh) => running.some(({ source, target }) => source.mesh === mesh && target.mesh === mesh));
  };
  await expect.poll(seen, { timeout: SOON_MS, interval: 250 }).toEqual(MESHES);
  expect(Date.now() - ready).toBeLessThan(SOON_MS);
});

test.each([
  ["web-v1", "orders", ["service_host"]],
  // The alias speaks at once, and spans before it once a trace has crossed.
  ["fulfilment", "billing", ["alias", "span_pair"]],
  ["payments-v1", "loyalty", ["span_pair"]],
] as const)("%s → %s crosses from one mesh to another and is one edge", async (from, to, joins) => {
  const found = async (): Promise<readonly unknown[]> => {
    const named = (await calls()).filter(
      ({ source, target, perSec }) => source.name === from && target.name === to && perSec > 0,
    );
    const known: readonly string[] = joins;
    return Promise.all(
      named.map(async (call) => [call.source.mesh === call.target.mesh, known.includes((await joinOf(call)) ?? "")]),
    );
  };
  await expect.poll(found, { timeout: 60_000, interval: 500 }).toEqual([[false, true]]);
});

test("of a call that was joined nothing is left at the host, once both sides have been read alike", async () => {
  const left = async (): Promise<readonly string[]> =>
    (await calls())
      .filter(({ target }) => target.kind === "external")
      .map(({ target }) => target.name)
      .filter((host) => host === "billing.vm.example.com" || host === "loyalty.aws.example.com");
  await expect.poll(left, { timeout: 90_000, interval: 1_000 }).toEqual([]);
});

test("no call is counted twice: between two workloads requests run on one edge, by metrics, spans and routes together", async () => {
  const running = (await calls()).filter(({ protocol, perSec }) => protocol !== "tcp" && perSec > 0);
  const pairs = running.map(({ source, target }) => `${source.name} → ${target.name}`);
  expect(pairs.length).toBeGreaterThan(30);
  expect(pairs.filter((pair, i) => pairs.indexOf(pair) !== i && !pair.startsWith("unknown"))).toEqual([]);
});

test("connections stay what they are where a database's client tells of them by spans too", async () => {
  const found = async (): Promise<readonly string[]> =>
    (await calls()).filter(({ target }) => target.name.endsWith("-db")).map(({ protocol }) => protocol);
  await expect.poll(found, { timeout: 60_000, interval: 500 }).toEqual(["tcp", "tcp"]);
});
