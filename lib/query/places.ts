/**
 * Who stands where: the workloads that rows tell of, by the services in front of them, and the meshes whose proxies they
 * have. In: rows. Out: for an end, the one object that stands for all that are alike, the workloads behind it, and the
 * place that a name from elsewhere means.
 */
import type { Sliced } from "../base/sliced.ts";
import { type Endpoint, type Mesh, meshesOf } from "../model/identity.ts";
import { type RollupRow, reportingEnd } from "../model/rollup-row.ts";
import { identityOf, workloadOf } from "./end-keys.ts";
import type { PeerName } from "./peers.ts";

const WORKLOADS: ReadonlySet<string> = new Set(["workload", "app", "gateway", "waypoint"]);

const ROWS_PER_STEP = 512;

function serviceKey(cluster: string, namespace: string, name: string): string {
  return JSON.stringify([cluster, namespace, name]);
}

/** One service in one place: the ends that stand behind it, by workload and version. */
interface Service {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
  readonly behind: Map<string, Endpoint>;
  /** As its callers name it, where they name it as a service. */
  called: Endpoint | null;
}

/** Sets that grow together: which service or workload shares its arrivals with which. */
class Groups {
  private readonly parent = new Map<string, string>();

  of(key: string): string {
    let root = key;
    for (let next = this.parent.get(root); next !== undefined; next = this.parent.get(root)) root = next;
    if (root !== key) this.parent.set(key, root);
    return root;
  }

  unite(a: string, b: string): void {
    const [from, to] = [this.of(a), this.of(b)];
    if (from !== to) this.parent.set(from, to);
  }
}

function addTo<T>(map: Map<string, Set<T>>, key: string, value: T): void {
  const known = map.get(key) ?? new Set<T>();
  known.add(value);
  map.set(key, known);
}

export class Places {
  /** By IP, who answers there as the proxies that called it say. */
  readonly addresses = new Map<string, PeerName>();
  private readonly services = new Map<string, Service>();
  private readonly byName = new Map<string, Service[]>();
  /** By the name of a workload that stands behind it. */
  private readonly byWorkload = new Map<string, Set<Service>>();
  /** Workloads that do not say what they stand behind, until all rows were heard. */
  private unplaced: Endpoint[] = [];
  private readonly ends = new Map<string, Endpoint>();
  /** By workload, the meshes whose proxies report for it. */
  private readonly reported = new Map<string, Set<Mesh>>();
  /** By workload, the services it is said to stand behind. */
  private readonly servicesOf = new Map<string, Set<string>>();
  private readonly groups = new Groups();

  /** What rows tell, learnt in steps. */
  static *of(all: readonly RollupRow[]): Sliced<Places> {
    const places = new Places();
    // Spans name services by what applications call themselves, and tell of no mesh.
    const rows = all.filter((row) => row.reporter !== "span");
    for (let at = 0; at < rows.length; at += ROWS_PER_STEP) {
      for (const { edge } of rows.slice(at, at + ROWS_PER_STEP)) {
        places.note(edge.source);
        places.note(edge.target);
      }
      yield;
    }
    places.placeByName();
    yield;
    for (const [key, { called, behind }] of places.services) {
      if (called !== null) for (const end of behind.values()) places.groups.unite(key, workloadOf(end));
    }
    for (let at = 0; at < rows.length; at += ROWS_PER_STEP) {
      for (const row of rows.slice(at, at + ROWS_PER_STEP)) places.hear(row);
      yield;
    }
    return places;
  }

  private hear({ edge, reporter, addresses }: RollupRow): void {
    const own = reportingEnd(edge, reporter);
    if (WORKLOADS.has(own.kind) && own.mesh !== null) addTo(this.reported, workloadOf(own), own.mesh);
    const { cluster, namespace, service, name, kind } = edge.target;
    if (!WORKLOADS.has(kind)) return;
    for (const address of addresses ?? [])
      this.addresses.set(address, { cluster, namespace, service: service ?? name });
  }

  private service(cluster: string, namespace: string, name: string): Service {
    const key = serviceKey(cluster, namespace, name);
    const known = this.services.get(key);
    if (known !== undefined) return known;
    const made: Service = { cluster, namespace, name, behind: new Map(), called: null };
    this.services.set(key, made);
    this.byName.set(name, [...(this.byName.get(name) ?? []), made]);
    return made;
  }

  private readonly noted = new WeakSet<Endpoint>();

  private note(end: Endpoint): void {
    if (this.noted.has(end)) return;
    this.noted.add(end);
    const { cluster, namespace, kind, name, service } = end;
    if (kind === "service") this.service(cluster, namespace, name).called ??= end;
    if (!WORKLOADS.has(kind)) return;
    if (service === undefined) {
      this.unplaced.push(end);
      return;
    }
    const place = this.service(cluster, namespace, service);
    place.behind.set(`${workloadOf(end)}${end.version ?? ""}`, end);
    addTo(this.servicesOf, workloadOf(end), service);
    addTo(this.byWorkload, name, place);
    this.groups.unite(serviceKey(cluster, namespace, service), workloadOf(end));
  }

