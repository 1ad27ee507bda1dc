/**
 * The simulated Consul: configuration entries with `cas` and blocking queries, health of instances by filter, compiled
 * chains, and what an agent says of itself. In: entries and the instances of each service. Out: a handler. A token `viewer`
 * may read alone. Not there: partitions, namespaces, peering, gateways.
 */
import type { ServerResponse } from "node:http";
import type { ApiAnswer, ApiRequest, Handle } from "./api-server.ts";
import { chainOf } from "./consul-chain.ts";
import { type ConsulEntries, filterOf } from "./consul-entries.ts";
import { at, isObject, type Json, type JsonObject, parsed } from "./document.ts";

export interface ConsulInstance {
  readonly id: string;
  readonly service: string;
  readonly address: string;
  readonly port: number;
  readonly meta: JsonObject;
}

export interface ConsulOptions {
  readonly entries: ConsulEntries;
  readonly datacenter: string;
  readonly instances: readonly ConsulInstance[];
}

const LONGEST_WAIT_MS = 600_000;
const DEFAULT_WAIT_MS = 300_000;
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 };

function waitMs(text: string | null): number {
  const match = /^(\d+)(ms|s|m)$/.exec(text ?? "");
  const asked = match === null ? DEFAULT_WAIT_MS : Number(match[1]) * (UNITS[match[2] ?? ""] ?? 0);
  return Math.min(asked, LONGEST_WAIT_MS);
}

const text = (status: number, body: string): ApiAnswer => ({ status, body });

class Consul {
  private readonly options: ConsulOptions;

  constructor(options: ConsulOptions) {
    this.options = options;
  }

  private get headers(): Readonly<Record<string, string>> {
    return {
      "x-consul-index": String(this.options.entries.index),
      "x-consul-knownleader": "true",
      "x-consul-lastcontact": "0",
    };
  }

  private found(body: Json): ApiAnswer {
    return { status: 200, body, headers: this.headers };
  }

  async answer(request: ApiRequest, response: ServerResponse): Promise<ApiAnswer> {
    const { path, method, query } = request;
    const [version, area, kind = "", name = ""] = path;
    if (version !== "v1") return text(404, "");
    if (method === "GET" && query.has("index")) {
      const gone = new AbortController();
      response.once("close", () => gone.abort());
      await this.options.entries.later(Number(query.get("index")), waitMs(query.get("wait")), gone.signal);
    }
    if (area === "config") return method === "GET" ? this.config(kind, name) : this.write(request, kind, name);
    if (method !== "GET") return text(405, `method ${method} not allowed`);
    if (area === "health") return this.health(kind, name, query);
    if (area === "discovery-chain") {
      return this.found({ Chain: chainOf(this.options.entries, kind, this.options.datacenter) });
    }
    return this.agent(path.slice(1).join("/"));
  }

  private config(kind: string, name: string): ApiAnswer {
    const { entries } = this.options;
    if (name === "") return this.found(entries.list(kind));
    const entry = entries.read(kind, name);
    if (entry !== undefined) return this.found(entry);
    return { ...text(404, `Config entry not found for "${kind}" / "${name}"`), headers: this.headers };
  }

  private write({ method, headers, query, body }: ApiRequest, kind: string, name: string): ApiAnswer {
    if (headers["x-consul-token"] === "viewer") {
      return text(
        403,
        `Permission denied: token with AccessorID 'viewer' lacks permission 'service:write' on "${name}"`,
      );
    }
    const cas = query.get("cas");
    const index = cas === null ? null : Number(cas);
    if (method === "DELETE") return text(200, String(this.options.entries.remove(kind, name, index)));
    if (method !== "PUT") return text(405, `method ${method} not allowed`);
    if (index !== null && !Number.isInteger(index)) return text(400, `Failed to parse cas value: ${cas}`);
    const entry = parsed(body);
    if (!isObject(entry)) return text(400, "Request decoding failed: the body is no object");
    const put = this.options.entries.put(entry, index);
    return put.ok ? { status: 200, body: put.value } : text(put.error.status, put.error.message);
  }

  private health(kind: string, name: string, query: URLSearchParams): ApiAnswer {
    if (kind !== "service" && kind !== "connect") return text(404, "");
    const given = query.get("filter");
    const filter = given === null ? undefined : filterOf(given);
    if (filter === null) return text(400, "Failed to create boolean expression evaluator");
    const all = this.options.instances.filter(({ service }) => service === name);
    const found = all.map((instance) => instanceOf(instance, kind, this.options.datacenter));
    return this.found(found.filter((one) => filter === undefined || at(one, ...filter.path) === filter.value));
  }

  private agent(path: string): ApiAnswer {
    const { datacenter, instances } = this.options;
    switch (path) {
      case "status/leader":
        return this.found("127.0.0.1:8300");
      case "catalog/datacenters":
        return this.found([datacenter]);
      case "catalog/services":
        return this.found(
          Object.fromEntries([...new Set(instances.map(({ service }) => service))].map((name) => [name, []])),
        );
      case "agent/self":
        return this.found({
          Config: {
            Datacenter: datacenter,
            PrimaryDatacenter: datacenter,
            NodeName: "simulated",
            Version: "1.22.0+simulated",
          },
        });
      default:
        return text(404, "");
    }
  }
}

/** An entry of `/v1/health/…`: the instance, or the proxy beside it. All of them pass. */
function instanceOf(
  { id, service, address, port, meta }: ConsulInstance,
  kind: string,
  datacenter: string,
): JsonObject {
  const isProxy = kind === "connect";
  return {
    Node: { Node: id, Address: address, Datacenter: datacenter },
    Service: {
      ID: isProxy ? `${id}-sidecar-proxy` : id,
      Service: isProxy ? `${service}-sidecar-proxy` : service,
      Kind: isProxy ? "connect-proxy" : "",
      Address: address,
      Port: isProxy ? 20_000 : port,
      Meta: meta,
      ...(isProxy ? { Proxy: { DestinationServiceName: service, DestinationServiceID: id } } : {}),
    },
    Checks: [{ Node: id, CheckID: `service:${id}`, Status: "passing", ServiceID: id, ServiceName: service }],
  };
}

export function consulApi(options: ConsulOptions): Handle {
  const consul = new Consul(options);
  return async (request, response) => {
    const answer = await consul.answer(request, response);
    // JSON texts (a leader's address, true) go out as JSON.
    return typeof answer.body === "string" && answer.headers !== undefined && answer.status === 200
      ? { ...answer, body: JSON.stringify(answer.body) }
      : answer;
  };
}
