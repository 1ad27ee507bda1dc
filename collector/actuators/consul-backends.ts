/**
 * What stands behind a backend of a Consul split: instances in the mesh that pass, by the filter of its subset. In: ids
 * (`service` or `service/subset`); out: whether it exists and who is ready. Redirects of resolvers are followed as the
 * mesh does; failover is not counted, since it is the way out and not the backend. Consul itself sends traffic to subsets
 * without a healthy instance: what is found here is all that stops it.
 */
import { err, ok, type Result } from "../../lib/base/result.ts";
import { at, type JsonObject, listOf, objectOf, textOf } from "../../lib/control/traffic/document.ts";
import type { ConsulHttp, Query } from "./consul-http.ts";
import type { BackendFacts, ReadFailure } from "./traffic-api.ts";

/** Consul refuses chains that are longer. */
const MAX_REDIRECTS = 8;

interface Place {
  readonly service: string;
  readonly subset: string;
  readonly namespace: string;
  /** Instead of the configured one. */
  readonly datacenter: string;
}

export class ConsulBackends {
  private readonly http: ConsulHttp;

  constructor(http: ConsulHttp) {
    this.http = http;
  }

  async of(id: string, namespace: string): Promise<Result<BackendFacts, ReadFailure>> {
    const [service = "", subset = ""] = id.split("/");
    let place: Place = { service, subset, namespace, datacenter: "" };
    for (let hop = 0; hop < MAX_REDIRECTS; hop++) {
      const resolver = await this.resolver(place);
      if (!resolver.ok) return resolver;
      const next = redirected(place, resolver.value);
      if (next === undefined) return this.passing(id, place, resolver.value);
      place = next;
    }
    return err({ code: "unreadable", message: `${id} is redirected more than ${MAX_REDIRECTS} times` });
  }

  /** Empty where the service has none. */
  private async resolver({ service, namespace }: Place): Promise<Result<JsonObject, ReadFailure>> {
    const path = `/v1/config/service-resolver/${encodeURIComponent(service)}`;
    const entry = await this.http.get(path, { ...this.http.entryPlace({ namespace }), consistent: true });
    if (!entry.ok) return entry.error.code === "not_found" ? ok({}) : entry;
    return ok(objectOf(entry.value.value) ?? {});
  }

  private async passing(id: string, place: Place, resolver: JsonObject): Promise<Result<BackendFacts, ReadFailure>> {
    const subset = place.subset === "" ? (textOf(at(resolver, "DefaultSubset")) ?? "") : place.subset;
    const known = subset === "" ? {} : objectOf(at(resolver, "Subsets", subset));
    if (known === undefined) return ok({ id, readyEndpoints: 0, exists: false, pods: [] });
    const filter = textOf(at(known, "Filter")) ?? "";
    const query: Query = {
      ...this.placeOf(place),
      passing: true,
      filter: filter === "" ? undefined : filter,
    };
    // Those that a sidecar or the service itself puts into the mesh: what the proxies of callers are told of.
    const answer = await this.http.get(`/v1/health/connect/${encodeURIComponent(place.service)}`, query);
    if (!answer.ok) return answer;
    const pods = listOf(answer.value.value).map((instance) => ({
      name:
        textOf(at(instance, "Service", "Proxy", "DestinationServiceID")) ?? textOf(at(instance, "Service", "ID")) ?? "",
      version: textOf(at(instance, "Service", "Meta", "version")) ?? subset,
      ready: true,
    }));
    const exists = pods.length > 0 || subset !== "" ? ok(true) : await this.isRegistered(place);
    return exists.ok ? ok({ id, readyEndpoints: pods.length, exists: exists.value, pods }) : exists;
  }

  /** Whether anything of the name is in the mesh, in whatever state: a service is its instances. */
  private async isRegistered(place: Place): Promise<Result<boolean, ReadFailure>> {
    const path = `/v1/health/connect/${encodeURIComponent(place.service)}`;
    const answer = await this.http.get(path, this.placeOf(place));
    return answer.ok ? ok(listOf(answer.value.value).length > 0) : answer;
  }

  private placeOf(place: Place): Query {
    const query = this.http.instancePlace(place);
    return place.datacenter === "" ? query : { ...query, dc: place.datacenter };
  }
}

/** Where the resolver sends all of the service; undefined where it stays. */
function redirected(place: Place, resolver: JsonObject): Place | undefined {
  const redirect = objectOf(at(resolver, "Redirect"));
  if (redirect === undefined) return undefined;
  const member = (name: string) => textOf(at(redirect, name)) ?? "";
  const service = member("Service") === "" ? place.service : member("Service");
  const namespace = member("Namespace") === "" ? place.namespace : member("Namespace");
  const datacenter = member("Datacenter") === "" ? place.datacenter : member("Datacenter");
  return { service, subset: member("ServiceSubset"), namespace, datacenter };
}
