/**
 * An API server in memory, for tests: objects by path, resource versions, generations, JSON Patches that fail as a whole
 * (422), merge patches with a revision (409), dry runs, lists in pages, watches with a history that can be forgotten (410),
 * two tokens of which one may only read. It serves what it is given and validates what it is told to; nothing else.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import {
  at,
  type Json,
  type JsonObject,
  listOf,
  numberOf,
  objectOf,
  textOf,
} from "../../lib/control/traffic/document.ts";
import { patched } from "../../lib/control/traffic/fixtures.ts";
import { parsedJson } from "../../lib/control/traffic/kubernetes-answer.ts";

/** Why an object is refused; undefined where it is fine. */
export type Validator = (object: JsonObject) => { readonly status: number; readonly body: JsonObject } | undefined;

interface Event {
  readonly revision: number;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: JsonObject;
  readonly path: string;
}

export interface FakeKubernetes {
  readonly url: string;
  /** Changes that were stored since the beginning. */
  readonly writes: number;
  /** Puts an object (its apiVersion, namespace and name say where) past every check. */
  put(resource: string, object: JsonObject): JsonObject;
  /** Stores an object of the same generation: what a controller does to a status. */
  touch(path: string, object: JsonObject): void;
  remove(path: string): void;
  get(path: string): JsonObject | undefined;
  /** Watches that are running are cut off, and their history is gone. */
  forget(): void;
  validate: Validator;
  close(): Promise<void>;
}

export const READER_TOKEN = "may-only-read";

export function statusOf(status: number, message: string, more: JsonObject = {}): JsonObject {
  return { apiVersion: "v1", kind: "Status", status: "Failure", code: status, message, ...more };
}

const ITEM = /^(\/(?:api|apis\/[^/]+)\/[^/]+)(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?(?:\/(status))?$/;

interface Answer {
  readonly status: number;
  readonly body: Json;
}

const same = (a: Json | undefined, b: Json | undefined): boolean => JSON.stringify(a) === JSON.stringify(b);

/** RFC 7386. */
function mergePatched(document: Json | undefined, patch: Json): Json {
  const changes = objectOf(patch);
  if (changes === undefined) return patch;
  const result: Record<string, Json> = { ...objectOf(document) };
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) delete result[key];
    else result[key] = mergePatched(result[key], value);
  }
  return result;
}

class Cluster {
  readonly objects = new Map<string, JsonObject>();
  events: Event[] = [];
  forgotten = 0;
  revision = 1;
  writes = 0;
  validate: Validator = () => undefined;
  readonly watchers = new Set<{ readonly prefix: RegExp; readonly response: ServerResponse }>();

  store(path: string, object: JsonObject, isSpecChanged: boolean): JsonObject {
    const isNew = !this.objects.has(path);
    this.revision++;
    const generation = (numberOf(at(object, "metadata", "generation")) ?? 1) + (isSpecChanged && !isNew ? 1 : 0);
    const metadata = { ...objectOf(at(object, "metadata")), resourceVersion: String(this.revision), generation };
    const stored = { ...object, metadata };
    this.objects.set(path, stored);
    this.tell({ revision: this.revision, type: isNew ? "ADDED" : "MODIFIED", object: stored, path });
    return stored;
  }

  remove(path: string): void {
    const object = this.objects.get(path);
    if (object === undefined) return;
    this.objects.delete(path);
    this.revision++;
    this.tell({ revision: this.revision, type: "DELETED", object, path });
  }

  private tell(event: Event): void {
    this.events.push(event);
    for (const { prefix, response } of this.watchers)
      if (prefix.test(event.path)) response.write(`${JSON.stringify({ type: event.type, object: event.object })}\n`);
  }

