/**
 * As much of a Kubernetes API server as owners and routes need, over HTTP on loopback: discovery, lists, reads, merge patches
 * with resourceVersion, a status subresource. What a controller would do after a patch is the caller's. For processes under
 * test; the real API server has suites of its own.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { z } from "zod";

const objectSchema = z.looseObject({
  metadata: z.looseObject({ name: z.string(), namespace: z.string(), resourceVersion: z.string().optional() }),
});
export type KubernetesObject = z.infer<typeof objectSchema>;

const patchSchema = z.looseObject({ metadata: z.looseObject({ resourceVersion: z.string().optional() }).optional() });

interface Kind {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

function merged(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const isObject = typeof target === "object" && target !== null && !Array.isArray(target);
  const result = new Map<string, unknown>(isObject ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) result.delete(key);
    else result.set(key, merged(result.get(key), value));
  }
  return Object.fromEntries(result);
}

export class SmallApiServer {
  readonly objects = new Map<string, KubernetesObject>();
  /** Bodies of the requests that changed something, in order. */
  readonly patches: unknown[] = [];
  /** Everything is answered with 503. */
  isDown = false;
  controller: (object: KubernetesObject) => KubernetesObject = (object) => object;
  private readonly kinds: readonly Kind[];
  private revision = 100;
  readonly server = createServer((request, response) => void this.answer(request, response));

  constructor(kinds: readonly Kind[]) {
    this.kinds = kinds;
  }

  put(resource: string, object: KubernetesObject): void {
    const { namespace, name } = object.metadata;
    const metadata = { ...object.metadata, resourceVersion: String(++this.revision) };
    this.objects.set(`${resource}/${namespace}/${name}`, { ...object, metadata });
  }

  get(resource: string, namespace: string, name: string): KubernetesObject | undefined {
    return this.objects.get(`${resource}/${namespace}/${name}`);
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const piece of request) body += String(piece);
    const send = (status: number, value: object): void => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(value));
    };
    const fail = (code: number, reason: string, message: string): void =>
      send(code, { kind: "Status", apiVersion: "v1", status: "Failure", code, reason, message });
    if (this.isDown) return fail(503, "ServiceUnavailable", "the server is currently unable to handle the request");
    const [, apis, group = "", version, ...rest] = new URL(request.url ?? "/", "http://server").pathname.split("/");
    const served = this.kinds.filter((kind) => kind.group === group);
    if (apis !== "apis" || served.length === 0) return fail(404, "NotFound", "the server could not find the resource");
    if (version === undefined) return send(200, { versions: served.map((kind) => ({ version: kind.version })) });
    if (rest.length === 0) return send(200, { resources: served.map(({ resource }) => ({ name: resource })) });
    const [scope, namespace] = rest[0] === "namespaces" ? ["namespaces", rest[1] ?? ""] : ["all", ""];
    const [resource = "", name] = scope === "namespaces" ? rest.slice(2) : rest;
    const prefix = scope === "namespaces" ? `${resource}/${namespace}/` : `${resource}/`;
    if (name === undefined) {
      const items = [...this.objects].filter(([key]) => key.startsWith(prefix)).map(([, object]) => object);
      return send(200, { kind: "List", metadata: { resourceVersion: String(this.revision) }, items });
    }
    const object = this.get(resource, namespace, name);
    if (object === undefined) return fail(404, "NotFound", `${resource} "${name}" not found`);
    if (request.method === "GET") return send(200, object);
    const patch = patchSchema.parse(JSON.parse(body));
    const given = patch.metadata?.resourceVersion;
    if (given !== undefined && given !== object.metadata.resourceVersion)
      return fail(409, "Conflict", "the object has been modified");
    this.patches.push(patch);
    this.put(resource, this.controller(objectSchema.parse(merged(object, patch))));
    return send(200, this.get(resource, namespace, name) ?? {});
  }
}
