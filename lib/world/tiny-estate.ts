/**
 * Shorthand for the tiny estates of tests, and a reader of what they print. In: what differs. Out: specs; samples by
 * family. The reader knows no format beyond lines of `name{labels} value`.
 */
import type { CallPlan, Operation, ServiceSpec, WorkloadSpec } from "./spec.ts";

/** One replica of an app of its own name. */
export function tinyWorkload(
  base: Pick<WorkloadSpec, "role" | "cluster" | "namespace" | "format">,
  name: string,
  rest: Partial<WorkloadSpec> = {},
): WorkloadSpec {
  return { ...base, name, service: name, version: "v1", replicas: 1, ...rest };
}

/** `GET /`, one request in twenty answered 503, with one call after the other. */
export function tinyOperation(...calls: readonly string[]): Operation {
  const stages = calls.map((service): CallPlan[] => [{ service, operation: "GET /" }]);
  return {
    name: "GET /",
    method: "GET",
    path: "/",
    work: { medianMs: 3, sigma: 0.3 },
    failure: { probability: 0.05, answers: [{ code: 503, grpc: "" }] },
    requestBytes: 300,
    responseBytes: 2000,
    stages,
  };
}

/** A service of the mesh on 8080, served by the workload of its name. */
export function tinyService(namespace: string, name: string, rest: Partial<ServiceSpec> = {}): ServiceSpec {
  return {
    name,
    namespace,
    host: `${name}.${namespace}.local`,
    port: 8080,
    protocol: "http",
    kind: "mesh",
    backends: [{ workload: name, weight: 1 }],
    operations: [tinyOperation()],
    ...rest,
  };
}

/** Label lists and values of a family, as printed. */
export function samplesOf(text: string, family: string): [labels: string, value: number][] {
  const lines = text.matchAll(new RegExp(`^${family}\\{(.*)\\} (\\S+)$`, "gm"));
  return [...lines].map(([, labels = "", value = ""]) => [labels, Number(value)]);
}

/** Σ over the samples whose label list holds all of these pairs, each as `name="value"`. */
export function sumOf(text: string, family: string, ...pairs: readonly string[]): number {
  return samplesOf(text, family)
    .filter(([labels]) => pairs.every((pair) => `,${labels},`.includes(`,${pair},`)))
    .reduce((total, [, value]) => total + value, 0);
}
