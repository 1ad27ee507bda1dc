/** App Mesh's driver against an API that answers as AWS does, and as nothing does; credentials are those of the test. */
import { execFileSync } from "node:child_process";
import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { planSplit, readSplit } from "../../lib/control/traffic/drivers.ts";
import { APP_MESH_ROUTE, target } from "../../lib/control/traffic/fixtures.ts";
import { absentState, planMatch, rulesTarget } from "../../lib/control/traffic/rules.ts";
import { AppMeshTraffic } from "./app-mesh.ts";
import { serve } from "./test-server.ts";

const MAIN = target("appMesh", "web/main");
const INTENT = "6f0c1f6e-0000-4000-8000-000000000001";
const cleanUps: (() => unknown)[] = [];

beforeEach(() => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const run of cleanUps.splice(0)) await run();
});

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => unknown;

async function serving(answer: Handler): Promise<string> {
  const server = await serve(async (request, response) => answer(request, response, await text(request)));
  cleanUps.push(server.close);
  return server.url;
}

function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
}

function refuse(response: ServerResponse, status: number, name: string, message = "no"): void {
  response
    .writeHead(status, { "content-type": "application/json", "x-amzn-errortype": name })
    .end(JSON.stringify({ message }));
}

function traffic(endpoint: string, more: { mesh?: string; meshOwner?: string; timeoutMs?: number } = {}) {
  const made = new AppMeshTraffic({ name: "c1", region: "eu-west-1", endpoint, timeoutMs: 2_000, ...more });
  cleanUps.push(() => made.close());
  return made;
}

/** A route that the API changes as it is told; `between` runs after the write was taken. */
class Route {
  stored = structuredClone(APP_MESH_ROUTE);
  version = 7;
  writes: string[] = [];

  answer(): unknown {
    return { ...this.stored, metadata: { version: this.version, createdAt: "2026-01-01T00:00:00" } };
  }

  write(spec: unknown): void {
    this.version++;
    this.stored = { ...this.stored, spec: JSON.parse(JSON.stringify(spec)) };
  }
}

function planned(raw = APP_MESH_ROUTE) {
  const wish = { routeKey: "main", sharesBp: { "web-v1:8080": 7_500, "web-v2:8080": 2_500 } };
  const plan = planSplit(readSplit(MAIN, raw), wish, INTENT);
  if (!plan.ok) throw new Error(plan.error.code);
  return plan.value;
}

/** Reads answer the route; what a write does is said by the test. */
async function api(route: Route, put: Handler) {
  return serving((request, response, body) => {
    if (request.method !== "PUT") return json(response, route.answer());
    route.writes.push(body);
    return put(request, response, body);
  });
}

const takes =
  (route: Route, after: () => void = () => {}): Handler =>
  (_, response, body) => {
    route.write(JSON.parse(body).spec);
    after();
    json(response, route.answer());
  };

