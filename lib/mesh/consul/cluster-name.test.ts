import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ConsulService, consulCluster, consulTarget } from "./cluster-name.ts";

const TD = "e5b08d03-bfc3-c870-1833-baddb116e648.consul";
const PONG: ConsulService = {
  kind: "service",
  routing: "internal",
  service: "pong",
  namespace: "default",
  partition: undefined,
  datacenter: "dc2",
  peer: undefined,
  subset: undefined,
  hash: undefined,
  trustDomain: TD,
  dialedDirectly: false,
};

describe("a Consul cluster's name", () => {
  test.each([
    [`pong.default.dc2.internal.${TD}`, PONG],
    [`v2.pong.default.dc2.internal.${TD}`, { ...PONG, subset: "v2" }],
    [`f8f8f8f8~v2.pong.default.dc2.internal.${TD}`, { ...PONG, subset: "v2", hash: "f8f8f8f8" }],
    [`passthrough~pong.default.dc2.internal.${TD}`, { ...PONG, dialedDirectly: true }],
    [`failover-target~0~pong.default.dc2.internal.${TD}`, { ...PONG, hash: "failover-target~0" }],
    [`passthrough~f8~pong.default.dc2.internal.${TD}`, { ...PONG, dialedDirectly: true, hash: "f8" }],
    // Consul's own tags say service `default`, namespace `east` and subset `pong` of this one.
    [`pong.default.east.dc2.internal-v1.${TD}`, { ...PONG, partition: "east" }],
    [`v2.pong.ns1.east.dc2.internal-v1.${TD}`, { ...PONG, namespace: "ns1", partition: "east", subset: "v2" }],
    [`pong.default.abroad.external.${TD}`, { ...PONG, routing: "external", datacenter: undefined, peer: "abroad" }],
    [
      `pong.default.east.abroad.external.${TD}`,
      { ...PONG, routing: "external", datacenter: undefined, peer: "abroad", partition: "east" },
    ],
    [`near.default.dc1.query.${TD}`, { ...PONG, routing: "query", service: "near", datacenter: "dc1" }],
    // A service may bear the name of a kind of routing.
    [`internal.default.dc1.internal.${TD}`, { ...PONG, service: "internal", datacenter: "dc1" }],
  ] as const)("%s", (name, service) => {
    expect(consulCluster(name)).toEqual(service);
  });

  test.each([
    ["local_app", { kind: "ownApplication" }],
    ["exposed_cluster_8080", { kind: "ownApplication" }],
    ["original-destination", { kind: "passthrough", name: "original-destination" }],
    ["prometheus_backend", { kind: "infrastructure" }],
    ["self_admin", { kind: "infrastructure" }],
    ["consul-dataplane", { kind: "infrastructure" }],
    ["local_agent", { kind: "infrastructure" }],
  ] as const)("%s is special", (name, peer) => {
    expect(consulCluster(name)).toEqual(peer);
  });

  test.each([
    "",
    "consul",
    ".consul",
    "pong",
    "~",
    `~pong.default.dc2.internal.${TD}`,
    // A mesh gateway's clusters for a whole datacenter and for its servers.
    `dc2.internal.${TD}`,
    `east.dc2.internal-v1.${TD}`,
    `server.dc2.peering.${TD}`,
    `pong..dc2.internal.${TD}`,
    `pong.default.dc2.internal..consul`,
    `pong.default.dc2.elsewhere.${TD}`,
    "outbound|9080||b.shop.svc.cluster.local",
    "b.shop.svc.internal.example.com",
  ])("%j names no service of Consul's", (name) => {
    expect(consulCluster(name)).toBeUndefined();
  });

  test("a full target is the name without the last label", () => {
    expect(consulTarget(`pong.default.east.dc2.internal-v1.${TD.slice(0, -".consul".length)}`)).toEqual({
      ...PONG,
      partition: "east",
    });
  });
});

const label = fc.string({ unit: fc.constantFrom(..."abXYZ019_-é|日"), minLength: 1, maxLength: 8 });
const maybe = fc.option(label, { nil: undefined });
/** A subset may have dots in it; a service may not, since nothing then says where it begins. */
const subset = fc.option(
  fc.array(label, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(".")),
  { nil: undefined },
);

function written(s: ConsulService): string {
  const parts = [s.subset, s.service, s.namespace, s.partition, s.peer ?? s.datacenter];
  const routing = s.routing === "internal" && s.partition !== undefined ? "internal-v1" : s.routing;
  const sni = [...parts.filter((part) => part !== undefined), routing, s.trustDomain].join(".");
  return `${s.dialedDirectly ? "passthrough~" : ""}${s.hash === undefined ? "" : `${s.hash}~`}${sni}`;
}

describe("round trips", () => {
  const common = {
    kind: fc.constant("service" as const),
    service: label,
    namespace: label,
    hash: maybe,
    trustDomain: label.map((name) => `${name}.consul`),
    dialedDirectly: fc.boolean(),
  };
  const none = fc.constant(undefined);
  const internal = fc.record({
    ...common,
    routing: fc.constant("internal" as const),
    partition: maybe,
    datacenter: label,
    peer: none,
    subset,
  });
  const external = fc.record({
    ...common,
    routing: fc.constant("external" as const),
    partition: maybe,
    datacenter: none,
    peer: label,
    subset: none,
  });

  test("a service written as Consul does is read back whole", () => {
    fc.assert(
      fc.property(fc.oneof(internal, external), (service) => {
        // `passthrough~` in place of a hash is no hash.
        fc.pre(service.hash !== "passthrough");
        expect(consulCluster(written(service))).toEqual(service);
      }),
    );
  });

  test("whatever is read can be written back, and no text makes it fail", () => {
    const text = fc.array(
      fc.constantFrom("a", "B", ".", "~", "internal", "internal-v1", "external", "query", "é", "|"),
      {
        maxLength: 14,
      },
    );
    fc.assert(
      fc.property(text, (parts) => {
        const name = `${parts.join("")}.td.consul`;
        const read = consulCluster(name);
        if (read?.kind === "service") expect(written(read)).toBe(name);
      }),
    );
  });
});
