import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { appmeshCluster, nodePlace } from "./cluster-name.ts";

const CART = {
  kind: "node",
  mesh: "shop-mesh",
  isMeshKnown: false,
  virtualNode: "cart_shop",
  name: "cart",
  namespace: "shop",
  protocol: "http",
  port: 8080,
} as const;

describe("an App Mesh cluster's name", () => {
  test.each([
    ["cds_egress_shop-mesh_cart_shop_http_8080", undefined, CART],
    ["cds_egress_shop-mesh_cart_shop_http_8080", { mesh: "shop-mesh" }, { ...CART, isMeshKnown: true }],
    ["cds_egress_shop-mesh_cart_shop_http2_8080", undefined, { ...CART, protocol: "http2" }],
    ["cds_egress_shop-mesh_cart_shop_grpc_50051", undefined, { ...CART, protocol: "grpc", port: 50_051 }],
    ["cds_egress_shop-mesh_cart_shop_tcp_5432", undefined, { ...CART, protocol: "tcp", port: 5432 }],
    ["cds_egress_shop-mesh_cart_shop", undefined, { ...CART, protocol: undefined, port: undefined }],
    ["app_egress_shop-mesh_cart_shop_http_8080", undefined, CART],
    // `_` in the mesh: only who knows the mesh, or the node, can tell.
    ["cds_egress_my_mesh_cart_shop_http_8080", { mesh: "my_mesh" }, { ...CART, mesh: "my_mesh", isMeshKnown: true }],
    [
      "cds_egress_my_mesh_cart_shop_http_8080",
      { virtualNodes: new Set(["shop", "cart_shop"]) },
      { ...CART, mesh: "my_mesh", isMeshKnown: true },
    ],
    [
      "cds_egress_my_mesh_cart_shop_http_8080",
      undefined,
      { ...CART, mesh: "my", virtualNode: "mesh_cart_shop", name: "mesh_cart" },
    ],
    // The mesh that is known is another one.
    ["cds_egress_shop-mesh_cart_shop_http_8080", { mesh: "other" }, CART],
    [
      "cds_egress_m_cart_http_80",
      { mesh: "m" },
      { ...CART, mesh: "m", isMeshKnown: true, virtualNode: "cart", namespace: undefined, port: 80 },
    ],
    [
      "cds_egress_m_a_http_80_b_http_81",
      { mesh: "m" },
      {
        ...CART,
        mesh: "m",
        isMeshKnown: true,
        virtualNode: "a_http_80_b",
        name: "a_http_80",
        namespace: "b",
        port: 81,
      },
    ],
    ["cds_egress_shop-mesh_amazonaws", undefined, { kind: "external", host: "amazonaws" }],
    ["cds_egress_shop_mesh_mesh-allow-all", undefined, { kind: "passthrough", name: "mesh-allow-all" }],
    ["cds_ingress_shop-mesh_cart_shop_http_8080", undefined, { kind: "ownApplication" }],
    ["cds_ingress_shop-mesh_gw_shop_self_redirect_http_8080", undefined, { kind: "ownApplication" }],
    ["cds_ingress_shop-mesh_gw_shop_self_redirect_8088_http_8080", undefined, { kind: "ownApplication" }],
    ["static_cluster_sds_unix_socket", undefined, { kind: "infrastructure" }],
  ])("%s, knowing %j", (name, known, cluster) => {
    expect(appmeshCluster(name, known)).toEqual(cluster);
  });

  test.each([
    "",
    "cds_egress_",
    "cds_egress_mesh",
    "cds_egress_mesh_http_80",
    "cds_egress__http_80",
    "CDS_egress_mesh_cart_http_80",
    "my_egress_router",
    "egress_mesh_cart_http_80",
    "cds_sideways_mesh_cart_http_80",
    "outbound|9080||b.shop.svc.cluster.local",
    "pong.default.dc2.internal.td.consul",
  ])("%j names no virtual node", (name) => {
    expect(appmeshCluster(name)).toBeUndefined();
  });
});

const part = fc.string({ unit: fc.constantFrom(..."abMVT019_-.é|~日\n"), minLength: 1, maxLength: 12 });
const listener = fc.record({
  protocol: fc.constantFrom("http", "http2", "grpc", "tcp"),
  port: fc.integer({ min: 1, max: 65_535 }),
});

describe("round trips", () => {
  test("a known mesh and any virtual node, with a listener, are read back as they were written", () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z]{1,5}$/),
        part,
        part,
        listener,
        (prefix, mesh, virtualNode, { protocol, port }) => {
          const name = `${prefix}_egress_${mesh}_${virtualNode}_${protocol}_${port}`;
          const read = appmeshCluster(name, { mesh });
          expect(read).toMatchObject({ kind: "node", mesh, isMeshKnown: true, virtualNode, protocol, port });
        },
      ),
    );
  });

  test("a node's name and namespace put together are the node", () => {
    fc.assert(
      fc.property(part, (virtualNode) => {
        const { name, namespace } = nodePlace(virtualNode);
        expect(namespace === undefined ? name : `${name}_${namespace}`).toBe(virtualNode);
      }),
    );
  });

  test("no text makes it fail, and what is read is a piece of the text", () => {
    const text = fc.array(fc.constantFrom("cds", "_", "egress", "ingress", "http", "80", "a", ".", "é", "amazonaws"), {
      maxLength: 14,
    });
    fc.assert(
      fc.property(text, fc.option(part, { nil: undefined }), (parts, mesh) => {
        const name = parts.join("");
        const read = appmeshCluster(name, { mesh });
        if (read?.kind === "node") expect(name).toContain(`_${read.mesh}_${read.virtualNode}`);
      }),
    );
  });
});
