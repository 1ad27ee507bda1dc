/** What pairs teach about hosts: one answer, none where two answered, forgotten in time. */
import { expect, test } from "vitest";
import type { Endpoint } from "../../lib/model/identity.ts";
import { LearntPeers } from "./span-peers.ts";

const NOW = 1_700_000_000_000;

function end(kind: "service" | "external" | "workload", name: string, namespace = "", cluster = ""): Endpoint {
  return { cluster, namespace, kind, name, mesh: null, ...(kind === "external" ? {} : { service: name }) };
}
const HOST = end("external", "Cart.mesh.example");

test("a host is the service that answered there, for whoever is that caller", () => {
  const peers = new LearntPeers();
  peers.learn(end("service", "web", "shop"), HOST, end("service", "cart", "east"), NOW);
  const wanted = { namespace: "east", service: "cart" };
  expect(peers.peerOf(end("service", "web", "shop", "c1"), "cart.mesh.example")).toEqual(wanted);
  expect(peers.peerOf({ ...end("workload", "web-v2", "shop", "c1"), service: "web" }, "cart.mesh.example")).toEqual(
    wanted,
  );
  expect(peers.peerOf(end("service", "web", "other"), "cart.mesh.example")).toBeUndefined();
  expect(peers.peerOf(end("service", "api", "shop"), "cart.mesh.example")).toBeUndefined();
  expect(peers.peerOf(end("service", "web", "shop"), "other.example")).toBeUndefined();
});

test("a name inside a cluster that another service answers to is learnt as well", () => {
  const peers = new LearntPeers();
  peers.learn(end("service", "web", "shop"), end("service", "cart", "shop"), end("service", "cart-v2", "new"), NOW);
  expect(peers.peerOf(end("service", "web", "shop"), "cart.shop.svc")).toEqual({
    namespace: "new",
    service: "cart-v2",
  });
});

test("two that answered are none, until the older is forgotten; the generation moves with the answer alone", () => {
  const peers = new LearntPeers();
  const web = end("service", "web", "shop");
  const asked = () => peers.peerOf(web, "cart.mesh.example");
  peers.learn(web, HOST, end("service", "old"), NOW);
  const first = peers.generation;
  peers.learn(web, HOST, end("service", "old"), NOW + 1);
  expect([peers.generation, asked()]).toEqual([first, { service: "old" }]);
  peers.learn(web, HOST, end("service", "new"), NOW + 2);
  expect(asked()).toBeUndefined();
  expect(peers.generation).toBeGreaterThan(first);
  peers.learn(web, HOST, end("service", "new"), NOW + 6 * 3_600_000 + 2);
  expect(asked()).toEqual({ service: "new" });
});

test("at most 10,000 hosts are known, and none for longer than six hours", () => {
  const peers = new LearntPeers();
  const web = end("service", "web", "shop");
  for (let i = 0; i < 10_050; i++) peers.learn(web, end("external", `h${i}`), end("service", "cart"), NOW);
  expect(peers.size).toBe(10_000);
  expect(peers.peerOf(web, "h49")).toBeUndefined();
  expect(peers.peerOf(web, "h50")).toEqual({ service: "cart" });
  peers.learn(web, HOST, end("service", "cart"), NOW + 6 * 3_600_000 + 1);
  expect(peers.size).toBe(1);
});