describe("a write", () => {
  test("sends the whole spec, members that the client does not name among them, and the intent as its token", async () => {
    const route = new Route();
    const spec = { ...Object(APP_MESH_ROUTE["spec"]), newMember: { a: 1 } };
    route.stored = { ...APP_MESH_ROUTE, spec };
    const mesh = traffic(await api(route, takes(route)));
    const read = await mesh.read(MAIN);
    if (!read.ok) throw new Error(read.error.message);
    expect(read.value.raw["spec"]).toEqual(spec);
    expect((await mesh.apply(planned(read.value.raw), INTENT)).kind).toBe("applied");
    const sent = JSON.parse(route.writes[0] ?? "");
    expect(sent.clientToken).toBe(INTENT);
    expect(sent.spec.newMember).toEqual({ a: 1 });
    expect(sent.spec.httpRoute.retryPolicy).toEqual(spec.httpRoute.retryPolicy);
    expect(sent.spec.httpRoute.action.weightedTargets.map(({ weight }: { weight: number }) => weight)).toEqual([
      75, 25,
    ]);
  });

  test("with somebody else's in between or right after it is a conflict that shows what is there, and nothing is repaired", async () => {
    for (const order of ["between", "after"]) {
      const route = new Route();
      const other = () => route.write({ ...Object(APP_MESH_ROUTE["spec"]), priority: 3 });
      const handler: Handler = (request, response, body) => {
        if (order === "between") other();
        takes(route, order === "after" ? other : undefined)(request, response, body);
      };
      const result = await traffic(await api(route, handler)).apply(planned(), INTENT);
      expect(result.kind).toBe("conflict");
      if (result.kind === "conflict") expect(result.current.revision).toBe("9");
      expect(route.writes.length).toBe(1);
    }
  });

  test("of a mesh that another account shares names its owner", async () => {
    const route = new Route();
    const asked: (string | undefined)[] = [];
    const url = await serving((request, response, body) => {
      asked.push(`${request.method} ${new URL(request.url ?? "", "http://a").searchParams.get("meshOwner")}`);
      if (request.method === "PUT") return takes(route)(request, response, body);
      return json(response, route.answer());
    });
    const mesh = traffic(url, { meshOwner: "012345678901" });
    expect((await mesh.apply(planned(), INTENT)).kind).toBe("applied");
    expect(asked).toEqual(["GET 012345678901", "PUT 012345678901", "GET 012345678901"]);
    expect(mesh.breakGlass(planned())).toContain("--mesh-owner 012345678901");
  });

  test.each([
    [400, "BadRequestException", "invalid"],
    [404, "NotFoundException", "invalid"],
    [409, "ConflictException", "conflict"],
    [403, "ForbiddenException", "forbidden"],
    [403, "AccessDeniedException", "forbidden"],
    [403, "ExpiredTokenException", "forbidden"],
    [403, "UnrecognizedClientException", "forbidden"],
    [429, "TooManyRequestsException", "unavailable"],
    [400, "ThrottlingException", "unavailable"],
    [503, "ServiceUnavailableException", "unavailable"],
    [500, "InternalServerErrorException", "unknown"],
  ])("answered %d %s is %s, and was sent once", async (status, name, kind) => {
    const route = new Route();
    const mesh = traffic(await api(route, (_, response) => refuse(response, status, name)));
    expect((await mesh.apply(planned(), INTENT)).kind).toBe(kind);
    expect(route.writes.length).toBe(1);
  });

  test("without an answer is unknown, and with nobody there it was not sent", async () => {
    const cut = new Route();
    const gone = traffic(await api(cut, (_, response) => response.destroy()));
    expect(await gone.apply(planned(), INTENT)).toEqual({ kind: "unknown", intentId: INTENT });
    expect(cut.writes.length).toBe(1);
    const slow = traffic(await api(new Route(), () => undefined), { timeoutMs: 200 });
    expect(await slow.apply(planned(), INTENT)).toEqual({ kind: "unknown", intentId: INTENT });
    const url = await serving(() => undefined);
    for (const stop of cleanUps.splice(-1)) await stop();
    expect((await traffic(url, { timeoutMs: 500 }).apply(planned(), INTENT)).kind).toBe("unavailable");
  });
});

test("a rule above the split is a route that is made, found there already, and taken away", async () => {
  const routes = new Map<string, unknown>();
  const url = await serving((request, response, body) => {
    const name = new URL(request.url ?? "", "http://a").pathname.split("/").at(-1) ?? "";
    if (request.method === "PUT" && name === "routes") {
      const { routeName, spec, clientToken } = JSON.parse(body);
      routes.set(routeName, { routeName, spec, metadata: { version: 1 }, status: { status: "ACTIVE" }, clientToken });
      return json(response, routes.get(routeName));
    }
    const there = routes.get(name);
    if (there === undefined) return refuse(response, 404, "NotFoundException");
    if (request.method === "DELETE") routes.delete(name);
    return json(response, there);
  });
  const mesh = traffic(url);
  const split = readSplit(MAIN, APP_MESH_ROUTE);
  const rules = rulesTarget(MAIN);
  const place = { split, rules: absentState(rules), routeKey: "main", canary: "web-v2:8080", intentId: INTENT };
  const match = { header: "x-beta", how: "exact", value: "1" } as const;
  const made = planMatch(place, match, true);
  if (!made.ok) throw new Error(made.error.message);
  const first = await mesh.apply(made.value, INTENT);
  expect(first).toMatchObject({ kind: "applied", after: { revision: "1" } });
  expect(routes.get("main-meshscope")).toMatchObject({ clientToken: INTENT, spec: { priority: 9 } });
  expect((await mesh.apply(made.value, INTENT)).kind).toBe("noop");
  if (first.kind !== "applied") throw new Error(first.kind);
  const gone = planMatch({ ...place, rules: first.after }, match, false);
  if (!gone.ok) throw new Error(gone.error.message);
  expect(mesh.breakGlass(gone.value)).toMatch(/^aws appmesh delete-route .*--route-name main-meshscope$/);
  expect(await mesh.apply(gone.value, INTENT)).toMatchObject({ kind: "applied", after: { revision: "0" } });
  expect(routes.size).toBe(0);
});

