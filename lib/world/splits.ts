/**
 * How a service's requests are split between the workloads behind it. In: weights as the mesh's control plane has them,
 * and which callers' proxies still hold older ones. Out: the weights that one caller's proxy goes by. Weights are relative.
 * A caller outside the service's mesh knows of no split: it reaches every replica alike.
 */
import type { Pod } from "./hop.ts";
import { type Estate, meshOf, type ServiceSpec, type WorkloadSpec } from "./spec.ts";

/** By service, then by workload behind it; a service that is not named here has the weights of the estate. */
export type Splits = ReadonlyMap<string, ReadonlyMap<string, number>>;

export const NO_SPLITS: Splits = new Map();

export class SplitTable {
  private readonly workloads: ReadonlyMap<string, WorkloadSpec>;
  private current: Splits = NO_SPLITS;
  /** By workload of the caller: what its proxies went by when news ceased to reach them. */
  private readonly held = new Map<string, Splits>();

  constructor(estate: Estate) {
    this.workloads = new Map(estate.workloads.map((workload) => [workload.name, workload]));
  }

  set(splits: Splits): void {
    this.current = splits;
  }

  get splits(): Splits {
    return this.current;
  }

  /** The proxies of these workloads, and of no others, keep what they have. */
  hold(callers: ReadonlySet<string>): void {
    for (const caller of this.held.keys()) if (!callers.has(caller)) this.held.delete(caller);
    for (const caller of callers) if (!this.held.has(caller)) this.held.set(caller, this.current);
  }

  /** One weight for each of the service's backends, in order. */
  weights(from: Pod, service: ServiceSpec): readonly number[] {
    const { backends } = service;
    if (backends.length === 1) return [1];
    const follows = backends.every(({ workload }) => this.isPeer(from, workload));
    if (!follows) return backends.map(({ workload }) => this.workloads.get(workload)?.replicas ?? 0);
    return this.of(this.held.get(from.workload.name) ?? this.current, service);
  }

  private isPeer(from: Pod, workload: string): boolean {
    const role = this.workloads.get(workload)?.role;
    return from.proxy !== null && role !== undefined && meshOf(role) === meshOf(from.role);
  }

  private of(splits: Splits, service: ServiceSpec): readonly number[] {
    const given = splits.get(service.name);
    return service.backends.map(({ workload, weight }) => (given === undefined ? weight : (given.get(workload) ?? 0)));
  }

  /** A workload's share of its service as the control plane has it, 0..1. */
  share(service: ServiceSpec, workload: string): number {
    const weights = this.of(this.current, service);
    const sum = weights.reduce((total, weight) => total + weight, 0);
    const index = service.backends.findIndex((backend) => backend.workload === workload);
    return sum === 0 ? 0 : (weights[index] ?? 0) / sum;
  }
}
