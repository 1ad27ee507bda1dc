/**
 * Entries of a secondary datacenter: written in the primary one and copied, with indexes of their own. Against two real
 * Consuls that found each other; skipped, loudly, where there is none.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { ConsulTraffic } from "../../../collector/actuators/consul.ts";
import { planSplit } from "../../../lib/control/traffic/drivers.ts";
import { freePorts } from "../../real/envoy/http-client.ts";
import { makeService, putEntry } from "./bench.ts";
import { findConsul } from "./binary.ts";
import { type ConsulServer, startConsul } from "./server.ts";

const INTENT = "6f0c1f6e-0000-4000-8000-00000000000d";
const servers: ConsulServer[] = [];
let reason = "not started";

beforeAll(async () => {
  const found = await findConsul();
  if ("skip" in found) {
    reason = found.skip;
    console.warn(`SKIPPED: no Consul: ${reason}`);
    return;
  }
  const [first = 0, second = 0] = await freePorts(2);
  servers.push(await startConsul(found, { isGuarded: false, datacenter: "dc1", wan: { own: first, others: [] } }));
  const wan = { own: second, others: [first] };
  servers.push(await startConsul(found, { isGuarded: false, datacenter: "dc2", wan }));
}, 300_000);
afterAll(async () => {
  for (const server of servers) await server.stop();
});

test("a split of a secondary datacenter is moved in the primary one, and its instances are the secondary's own", async (context) => {
  const [primary, secondary] = servers;
  if (primary === undefined || secondary === undefined) return context.skip(`no Consul: ${reason}`);
  const knows = async () => (await secondary.call("GET", "/v1/catalog/datacenters")).text.includes("dc1");
  await expect.poll(knows, { timeout: 20_000 }).toBe(true);
  // Indexes go apart: entries of the primary that are no business of the secondary's count there.
  for (let i = 0; i < 40; i++) {
    const Protocol = i % 2 === 0 ? "http" : "tcp";
    await putEntry(primary, { Kind: "service-defaults", Name: "noise", Protocol });
  }
  const { target, canary, stable } = await makeService(primary);
  const path = `/v1/config/service-splitter/${target.name}`;
  const copied = async () => (await secondary.call("GET", `${path}?dc=dc2`)).text;
  await expect.poll(copied, { timeout: 40_000 }).toContain("ModifyIndex");
  const own = JSON.parse(await copied()).ModifyIndex;
  const traffic = new ConsulTraffic({ name: "dc2", url: secondary.url, datacenter: "dc2", primaryDatacenter: "dc1" });
  const state = await traffic.read({ ...target, cluster: "dc2" });
  if (!state.ok) throw new Error(state.error.message);
  expect(Number(state.value.revision)).not.toBe(own);
  const plan = planSplit(
    state.value,
    { routeKey: target.name, sharesBp: { [stable]: 5_000, [canary]: 5_000 } },
    INTENT,
  );
  if (!plan.ok) throw new Error(plan.error.message);
  const stale = { ...plan.value.request, path: `/v1/config?cas=${own}` };
  if (stale.api !== "consul") throw new Error(stale.api);
  const wrong = await traffic.apply({ ...plan.value, request: stale }, "6f0c1f6e-0000-4000-8000-00000000000e");
  expect(wrong.kind).toBe("conflict");
  expect((await traffic.apply(plan.value, INTENT)).kind).toBe("applied");
  const facts = await traffic.backends(state.value, target.name);
  // The instances are registered in dc1: in dc2 nobody is ready.
  expect(facts.ok && facts.value.map(({ readyEndpoints }) => readyEndpoints)).toEqual([0, 0]);
});
