/** What stands beside a route: told before a start and on the page, and a route that may not be written starts nothing. */
import { expect, test } from "vitest";
import { ok } from "../../lib/base/result.ts";
import type { ControlPlanes } from "../actuators/control-planes.ts";
import { DEFINITION, FakeMesh } from "./fake-mesh.ts";
import { checkRoute, previewOf, seeRoute } from "./route-checks.ts";
import { keptSurroundings } from "./route-surroundings.ts";

class WatchedMesh extends FakeMesh {
  asked = 0;
  isAllowed = true;

  async hazards() {
    this.asked++;
    return ok([{ code: "route_beside" as const, message: "web-x has the same host" }]);
  }

  async mayWrite() {
    return ok(this.isAllowed);
  }
}

const planesOf = (traffic: FakeMesh): ControlPlanes => ({
  all: [{ name: "c1", mesh: "consul", traffic }],
  close: async () => {},
});
const [ROUTE] = DEFINITION.routes;

/** What a start is refused for. */
async function refusalsOf(mesh: FakeMesh, route = ROUTE): Promise<readonly string[]> {
  if (route === undefined) throw new Error("the definition has no route");
  const seen = await seeRoute(route, planesOf(mesh));
  if (!seen.ok) return [seen.error.code];
  const { findings } = checkRoute(DEFINITION, route, seen.value, "consul");
  return findings.filter(({ severity }) => severity === "refuses").map(({ code }) => code);
}

test("a route beside is a warning of the preview, and keeps nobody from starting", async () => {
  const mesh = new WatchedMesh();
  const preview = await previewOf(DEFINITION, planesOf(mesh), []);
  expect(preview.routes[0]?.findings).toContainEqual({
    ...{ code: "route_beside", severity: "warns", message: "web-x has the same host" },
  });
  expect(await refusalsOf(mesh)).toEqual([]);
});

test("a canary that has no ready endpoint yet keeps nobody from starting: the preview says so and no more", async () => {
  const mesh = new FakeMesh();
  mesh.facts = [
    { id: "web/v1", readyEndpoints: 2, exists: true, pods: [] },
    { id: "web/v2", readyEndpoints: 0, exists: true, pods: [] },
  ];
  const preview = await previewOf(DEFINITION, planesOf(mesh), []);
  expect(preview.routes[0]?.findings.map(({ code, severity }) => `${code} ${severity}`)).toEqual([
    "no_ready_endpoint warns",
    "fewer_ready warns",
  ]);
  expect(preview.canStart).toBe(true);
  expect(await refusalsOf(mesh)).toEqual([]);
});

test("a canary that the mesh does not know is refused by the preview as by the start", async () => {
  const mesh = new FakeMesh();
  mesh.facts = [{ id: "web/v2", readyEndpoints: null, exists: false, pods: [] }];
  expect((await previewOf(DEFINITION, planesOf(mesh), [])).canStart).toBe(false);
  expect(new Set(await refusalsOf(mesh))).toEqual(new Set(["backend_missing"]));
});

test("a route that our account may not write starts nothing, and says so", async () => {
  const mesh = new WatchedMesh();
  mesh.isAllowed = false;
  expect(await refusalsOf(mesh)).toEqual(["forbidden"]);
  expect((await previewOf(DEFINITION, planesOf(mesh), [])).canStart).toBe(false);
});

test("a page asks once in half a minute", async () => {
  const mesh = new WatchedMesh();
  const read = await mesh.read();
  if (!read.ok) throw new Error(read.error.code);
  for (const atMs of [0, 29_999, 30_000, 59_999]) await keptSurroundings(mesh, mesh, read.value, "web", atMs);
  expect(mesh.asked).toBe(2);
});
