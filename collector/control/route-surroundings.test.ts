/** What stands beside a route: told before a start and on the page, and a route that may not be written starts nothing. */
import { expect, test } from "vitest";
import { ok } from "../../lib/base/result.ts";
import type { ControlPlanes } from "../actuators/control-planes.ts";
import { DEFINITION, FakeMesh } from "./fake-mesh.ts";
import { barredBy, previewOf, seeRoute } from "./route-checks.ts";
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
if (ROUTE === undefined) throw new Error("the definition has no route");

test("a route beside is a warning of the preview, and keeps nobody from starting", async () => {
  const mesh = new WatchedMesh();
  const preview = await previewOf(DEFINITION, planesOf(mesh), []);
  expect(preview.routes[0]?.findings).toContainEqual({
    ...{ code: "route_beside", severity: "warns", message: "web-x has the same host" },
  });
  const seen = await seeRoute(ROUTE, planesOf(mesh));
  expect(seen.ok && barredBy(seen.value)).toBe(undefined);
});

test("a route that our account may not write starts nothing, and says so", async () => {
  const mesh = new WatchedMesh();
  mesh.isAllowed = false;
  const seen = await seeRoute(ROUTE, planesOf(mesh));
  expect(seen.ok && barredBy(seen.value)).toMatchObject({ code: "forbidden", severity: "refuses" });
  expect((await previewOf(DEFINITION, planesOf(mesh), [])).canStart).toBe(false);
});

test("a page asks once in half a minute", async () => {
  const mesh = new WatchedMesh();
  const read = await mesh.read();
  if (!read.ok) throw new Error(read.error.code);
  for (const atMs of [0, 29_999, 30_000, 59_999]) await keptSurroundings(mesh, mesh, read.value, "web", atMs);
  expect(mesh.asked).toBe(2);
});