describe("what is read", () => {
  test("failures are told apart, and expired or missing credentials are named", async () => {
    const says = async (status: number, name: string) => {
      const read = await traffic(await serving((_, response) => refuse(response, status, name))).read(MAIN);
      return read.ok ? "read" : `${read.error.code}: ${read.error.message}`;
    };
    expect(await says(404, "NotFoundException")).toMatch(/^not_found/);
    expect(await says(403, "ExpiredTokenException")).toMatch(/^forbidden: the AWS credentials have expired/);
    expect(await says(503, "ServiceUnavailableException")).toMatch(/^unavailable/);
    vi.stubEnv("AWS_ACCESS_KEY_ID", "");
    vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent");
    vi.stubEnv("AWS_CONFIG_FILE", "/nonexistent");
    const url = await serving((_, response) => json(response, new Route().answer()));
    expect(await traffic(url).read(MAIN)).toMatchObject({
      error: { code: "forbidden", message: expect.stringContaining("there are no AWS credentials") },
    });
  });

  test("a refusal that is no JSON is told in its own words", async () => {
    const url = await serving((_, response) =>
      response.writeHead(403).end("<html><h1>Blocked</h1> by the proxy</html>"),
    );
    const read = await traffic(url).read(MAIN);
    expect(read).toMatchObject({ error: { code: "forbidden", message: "403: Blocked by the proxy" } });
  });

  test("throttled reads are tried again, three times at most", async () => {
    let asked = 0;
    const url = await serving((_, response) => {
      asked++;
      if (asked % 3 !== 0) return refuse(response, 429, "TooManyRequestsException");
      return json(response, new Route().answer());
    });
    expect((await traffic(url, { timeoutMs: 15_000 }).read(MAIN)).ok).toBe(true);
    expect(asked).toBe(3);
  });

  test("an answer that is no route is unreadable", async () => {
    const html = await serving((_, response) => json(response, "<html>"));
    expect(await traffic(html).read(MAIN)).toMatchObject({ error: { code: "unreadable" } });
  });

  test("routes of all routers and pages are listed, of every mesh where none is named", async () => {
    const url = await serving((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? "", "http://a");
      const next = searchParams.get("nextToken");
      if (pathname.endsWith("/meshes")) return json(response, { meshes: [{ meshName: "shop" }, { meshName: "pay" }] });
      if (pathname.endsWith("/virtualRouters"))
        return json(response, { virtualRouters: pathname.includes("/shop/") ? [{ virtualRouterName: "web" }] : [] });
      return json(
        response,
        next === null ? { routes: [{ routeName: "a" }], nextToken: "2" } : { routes: [{ routeName: `b${next}` }] },
      );
    });
    const list = await traffic(url).list();
    expect(list.ok && list.value.map(({ namespace, name }) => `${namespace} ${name}`)).toEqual([
      "shop web/a",
      "shop web/b2",
    ]);
    const none = await traffic(url, { mesh: "pay" }).list();
    expect(none).toEqual({ ok: true, value: [] });
  });

  test("a virtual node that is not there does not exist, and the readiness of one that is cannot be asked", async () => {
    const url = await serving((request, response) =>
      request.url?.includes("web-v2") === true
        ? refuse(response, 404, "NotFoundException")
        : json(response, { virtualNodeName: "web-v1", status: { status: "ACTIVE" }, metadata: { version: 1 } }),
    );
    const facts = await traffic(url).backends(readSplit(MAIN, APP_MESH_ROUTE), "main");
    expect(facts.ok && facts.value.map(({ id, exists, readyEndpoints }) => [id, exists, readyEndpoints])).toEqual([
      ["web-v1:8080", true, null],
      ["web-v2:8080", false, 0],
    ]);
  });
});

test("the command by hand is what a shell passes on, whatever the spec holds", () => {
  const raw = { ...APP_MESH_ROUTE, spec: { ...Object(APP_MESH_ROUTE["spec"]), note: 'it\'s $HOME `id` "x"' } };
  const plan = planned(raw);
  const command = traffic("http://127.0.0.1:5000").breakGlass(plan);
  const printed = execFileSync("sh", ["-c", `aws() { printf '%s\n' "$@"; }; ${command}`], { encoding: "utf8" });
  const words = printed.split("\n");
  expect(words.slice(0, 6)).toEqual([
    "appmesh",
    "update-route",
    "--region",
    "eu-west-1",
    "--endpoint-url",
    "http://127.0.0.1:5000",
  ]);
  expect(JSON.parse(words[words.indexOf("--spec") + 1] ?? "")).toEqual(
    plan.request.api === "appMesh" && plan.request.input["spec"],
  );
});
