/**
 * Real Envoys under the bootstraps of Consul and of App Mesh, against the real collector: names come from the mesh's own
 * tags, counts are exactly what was sent, and what is mutual is what was configured.
 */
import { describe, expect, test } from "vitest";
import { countsOf, edgeNames, SLOT_MS } from "./collected.ts";
import { booted, drive, expectExact, type Sent } from "./driving.ts";
import { APPMESH_SHAPE, CONSUL_SHAPE } from "./envoy/topology.ts";

describe.each([
  { mesh: "consul", variant: CONSUL_SHAPE, namespace: "default" },
  { mesh: "appmesh", variant: APPMESH_SHAPE, namespace: "shop" },
] as const)("$mesh", ({ mesh, variant, namespace }) => {
  const world = booted(variant, mesh);
  const sent: Sent = { requests: 160, failures: 13, missing: 5 };

  test("each edge counts exactly the requests that were sent, by code too", async (context) => {
    const here = world(context);
    await drive(here, sent.requests, sent);
    await expectExact(here, variant, sent);
    expect(edgeNames(await here.graph(here.always))).toEqual(["a->b http", "b->c http", "unknown->a http"]);
  });

  test("nodes have the mesh's own names and places", async (context) => {
    const here = world(context);
    const { nodes } = await here.graph(here.always);
    const named = nodes.filter((node) => node.kind === "workload");
    expect(named.map((node) => [node.name, node.namespace, node.mesh]).sort()).toEqual(
      ["a", "b", "c"].map((name) => [name, namespace, mesh]),
    );
  });

  test("a → b is mutual and b → c plaintext, in a window without a handshake too", async (context) => {
    const here = world(context);
    expect((await here.edge("a", "b")).mtls).toMatchObject({ mutual: 1, unknown: 0, unit: "connections" });
    expect((await here.edge("b", "c")).mtls).toMatchObject({ plaintext: 1, unknown: 0, unit: "connections" });
    const start = Math.ceil(Date.now() / SLOT_MS) * SLOT_MS;
    await here.scraped(undefined, start);
    await drive(here, 20, { concurrency: 1 });
    const kept = await here.edge("a", "b", { start, end: Date.now() });
    expect(countsOf(kept).requests).toBe(20);
    expect(kept.mtls).toMatchObject({ mutual: 1, unknown: 0 });
  });

  test("all three proxies are up, and nothing was left out", async (context) => {
    const here = world(context);
    expect((await here.graph(here.always)).completeness).toMatchObject({ targets: { up: 3, down: 0 }, dropped: {} });
  });
});

describe.each([
  { mesh: "consul", variant: CONSUL_SHAPE },
  { mesh: "appmesh", variant: APPMESH_SHAPE },
] as const)("$mesh, where the configuration names no mesh", ({ mesh, variant }) => {
  const world = booted(variant, "auto");

  test("is told by its tags, and counts the same", async (context) => {
    const here = world(context);
    const sent: Sent = { requests: 30, failures: 3, missing: 2 };
    await drive(here, sent.requests, sent);
    await expectExact(here, variant, sent);
    const { nodes } = await here.graph(here.always);
    expect(new Set(nodes.map((node) => node.mesh))).toEqual(new Set([mesh]));
  });
});
