/** What pairs teach about hosts: one answer, none where two answered, forgotten in time. */
import { expect, test } from "vitest";
import type { Endpoint } from "../../lib/model/identity.ts";
import { peerKey } from "../../lib/query/peers.ts";
import { LearntPeers } from "./span-peers.ts";

const NOW = 1_700_000_000_000;
const HOURS = 3_600_000;

function end(kind: "service" | "external", name: string, namespace = "", cluster = ""): Endpoint {
  return { cluster, namespace, kind, name, mesh: null, ...(kind === "external" ? {} : { service: name }) };
}
const HOST = end("external", "Cart.mesh.example");
const WEB = end("service", "web", "shop");
const asked = (peers: LearntPeers, host = "cart.mesh.example") =>
  peers.hostTargets().get(peerKey({ cluster: "", namespace: "shop", name: "web" }, host));

test("a host is the service that answered there", () => {
  const peers = new LearntPeers();
  peers.learn(WEB, HOST, end("service", "cart", "east"), NOW);
  expect(asked(peers)).toEqual({ cluster: "", namespace: "east", name: "cart" });
  expect(asked(peers, "other.example")).toBeUndefined();
});

test("a name inside a cluster that another service answers to is learnt as well", () => {
  const peers = new LearntPeers();
  peers.learn(WEB, end("service", "cart", "shop"), end("service", "cart-v2", "new"), NOW);
  expect(asked(peers, "cart.shop.svc")).toMatchObject({ namespace: "new", name: "cart-v2" });
});

test("two that answered are none, until the older is forgotten; the generation moves with the answer alone", () => {
  const peers = new LearntPeers();
  peers.learn(WEB, HOST, end("service", "old"), NOW);
  const first = peers.generation;
  peers.learn(WEB, HOST, end("service", "old"), NOW + 1);
  expect([peers.generation, asked(peers)?.name]).toEqual([first, "old"]);
  peers.learn(WEB, HOST, end("service", "new"), NOW + 2);
  expect(asked(peers)).toBeUndefined();
  expect(peers.generation).toBeGreaterThan(first);
  peers.learn(WEB, HOST, end("service", "new"), NOW + 6 * HOURS + 2);
  expect(asked(peers)?.name).toBe("new");
  // One goes and one comes: as many as before, and another answer.
  peers.learn(WEB, HOST, end("service", "third"), NOW + 13 * HOURS);
  expect(asked(peers)?.name).toBe("third");
});

test("at most 10,000 hosts are known, and none for longer than six hours", () => {
  const peers = new LearntPeers();
  for (let i = 0; i < 10_050; i++) peers.learn(WEB, end("external", `h${i}`), end("service", "cart"), NOW);
  expect(peers.size).toBe(10_000);
  expect(asked(peers, "h49")).toBeUndefined();
  expect(asked(peers, "h50")?.name).toBe("cart");
  peers.learn(WEB, HOST, end("service", "cart"), NOW + 6 * HOURS + 1);
  expect(peers.size).toBe(1);
});
