import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ApiServer } from "./api-server.ts";
import { appMeshApi } from "./app-mesh-api.ts";
import { AppMeshStore } from "./app-mesh-store.ts";
import type { Json } from "./document.ts";

const PATH = "/v20190125/meshes/shop/virtualRouter/web/routes";
let server: ApiServer;
let url: string;

const spec = (v1: number, v2: number, node = "web-v2_shop") => ({
  priority: 10,
  httpRoute: {
    match: { prefix: "/" },
    action: {
      weightedTargets: [
        { virtualNode: "web-v1_shop", weight: v1, port: 80 },
        { virtualNode: node, weight: v2, port: 80 },
      ],
    },
  },
});

beforeEach(async () => {
  const store = new AppMeshStore({ mesh: "shop", now: () => 1_000, nodes: ["web-v1_shop", "web-v2_shop"] });
  store.add("web", "main", spec(90, 10));
  server = new ApiServer(appMeshApi(store));
  url = await server.listen();
});
afterEach(() => server.close());

async function call(method: string, path: string, body?: Json, authorization = "AWS4 Credential=x/y") {
  const rest = body === undefined ? {} : { body: JSON.stringify(body) };
  const answer = await fetch(`${url}${path}`, { method, headers: { authorization }, ...rest });
  const told: unknown = await answer.json();
  return { status: answer.status, type: answer.headers.get("x-amzn-errortype"), body: told };
}

const update = (input: Json, authorization?: string) => call("PUT", `${PATH}/main`, input, authorization);

describe("the simulated App Mesh", () => {
  test("overwrites the spec whole and counts versions", async () => {
    const described = await call("GET", `${PATH}/main`);
    expect(described.body).toMatchObject({ routeName: "main", spec: spec(90, 10), metadata: { version: 1 } });
    const updated = await update({ spec: spec(75, 25), clientToken: "t1" });
    expect(updated).toMatchObject({ status: 200, body: { spec: spec(75, 25), metadata: { version: 2 } } });
    expect((await call("GET", `${PATH}/main`)).body).toMatchObject({
      status: { status: "ACTIVE" },
      metadata: { version: 2 },
    });
  });

  test("takes a token once: again it changes nothing, and with another spec it is a conflict", async () => {
    await update({ spec: spec(75, 25), clientToken: "t1" });
    await update({ spec: spec(50, 50), clientToken: "t2" });
    expect((await update({ spec: spec(75, 25), clientToken: "t1" })).body).toMatchObject({
      spec: spec(50, 50),
      metadata: { version: 3 },
    });
    const other = await update({ spec: spec(1, 99), clientToken: "t1" });
    expect([other.status, other.type]).toEqual([409, "ConflictException"]);
  });

  test.each([
    ["a weight of 101", spec(0, 101)],
    ["a sum above 100", spec(60, 50)],
    ["half a percent", spec(99.5, 0.5)],
    ["a node that it does not know", spec(90, 10, "web-v3_shop")],
    ["a route of no protocol", { priority: 1 }],
  ])("refuses %s", async (_, wrong) => {
    const told = await update({ spec: wrong, clientToken: "t" });
    expect([told.status, told.type]).toEqual([400, "BadRequestException"]);
    expect((await call("GET", `${PATH}/main`)).body).toMatchObject({ metadata: { version: 1 } });
  });

  test("lists page by page, and says what is not there and what is not allowed", async () => {
    const base = "/v20190125/meshes";
    expect((await call("GET", base)).body).toMatchObject({ meshes: [{ meshName: "shop" }] });
    expect((await call("GET", `${base}/shop/virtualRouters`)).body).toMatchObject({
      virtualRouters: [{ virtualRouterName: "web" }],
    });
    expect((await call("GET", PATH)).body).toMatchObject({ routes: [{ routeName: "main", version: 1 }] });
    const first = await call("GET", `${base}/shop/virtualNodes?limit=1`);
    expect(first.body).toMatchObject({ virtualNodes: [{ virtualNodeName: "web-v1_shop" }], nextToken: "1" });
    const second = await call("GET", `${base}/shop/virtualNodes?limit=1&nextToken=1`);
    expect(second.body).toMatchObject({ virtualNodes: [{ virtualNodeName: "web-v2_shop" }] });
    expect(await call("GET", `${base}/shop/virtualNodes/none`)).toMatchObject({
      status: 404,
      type: "NotFoundException",
    });
    expect(await call("GET", `${PATH}/none`)).toMatchObject({ status: 404, type: "NotFoundException" });
    const viewer = await update({ spec: spec(1, 99) }, "AWS4-HMAC-SHA256 Credential=viewer/20260105/eu/appmesh/aws4");
    expect([viewer.status, viewer.type]).toEqual([403, "ForbiddenException"]);
  });
});
