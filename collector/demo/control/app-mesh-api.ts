/**
 * The simulated App Mesh API (`2019-01-25`, REST and JSON), as its SDK calls it: meshes, virtual routers, routes, virtual
 * nodes and services are listed and described, routes are updated. In: a store. Out: a handler. An access key id `viewer` may
 * read alone; signatures are not checked.
 */
import type { ApiAnswer, ApiRequest, Handle } from "./api-server.ts";
import { type AppMeshFault, type AppMeshStore, metadataOf } from "./app-mesh-store.ts";
import { isObject, type Json, type JsonObject, objectOf, parsed, textAt } from "./document.ts";

const STATUS: Readonly<Record<AppMeshFault["type"], number>> = {
  BadRequestException: 400,
  ForbiddenException: 403,
  NotFoundException: 404,
  ConflictException: 409,
};
const MOST_A_PAGE = 100;

function fault({ type, message }: AppMeshFault): ApiAnswer {
  return { status: STATUS[type], body: { message }, headers: { "x-amzn-errortype": type } };
}

const missing = (what: string): ApiAnswer => fault({ type: "NotFoundException", message: `${what} not found` });
const found = (body: Json): ApiAnswer => ({ status: 200, body });

/** Names of a list are its pages' tokens. */
function page(member: string, all: readonly JsonObject[], query: URLSearchParams): ApiAnswer {
  const limit = Math.min(Number(query.get("limit") ?? MOST_A_PAGE) || MOST_A_PAGE, MOST_A_PAGE);
  const start = Number(query.get("nextToken") ?? 0) || 0;
  const rest = start + limit < all.length ? { nextToken: String(start + limit) } : {};
  return found({ [member]: all.slice(start, start + limit), ...rest });
}

const ACTIVE = { status: "ACTIVE" };

function referenceOf(store: AppMeshStore, member: string, name: string, path: string): JsonObject {
  return { meshName: store.mesh, [member]: name, ...metadataOf(store.resource(path), 1) };
}

function described(store: AppMeshStore, member: string, name: string, path: string, spec: JsonObject): ApiAnswer {
  const metadata = metadataOf(store.resource(path), 1);
  return found({ meshName: store.mesh, [member]: name, spec, status: ACTIVE, metadata });
}

function routers(store: AppMeshStore, name: string | undefined, query: URLSearchParams): ApiAnswer {
  const refer = (router: string): JsonObject =>
    referenceOf(store, "virtualRouterName", router, `virtualRouter/${router}`);
  if (name === undefined) return page("virtualRouters", store.routers.map(refer), query);
  if (!store.routers.includes(name)) return missing(`virtual router ${name}`);
  const spec = { listeners: [{ portMapping: { port: 8080, protocol: "http" } }] };
  return described(store, "virtualRouterName", name, `virtualRouter/${name}`, spec);
}

function nodes(store: AppMeshStore, name: string | undefined, query: URLSearchParams): ApiAnswer {
  const refer = (node: string): JsonObject => referenceOf(store, "virtualNodeName", node, `virtualNode/${node}`);
  if (name === undefined) return page("virtualNodes", store.nodes.map(refer), query);
  if (!store.nodes.includes(name)) return missing(`virtual node ${name}`);
  const [service = "", namespace = ""] = name.split("_");
  const spec = {
    listeners: [{ portMapping: { port: 8080, protocol: "http" } }],
    serviceDiscovery: { awsCloudMap: { namespaceName: namespace, serviceName: service } },
  };
  return described(store, "virtualNodeName", name, `virtualNode/${name}`, spec);
}

function services(store: AppMeshStore, name: string | undefined, query: URLSearchParams): ApiAnswer {
  const nameOf = (router: string): string => `${router}.loyalty.svc.cluster.local`;
  const refer = (router: string): JsonObject =>
    referenceOf(store, "virtualServiceName", nameOf(router), `virtualService/${nameOf(router)}`);
  if (name === undefined) return page("virtualServices", store.routers.map(refer), query);
  const router = store.routers.find((one) => nameOf(one) === name);
  if (router === undefined) return missing(`virtual service ${name}`);
  const spec = { provider: { virtualRouter: { virtualRouterName: router } } };
  return described(store, "virtualServiceName", name, `virtualService/${name}`, spec);
}

function isReadOnly({ headers }: ApiRequest): boolean {
  return /Credential=viewer\//.test(String(headers.authorization ?? ""));
}

function routes(store: AppMeshStore, request: ApiRequest, router: string, name: string | undefined): ApiAnswer {
  const { method, query, body } = request;
  if (!store.routers.includes(router)) return missing(`virtual router ${router}`);
  if (name === undefined) {
    const all = store.routes(router).map((route) => {
      const { spec: _spec, status: _status, metadata, ...names } = route;
      return { ...names, ...objectOf(metadata) };
    });
    return page("routes", all, query);
  }
  if (method === "GET") {
    const route = store.route(router, name);
    return route === undefined ? missing(`route ${name}`) : found(route);
  }
  if (method !== "PUT") return fault({ type: "BadRequestException", message: `${method} is not for routes` });
  if (isReadOnly(request)) {
    const message = `User: viewer is not authorized to perform: appmesh:UpdateRoute on resource: ${name}`;
    return fault({ type: "ForbiddenException", message });
  }
  const input = parsed(body);
  if (!isObject(input) || !isObject(input["spec"])) {
    return fault({ type: "BadRequestException", message: "spec is missing" });
  }
  const updated = store.update(router, name, input["spec"], textAt(input, "clientToken"));
  return updated.ok ? found(updated.value) : fault(updated.error);
}

export function appMeshApi(store: AppMeshStore): Handle {
  return (request) => {
    const [version, root, mesh, area, name, inner, route] = request.path;
    const { query, method } = request;
    if (version !== "v20190125" || root !== "meshes") return missing(request.path.join("/"));
    if (mesh === undefined)
      return page("meshes", [{ meshName: store.mesh, ...metadataOf(store.resource(""), 1) }], query);
    if (mesh !== store.mesh) return missing(`mesh ${mesh}`);
    if (area === "virtualRouter" && name !== undefined && inner === "routes")
      return routes(store, request, name, route);
    if (method !== "GET") return fault({ type: "BadRequestException", message: `${method} is not simulated here` });
    switch (area) {
      case undefined:
        return found({ meshName: mesh, spec: {}, status: ACTIVE, metadata: metadataOf(store.resource(""), 1) });
      case "virtualRouters":
        return routers(store, name, query);
      case "virtualNodes":
        return nodes(store, name, query);
      case "virtualServices":
        return services(store, name, query);
      default:
        return missing(area);
    }
  };
}