  /** Groups and resources, from the objects that are there. */
  discover(path: string): Answer {
    const places = [...this.objects.keys()].flatMap((key) => {
      const [, base = "", , resource = ""] = ITEM.exec(key) ?? [];
      return [{ base, resource }];
    });
    const [, , group, version] = path.split("/");
    const inGroup = places.filter(({ base }) => base.startsWith(`/apis/${group}/`));
    if (inGroup.length === 0)
      return { status: 404, body: statusOf(404, "the server could not find the requested resource") };
    if (version === undefined) {
      const versions = [...new Set(inGroup.map(({ base }) => base.split("/")[3] ?? ""))];
      return { status: 200, body: { name: group ?? "", versions: versions.map((one) => ({ version: one })) } };
    }
    const resources = [...new Set(inGroup.filter(({ base }) => base === path).map(({ resource }) => resource))];
    return { status: 200, body: { resources: resources.map((name) => ({ name })) } };
  }
}

function selects(selector: string | null, object: JsonObject): boolean {
  return (selector ?? "")
    .split(",")
    .filter((term) => term !== "")
    .every((term) => at(object, "metadata", "labels", term.split("=")[0] ?? "") === term.split("=")[1]);
}

function collection(base: string, namespace: string | undefined, resource: string): RegExp {
  const within = namespace === undefined ? "(?:/namespaces/[^/]+)?" : `/namespaces/${namespace}`;
  return new RegExp(`^${base.replaceAll(".", "\\.")}${within}/${resource}/[^/]+$`);
}

function list(cluster: Cluster, prefix: RegExp, query: URLSearchParams): Answer {
  const all = [...cluster.objects].filter(
    ([path, object]) => prefix.test(path) && selects(query.get("labelSelector"), object),
  );
  const from = Number(query.get("continue") ?? "0");
  const limit = Number(query.get("limit") ?? "500");
  const left = from + limit < all.length ? { continue: String(from + limit) } : {};
  const items = all.slice(from, from + limit).map(([, object]) => object);
  return {
    status: 200,
    body: { kind: "List", metadata: { resourceVersion: String(cluster.revision), ...left }, items },
  };
}

function watch(cluster: Cluster, prefix: RegExp, query: URLSearchParams, response: ServerResponse): void {
  const from = Number(query.get("resourceVersion") ?? "0");
  if (from < cluster.forgotten) {
    const object = statusOf(410, `too old resource version: ${from}`, { reason: "Expired" });
    response.writeHead(200, { "content-type": "application/json" });
    response.end(`${JSON.stringify({ type: "ERROR", object })}\n`);
    return;
  }
  response.writeHead(200, { "content-type": "application/json" });
  response.flushHeaders();
  const bookmark = { type: "BOOKMARK", object: { metadata: { resourceVersion: String(cluster.revision) } } };
  for (const event of cluster.events)
    if (event.revision > from && prefix.test(event.path))
      response.write(`${JSON.stringify({ type: event.type, object: event.object })}\n`);
  response.write(`${JSON.stringify(bookmark)}\n`);
  const watcher = { prefix, response };
  cluster.watchers.add(watcher);
  response.once("close", () => cluster.watchers.delete(watcher));
}

function operationsOf(body: Json | undefined) {
  return listOf(body).map((one) => ({
    op: textOf(at(one, "op")) ?? "",
    path: textOf(at(one, "path")) ?? "",
    value: at(one, "value") ?? null,
  }));
}

function patch(cluster: Cluster, path: string, request: IncomingMessage, body: Json | undefined): Answer {
  const before = cluster.objects.get(path);
  const name = path.split("/").at(-1) ?? "";
  if (before === undefined) return { status: 404, body: statusOf(404, `"${name}" not found`, { details: { name } }) };
  const isJsonPatch = request.headers["content-type"] === "application/json-patch+json";
  const after = isJsonPatch ? patched(before, operationsOf(body)) : objectOf(mergePatched(before, body ?? null));
  if (after === null || after === undefined) {
    const message = "the server rejected our request due to an error in our request";
    return { status: 422, body: statusOf(422, message, { reason: "Invalid" }) };
  }
  if (!same(at(after, "metadata", "resourceVersion"), at(before, "metadata", "resourceVersion"))) {
    const message = `Operation cannot be fulfilled on "${name}": the object has been modified`;
    return { status: 409, body: statusOf(409, message, { reason: "Conflict" }) };
  }
  const refused = cluster.validate(after);
  if (refused !== undefined) return refused;
  if (new URL(request.url ?? "", "http://a").searchParams.get("dryRun") === "All") return { status: 200, body: after };
  if (same(before, after)) return { status: 200, body: before };
  cluster.writes++;
  return { status: 200, body: cluster.store(path, after, !same(at(before, "spec"), at(after, "spec"))) };
}

