/** Shorthand for estate data. In: what differs. Out: specs with the usual rest. */
import type { Failure, Link, Operation, ServiceSpec, Spread } from "./spec.ts";

export const fast = (medianMs: number): Spread => ({ medianMs, sigma: 0.45 });

export function rarely(probability: number, ...codes: readonly number[]): Failure {
  return { probability, answers: codes.map((code) => ({ code, grpc: "" })) };
}

export function http(method: string, path: string, work: Spread, sizes: readonly [number, number]): Operation {
  return { name: `${method} ${path}`, method, path, work, requestBytes: sizes[0], responseBytes: sizes[1] };
}

export function service(
  name: string,
  namespace: string,
  operations: readonly Operation[],
  rest: Partial<ServiceSpec> = {},
): ServiceSpec {
  return {
    name,
    namespace,
    host: `${name}.${namespace}.svc.cluster.local`,
    port: 8080,
    protocol: "http",
    kind: "mesh",
    backends: [{ workload: `${name}-v1`, weight: 100 }],
    operations,
    ...rest,
  };
}

/** A host outside the estate: `external` is known to the mesh, `passthrough` is not. */
export function outside(
  name: string,
  host: string,
  operation: Operation,
  rest: Partial<ServiceSpec> = {},
): ServiceSpec {
  return service(name, "external", [operation], { host, port: 80, kind: "external", backends: [], ...rest });
}

/** A link on which both proxies show certificates, as every mesh here does between its own. */
export const mutual = (from: string, to: string, rest: Partial<Link> = {}): Link => ({
  from,
  to,
  networkMs: 0.7,
  tls: "mutual",
  ...rest,
});
