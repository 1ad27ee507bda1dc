/** The proxy that stands beside an app, by role: the one table that a new dialect is added to. */
import { AmbientRecorder, ZtunnelRecorder } from "./ambient.ts";
import { type EnvoyKind, EnvoyRecorder, STOCK_NAMES } from "./envoy-recorder.ts";
import type { Dialect, MeshProxy } from "./hop.ts";
import { IstioRecorder } from "./istio-recorder.ts";
import { LinkerdRecorder } from "./linkerd-recorder.ts";
import { printEnvoy } from "./print-envoy.ts";
import type { WorkloadRole, WorkloadSpec } from "./spec.ts";

const stock = (dialect: Dialect, path: string): EnvoyKind => ({
  dialect,
  path,
  names: STOCK_NAMES,
  print: (_pod, envoy, times) => ({ contentType: "text/plain; charset=UTF-8", text: printEnvoy(envoy, times) }),
});

type Make = (workload: WorkloadSpec) => MeshProxy | null;

const PROXIES: Readonly<Record<WorkloadRole, Make>> = {
  sidecar: () => new IstioRecorder(),
  gateway: () => new IstioRecorder(),
  ambient: () => new AmbientRecorder(),
  waypoint: () => new IstioRecorder(),
  ztunnel: () => new ZtunnelRecorder(),
  envoy: () => new EnvoyRecorder(stock("envoy", "stats/prometheus")),
  edge: () => new EnvoyRecorder(stock("envoy", "stats/prometheus")),
  linkerd: () => new LinkerdRecorder(),
  consul: () => new EnvoyRecorder(stock("consul", "metrics")),
  appmesh: () => new EnvoyRecorder(stock("appmesh", "stats/prometheus")),
  serviceConnect: () => new EnvoyRecorder(stock("serviceConnect", "stats/prometheus")),
  unmeshed: () => null,
};

export function proxyOf(role: WorkloadRole, workload: WorkloadSpec): MeshProxy | null {
  return PROXIES[role](workload);
}
