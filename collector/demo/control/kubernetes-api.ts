/**
 * The simulated Kubernetes API: discovery, read, list, watch, create, replace, patch and delete of the kinds in
 * kubernetes-kinds.ts, with dry runs, status subresources and access reviews. In: a store. Out: a handler. A bearer token
 * `viewer` may read alone. Not there: server-side apply (415), pages of lists (all comes at once), schemas beyond weights.
 */
import type { ServerResponse } from "node:http";
import { err, type Result } from "../../../lib/base/result.ts";
import type { ApiAnswer, ApiRequest, Handle } from "./api-server.ts";
import { isObject, type Json, type JsonObject, objectOf, parsed, textAt, withMember } from "./document.ts";
import { jsonPatched, mergePatched, type PatchFault } from "./json-patch.ts";
import { discoveryAnswer } from "./kubernetes-discovery.ts";
import { ALL_KINDS, apiVersionOf, type ResourceKind } from "./kubernetes-kinds.ts";
import { refused } from "./kubernetes-status.ts";
import { selected, watch } from "./kubernetes-watch.ts";
import { notFound, type ObjectKey, type ObjectStore, type StatusError, type WriteOptions } from "./object-store.ts";

interface Place {
  readonly kind: ResourceKind;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

/** `/api/v1/…` and `/apis/<group>/<version>/…`, namespaced or not; undefined for what is not served. */
function placeOf(path: readonly string[]): Place | undefined {
  const isCore = path[0] === "api";
  const [group, version] = isCore ? ["", path[1]] : [path[1], path[2]];
  const rest = path.slice(isCore ? 2 : 3);
  const inNamespace = rest[0] === "namespaces" && rest.length > 2;
  const [resource, name, subresource] = inNamespace ? rest.slice(2) : rest;
  const kind = ALL_KINDS.find((one) => one.group === group && one.version === version && one.resource === resource);
  if (kind === undefined) return undefined;
  return { kind, namespace: inNamespace ? rest[1] : undefined, name, subresource };
}

const NO_PAGE: ApiAnswer = { status: 404, body: "404 page not found\n" };

function answerOf(result: Result<JsonObject, StatusError>, status = 200): ApiAnswer {
  return result.ok ? { status, body: result.value } : refused(result.error);
}

function managerOf({ query, headers }: ApiRequest): string {
  const agent = String(headers["user-agent"] ?? "unknown");
  return query.get("fieldManager") ?? agent.split("/")[0] ?? "unknown";
}

/** A `test` that fails is answered 422 and a path that is not there too; what is no patch, 400. */
function patchRefusal({ code, message }: PatchFault): StatusError {
  if (code === "malformed") return { code: 400, reason: "BadRequest", message };
  return {
    code: 422,
    reason: "Invalid",
    message: `the server rejected our request due to an error in our request: ${message}`,
  };
}

const READ_ONLY = "Bearer viewer";

function forbidden({ kind, namespace }: Place, { method }: ApiRequest): ApiAnswer {
  const verb = { POST: "create", PUT: "update", PATCH: "patch", DELETE: "delete" }[method] ?? method.toLowerCase();
  const what = `"${kind.resource}" in API group "${kind.group}"`;
  const where = namespace === undefined ? "at the cluster scope" : `in the namespace "${namespace}"`;
  const message = `${kind.resource}.${kind.group} is forbidden: User "viewer" cannot ${verb} resource ${what} ${where}`;
  return refused({ code: 403, reason: "Forbidden", message, kind });
}

export function kubernetesApi(store: ObjectStore): Handle {
  return (request, response) => {
    const [first, second] = request.path;
    if (first === "version") return { status: 200, body: { major: "1", minor: "34", gitVersion: "v1.34.0+simulated" } };
    if (first === "apis" && second === "authorization.k8s.io" && request.method === "POST") return review(request);
    if (first !== "api" && first !== "apis") return NO_PAGE;
    const discovered = request.method === "GET" ? discoveryAnswer(request.path) : undefined;
    if (discovered !== undefined) return { status: 200, body: discovered };
    const place = placeOf(request.path);
    if (place === undefined) return NO_PAGE;
    const isWrite = request.method !== "GET";
    if (isWrite && request.headers.authorization === READ_ONLY) return forbidden(place, request);
    return isWrite ? write(store, place, request) : read(store, place, request, response);
  };
}

/** SelfSubjectAccessReview. */
function review({ body, headers }: ApiRequest): ApiAnswer {
  const asked = objectOf(parsed(body));
  const verb = textAt(asked, "spec", "resourceAttributes", "verb");
  const allowed = headers.authorization !== READ_ONLY || ["get", "list", "watch"].includes(verb);
  return { status: 201, body: { ...asked, status: { allowed } } };
}

function read(store: ObjectStore, place: Place, request: ApiRequest, response: ServerResponse): ApiAnswer | null {
  const { kind, namespace, name } = place;
  const { query } = request;
  if (name !== undefined) {
    const found = store.read({ kind, namespace: namespace ?? "", name });
    return found === undefined ? refused(notFound({ kind, name })) : { status: 200, body: found };
  }
  const isSelected = selected(query);
  const wanted = (object: JsonObject): boolean =>
    (namespace === undefined || textAt(object, "metadata", "namespace") === namespace) && isSelected(object);
  if (query.get("watch") === "true" || query.get("watch") === "1") {
    watch(store, { kind, wanted, query }, response);
    return null;
  }
  const items = store.list(kind).filter(wanted);
  const metadata = { resourceVersion: String(store.revision) };
  return { status: 200, body: { kind: `${kind.kind}List`, apiVersion: apiVersionOf(kind), metadata, items } };
}

function write(store: ObjectStore, place: Place, request: ApiRequest): ApiAnswer {
  const { kind, namespace, name, subresource } = place;
  const isStatus = subresource === "status";
  if (subresource !== undefined && !(isStatus && kind.hasStatus)) return NO_PAGE;
  const dryRun = request.query.getAll("dryRun");
  if (dryRun.some((value) => value !== "All")) {
    const message = `Unsupported value: "${dryRun.join()}": supported values: "All"`;
    return refused({ code: 422, reason: "Invalid", message, kind });
  }
  const options: WriteOptions = {
    manager: managerOf(request),
    subresource: isStatus ? "status" : null,
    dryRun: dryRun.length > 0,
  };
  if (request.method === "POST" && name === undefined) return create(store, place, request, options);
  if (name === undefined) return refused({ code: 405, reason: "MethodNotAllowed", message: "name an object" });
  const key = { kind, namespace: namespace ?? "", name };
  if (request.method === "DELETE") return answerOf(store.remove(key));
  if (request.method === "PUT") return put(store, key, request.body, options);
  if (request.method === "PATCH") return patch(store, key, request, options);
  return refused({ code: 405, reason: "MethodNotAllowed", message: `${request.method} is not supported` });
}

function create(
  store: ObjectStore,
  { kind, namespace }: Place,
  { body }: ApiRequest,
  options: WriteOptions,
): ApiAnswer {
  const object = parsed(body);
  if (!isObject(object)) return refused({ code: 400, reason: "BadRequest", message: "the body is no object" });
  const placed = namespace === undefined ? object : withMember(object, ["metadata", "namespace"], namespace);
  return answerOf(store.create(kind, placed, options), 201);
}

function put(store: ObjectStore, key: ObjectKey, body: string, options: WriteOptions): ApiAnswer {
  const object = parsed(body);
  if (!isObject(object)) return refused({ code: 400, reason: "BadRequest", message: "the body is no object" });
  return answerOf(store.replace(key, object, options));
}

const PATCHES: Readonly<Record<string, (document: Json, patch: string) => Result<Json, PatchFault>>> = {
  "application/json-patch+json": jsonPatched,
  "application/merge-patch+json": mergePatched,
};

function patch(store: ObjectStore, key: ObjectKey, { headers, body }: ApiRequest, options: WriteOptions): ApiAnswer {
  const type = String(headers["content-type"] ?? "").split(";")[0] ?? "";
  const apply = PATCHES[type];
  if (apply === undefined) {
    const message = `the body of the request was in an unknown format - accepted media types include: ${Object.keys(PATCHES).join(", ")}`;
    return refused({ code: 415, reason: "UnsupportedMediaType", message });
  }
  const current = store.read(key);
  if (current === undefined) return refused(notFound(key));
  const next = apply(current, body);
  if (!next.ok) return refused({ ...patchRefusal(next.error), kind: key.kind, name: key.name });
  if (!isObject(next.value)) return answerOf(err({ code: 422, reason: "Invalid", message: "this leaves no object" }));
  return answerOf(store.replace(key, next.value, options));
}
