import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ApiServer } from "./api-server.ts";
import { at, type Json, type JsonObject, objectOf, textAt } from "./document.ts";
import { kubernetesApi } from "./kubernetes-api.ts";
import { KINDS } from "./kubernetes-kinds.ts";
import { ObjectStore } from "./object-store.ts";

const NOW = Date.UTC(2026, 0, 5, 9);
const PATH = "/apis/networking.istio.io/v1/namespaces/shop/virtualservices";
const KEY = { kind: KINDS.virtualService, namespace: "shop", name: "web" };

let store: ObjectStore;
let server: ApiServer;
let url: string;

const seed = (weights: readonly number[]): JsonObject => ({
  metadata: { name: "web", namespace: "shop", labels: { team: "a" }, annotations: {} },
  spec: {
    hosts: ["web"],
    http: [
      {
        name: "main",
        retries: { attempts: 3 },
        route: weights.map((weight, i) => ({ destination: { subset: `v${i}` }, weight })),
      },
    ],
  },
});

beforeEach(async () => {
  store = new ObjectStore(() => NOW);
  store.create(KINDS.virtualService, seed([90, 10]), { manager: "kubectl-create" });
  server = new ApiServer(kubernetesApi(store));
  url = await server.listen();
});
afterEach(() => server.close());

interface Told {
  readonly status: number;
  readonly body: JsonObject;
}

async function ask(path: string, init: RequestInit = {}): Promise<Told> {
  const answer = await fetch(`${url}${path}`, init);
  expect(answer.headers.get("x-simulated")).toContain("simulated");
  const body: Json = JSON.parse((await answer.text()) || "null");
  return { status: answer.status, body: objectOf(body) };
}

const JSON_PATCH = "application/json-patch+json";
const MERGE_PATCH = "application/merge-patch+json";

function patch(body: Json, { type = JSON_PATCH, query = "", sub = "", user = "" } = {}): Promise<Told> {
  const headers = {
    "content-type": type,
    "user-agent": "meshscope/1",
    ...(user === "" ? {} : { authorization: user }),
  };
  return ask(`${PATH}/web${sub}${query}`, { method: "PATCH", headers, body: JSON.stringify(body) });
}

const weigh = (weight: Json, version?: string): Json => [
  ...(version === undefined ? [] : [{ op: "test", path: "/metadata/resourceVersion", value: version }]),
  { op: "add", path: "/spec/http/0/route/1/weight", value: weight },
];

const versionNow = (): string => textAt(store.read(KEY), "metadata", "resourceVersion");