function answerTo(cluster: Cluster, request: IncomingMessage, body: Json | undefined): Answer {
  const { pathname } = new URL(request.url ?? "", "http://a");
  const isReader = request.headers.authorization === `Bearer ${READER_TOKEN}`;
  if (pathname.endsWith("/selfsubjectaccessreviews")) return { status: 201, body: { status: { allowed: !isReader } } };
  if (/^\/apis\/[^/]+(?:\/[^/]+)?$/.test(pathname)) return cluster.discover(pathname);
  const path = pathname.replace(/\/status$/, "");
  const object = cluster.objects.get(path);
  const name = path.split("/").at(-1) ?? "";
  if (request.method === "POST") {
    const made = objectOf(body) ?? {};
    const key = `${path}/${textOf(at(made, "metadata", "name")) ?? ""}`;
    if (cluster.objects.has(key)) return { status: 409, body: statusOf(409, "it exists", { reason: "AlreadyExists" }) };
    return { status: 201, body: cluster.store(key, made, true) };
  }
  if (request.method === "DELETE") {
    cluster.remove(path);
    return { status: 200, body: statusOf(200, "gone") };
  }
  if (request.method === "PATCH") {
    const message = `"${name}" is forbidden: User "reader" cannot patch resource`;
    return isReader ? { status: 403, body: statusOf(403, message) } : patch(cluster, path, request, body);
  }
  return object === undefined
    ? { status: 404, body: statusOf(404, `"${name}" not found`, { reason: "NotFound", details: { name } }) }
    : { status: 200, body: object };
}

async function bodyOf(request: IncomingMessage): Promise<Json | undefined> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return parsedJson(Buffer.concat(chunks).toString("utf8"));
}

function pathOf(resource: string, object: JsonObject): string {
  const version = textOf(at(object, "apiVersion")) ?? "v1";
  const namespace = textOf(at(object, "metadata", "namespace")) ?? "";
  const name = textOf(at(object, "metadata", "name")) ?? "";
  return `${version.includes("/") ? "/apis" : "/api"}/${version}/namespaces/${namespace}/${resource}/${name}`;
}

async function serve(cluster: Cluster, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await bodyOf(request);
  const { pathname, searchParams } = new URL(request.url ?? "", "http://a");
  const [, base = "", namespace, resource = "", name] = ITEM.exec(pathname) ?? [];
  const isCollection = request.method === "GET" && resource !== "" && name === undefined;
  const prefix = collection(base, namespace, resource);
  if (isCollection && searchParams.get("watch") === "1") return watch(cluster, prefix, searchParams, response);
  const { status, body: answer } = isCollection
    ? list(cluster, prefix, searchParams)
    : answerTo(cluster, request, body);
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
}

export async function startFakeKubernetes(): Promise<FakeKubernetes> {
  const cluster = new Cluster();
  const server = createServer((request, response) => {
    serve(cluster, request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    get writes() {
      return cluster.writes;
    },
    put: (resource, object) => cluster.store(pathOf(resource, object), object, true),
    touch: (path, object) => void cluster.store(path, object, false),
    remove: (path) => cluster.remove(path),
    get: (path) => cluster.objects.get(path),
    forget() {
      cluster.events = [];
      cluster.revision++;
      cluster.forgotten = cluster.revision;
      for (const { response } of cluster.watchers) response.socket?.destroy();
    },
    get validate() {
      return cluster.validate;
    },
    set validate(validator) {
      cluster.validate = validator;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