  /**
   * A workload stands behind the service of its own name only where nobody names another: of Flagger's canary its proxy
   * says no service, its callers say `web-canary`, and the Service of its name is in front of the primary too.
   */
  private placeByName(): void {
    for (const end of this.unplaced) {
      if (this.servicesOf.has(workloadOf(end))) continue;
      const { cluster, namespace, name, version } = end;
      this.service(cluster, namespace, name).behind.set(`${workloadOf(end)}${version ?? ""}`, end);
    }
    this.unplaced = [];
  }

  private behind(end: Endpoint): Endpoint[] {
    if (end.kind !== "service") return [end];
    return [...(this.services.get(serviceKey(end.cluster, end.namespace, end.name))?.behind.values() ?? [])];
  }

  /** Keys of the workloads that may stand at an end; none for a service of which nothing but its name is known. */
  workloadsAt(end: Endpoint): readonly string[] {
    return WORKLOADS.has(end.kind) || end.kind === "service" ? [...new Set(this.behind(end).map(workloadOf))] : [];
  }

  /** One key for all ends whose arrivals are counted together: a service, what stands behind it, and its other services. */
  arrivalsAt(end: Endpoint): string {
    if (end.kind === "service") return this.groups.of(serviceKey(end.cluster, end.namespace, end.name));
    return WORKLOADS.has(end.kind) ? this.groups.of(workloadOf(end)) : identityOf(end);
  }

  /** The workload behind a service, when there is but one; without its version, when it has several. */
  resolve(end: Endpoint): Endpoint {
    if (end.kind !== "service") return end;
    const behind = this.behind(end);
    const [first] = behind;
    if (first === undefined || new Set(behind.map(workloadOf)).size > 1) return end;
    if (behind.length === 1) return first;
    const { version: _version, ...rest } = first;
    return rest;
  }

  private fitting(known: Iterable<Service>, { cluster, namespace }: PeerName): Service[] {
    return [...known].filter(
      (one) =>
        (cluster === undefined || one.cluster === cluster) && (namespace === undefined || one.namespace === namespace),
    );
  }

  /**
   * The place a name means, if exactly one fits what it says. `called`: it is not the host of a service, so that one counts
   * too that others only call, and where there is none of that name the one that a workload of that name stands behind.
   */
  find(peer: PeerName, called: boolean): Endpoint | undefined {
    const services = this.fitting(this.byName.get(peer.service) ?? [], peer);
    const hasNone = services.length === 0 && called;
    const fits = hasNone ? this.fitting(this.byWorkload.get(peer.service) ?? [], peer) : services;
    const answering = fits.filter((one) => one.behind.size > 0);
    const named = answering.length > 0 || !called ? answering : fits;
    const [only] = named;
    if (only === undefined || named.length > 1) return undefined;
    const [behind] = only.behind.values();
    const mesh = behind?.mesh ?? only.called?.mesh ?? null;
    const place = { cluster: only.cluster, namespace: only.namespace, name: only.name };
    return this.resolve({ ...place, kind: "service", mesh, service: behind?.service ?? only.name });
  }

  /** One object for all that are alike, with every mesh in front of it: what is worked out of it is worked out once. */
  same(end: Endpoint): Endpoint {
    const { service, app, reason, kind } = end;
    const isPlaced = WORKLOADS.has(kind) || kind === "service";
    const key = JSON.stringify([identityOf(end), isPlaced ? 0 : (end.mesh ?? ""), service ?? 0, app ?? 0, reason ?? 0]);
    const known = this.ends.get(key);
    if (known !== undefined) return known;
    const made = isPlaced ? this.withMeshes(this.withService(end)) : end;
    this.ends.set(key, made);
    return made;
  }

  /** A proxy that does not say its own service stands behind the one that its callers name, if they name but one. */
  private withService(end: Endpoint): Endpoint {
    if (end.service !== undefined || end.kind === "service") return end;
    const [service, another] = this.servicesOf.get(workloadOf(end)) ?? [];
    return service === undefined || another !== undefined ? end : { ...end, service };
  }

  /** A service's meshes are those of what stands behind it: a caller of another mesh does not know them. */
  private withMeshes(end: Endpoint): Endpoint {
    const meshes = new Set<Mesh>();
    for (const key of this.workloadsAt(end)) for (const mesh of this.reported.get(key) ?? []) meshes.add(mesh);
    const sorted = [...meshes].sort();
    const [mesh] = sorted;
    if (mesh === undefined || (sorted.length === 1 && mesh === end.mesh)) return end;
    return sorted.length === 1 ? { ...end, mesh } : { ...end, mesh, meshes: sorted };
  }
}

/** Whether two ends have no mesh in common, as far as that is known: neither proxy can name the other. */
export function areStrangers(a: Endpoint, b: Endpoint): boolean {
  const own = new Set(meshesOf(a));
  const other = meshesOf(b);
  return own.size > 0 && other.length > 0 && !other.some((mesh) => own.has(mesh));
}