describe("the simulated Kubernetes API", () => {
  test("writes what a guarded patch says, and nothing else, in a new version and generation", async () => {
    const before = store.read(KEY);
    const told = await patch(weigh(25, versionNow()), { query: "?fieldManager=meshscope" });
    expect(told.status).toBe(200);
    expect(at(told.body, "spec", "http", 0, "route", 1, "weight")).toBe(25);
    expect(at(told.body, "spec", "http", 0, "retries")).toEqual({ attempts: 3 });
    expect(at(told.body, "metadata", "generation")).toBe(2);
    expect(versionNow()).not.toBe(textAt(before, "metadata", "resourceVersion"));
    const managers = at(told.body, "metadata", "managedFields");
    expect(managers).toEqual([
      expect.objectContaining({ manager: "kubectl-create" }),
      expect.objectContaining({
        manager: "meshscope",
        operation: "Update",
        fieldsV1: { "f:spec": { "f:http": {} } },
      }),
    ]);
  });

  test("answers 422 where a test fails, 409 to a version that is old, and writes nothing then", async () => {
    const before = store.read(KEY);
    expect(await patch(weigh(25, "1"))).toMatchObject({ status: 422, body: { kind: "Status", reason: "Invalid" } });
    const stale = { metadata: { resourceVersion: "1" }, spec: { hosts: ["x"] } };
    const conflict = { status: 409, body: { reason: "Conflict", details: { group: "networking.istio.io" } } };
    expect(await patch(stale, { type: MERGE_PATCH })).toMatchObject(conflict);
    const put = { ...objectOf(before), metadata: { ...objectOf(before?.["metadata"]), resourceVersion: "1" } };
    expect(await ask(`${PATH}/web`, { method: "PUT", body: JSON.stringify(put) })).toMatchObject(conflict);
    expect(store.read(KEY)).toEqual(before);
  });

  test("of fifty writes from one version lets one through", async () => {
    const version = versionNow();
    const told = await Promise.all(Array.from({ length: 50 }, (_, i) => patch(weigh(20 + i, version))));
    expect(told.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(49).fill(422)]);
  });

  test("makes no version of a write that changes nothing, nor of a dry run", async () => {
    const version = versionNow();
    expect((await patch(weigh(10))).status).toBe(200);
    const dry = await patch(weigh(50), { query: "?dryRun=All" });
    expect([dry.status, at(dry.body, "spec", "http", 0, "route", 1, "weight")]).toEqual([200, 50]);
    expect((await patch(weigh(50), { query: "?dryRun=Some" })).status).toBe(422);
    expect(versionNow()).toBe(version);
  });

  test("refuses in the webhook's words, in a dry run too", async () => {
    const none: Json = [
      { op: "add", path: "/spec/http/0/route/0/weight", value: 0 },
      { op: "add", path: "/spec/http/0/route/1/weight", value: 0 },
    ];
    for (const query of ["", "?dryRun=All"]) {
      const told = await patch(none, { query });
      expect(told.status).toBe(400);
      expect(textAt(told.body, "message")).toMatch(
        /^admission webhook "validation.istio.io" denied.*total destination weight = 0$/,
      );
    }
    expect(await patch(weigh("much"))).toMatchObject({ status: 422 });
  });

  test("keeps the status apart: a write to the object leaves it, a write to it leaves the object", async () => {
    await patch({ status: { seen: 1 } }, { type: MERGE_PATCH });
    expect(store.read(KEY)?.["status"]).toBeUndefined();
    const told = await patch({ status: { seen: 1 }, spec: { hosts: ["x"] } }, { type: MERGE_PATCH, sub: "/status" });
    expect(told.body).toMatchObject({ status: { seen: 1 }, spec: { hosts: ["web"] }, metadata: { generation: 1 } });
  });

  test("lets a viewer read and refuses its writes in words", async () => {
    const user = "Bearer viewer";
    expect((await ask(`${PATH}/web`, { headers: { authorization: user } })).status).toBe(200);
    const told = await patch(weigh(25), { user });
    expect(told).toMatchObject({ status: 403, body: { reason: "Forbidden" } });
    expect(textAt(told.body, "message")).toContain('cannot patch resource "virtualservices"');
  });

  test("lists by namespace and selector, and says what it serves", async () => {
    const names = async (path: string): Promise<number> => {
      const items = at((await ask(path)).body, "items");
      return Array.isArray(items) ? items.length : -1;
    };
    expect(await names(PATH)).toBe(1);
    expect(await names(`${PATH}?labelSelector=team%3Da`)).toBe(1);
    expect(await names(`${PATH}?labelSelector=team%21%3Da`)).toBe(0);
    expect(await names("/apis/networking.istio.io/v1/namespaces/other/virtualservices")).toBe(0);
    expect(await ask("/apis/networking.istio.io")).toMatchObject({ body: { preferredVersion: { version: "v1" } } });
    const resources = await ask("/apis/argoproj.io/v1alpha1");
    expect(JSON.stringify(resources.body)).toContain('"rollouts/status"');
    expect((await ask(`${PATH}/none`)).body).toMatchObject({ reason: "NotFound", code: 404 });
    const unknown = await fetch(`${url}/apis/no.such.group/v1/things`);
    expect([unknown.status, await unknown.text()]).toEqual([404, "404 page not found\n"]);
    const apply = await ask(`${PATH}/web`, {
      method: "PATCH",
      headers: { "content-type": "application/apply-patch+yaml" },
      body: "{}",
    });
    expect(apply.status).toBe(415);
  });
});

/** Lines of a watch as they come. */
async function watching(query: string) {
  const stopped = new AbortController();
  const answer = await fetch(`${url}${PATH}?watch=true${query}`, { signal: stopped.signal });
  const seen: JsonObject[] = [];
  const ended = (async () => {
    let rest = "";
    try {
      for await (const chunk of answer.body ?? []) {
        const lines = `${rest}${Buffer.from(chunk).toString("utf8")}`.split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) seen.push(JSON.parse(line));
      }
    } catch {}
  })();
  const stop = async (): Promise<void> => {
    stopped.abort();
    await ended;
  };
  return { seen, ended, stop, status: answer.status };
}

const types = (seen: readonly JsonObject[]): readonly string[] => seen.map((event) => textAt(event, "type"));

describe("a watch of it", () => {
  test("begins with what is there, goes on with each change, and is resumed from a version", async () => {
    const first = await watching("&resourceVersion=0");
    await expect.poll(() => types(first.seen)).toEqual(["ADDED"]);
    const version = versionNow();
    await patch(weigh(25));
    await expect.poll(() => types(first.seen)).toEqual(["ADDED", "MODIFIED"]);
    const later = await watching(`&resourceVersion=${version}`);
    await expect.poll(() => types(later.seen)).toEqual(["MODIFIED"]);
    store.remove(KEY);
    await expect.poll(() => types(later.seen)).toEqual(["MODIFIED", "DELETED"]);
    await first.stop();
    await later.stop();
  });

  test("from a version that was forgotten is told 410 and ends", async () => {
    const version = versionNow();
    await patch(weigh(25));
    store.forget();
    const watch = await watching(`&resourceVersion=${version}`);
    await watch.ended;
    expect(watch.status).toBe(200);
    expect(watch.seen).toMatchObject([{ type: "ERROR", object: { code: 410, reason: "Expired" } }]);
  });

  test("ends when the API goes down, and the API comes back on its port", async () => {
    const watch = await watching("&resourceVersion=0&allowWatchBookmarks=true");
    await server.setUp(false);
    await watch.ended;
    await expect(fetch(`${url}${PATH}`)).rejects.toThrow();
    await server.setUp(true);
    expect((await ask(`${PATH}/web`)).status).toBe(200);
  });
});
