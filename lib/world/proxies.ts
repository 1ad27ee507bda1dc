/** The proxy that stands beside an app, by role: the one table that a new dialect is added to. */
import { assert } from "../base/result.ts";
import { AmbientRecorder, ZtunnelRecorder } from "./ambient.ts";
import type { EnvoyProxy } from "./envoy-proxy.ts";
import { EnvoyRecorder } from "./envoy-recorder.ts";
import type { EnvoyStyle } from "./envoy-style.ts";
import { styleOf } from "./envoy-styles.ts";
import type { Dialect, Exposition, MeshProxy, Pod, PrintTimes } from "./hop.ts";
import { IstioRecorder } from "./istio-recorder.ts";
import { LinkerdRecorder } from "./linkerd-recorder.ts";
import { printAppMesh, printServiceConnect } from "./print-appmesh.ts";
import { printConsul } from "./print-consul.ts";
import { printEnvoy } from "./print-envoy.ts";
import type { WorkloadRole, WorkloadSpec } from "./spec.ts";

type Print = (pod: Pod, envoy: EnvoyProxy, style: EnvoyStyle, times: PrintTimes, scrapes: number) => Exposition;

/** An Envoy of a mesh, or of none. */
function envoy(role: WorkloadRole, dialect: Dialect, path: string, print: Print): Make {
  return (workload) => {
    const style = styleOf(role, workload);
    assert(style !== null, `${role} has no Envoy`);
    const own = (pod: Pod, state: EnvoyProxy, times: PrintTimes, scrapes: number): Exposition =>
      print(pod, state, style, times, scrapes);
    return new EnvoyRecorder({ dialect, path, style, print: own });
  };
}

const ADMIN = "stats/prometheus";

type Make = (workload: WorkloadSpec) => MeshProxy | null;

const PROXIES: Readonly<Record<WorkloadRole, Make>> = {
  sidecar: () => new IstioRecorder(),
  gateway: () => new IstioRecorder(),
  ambient: () => new AmbientRecorder(),
  waypoint: () => new IstioRecorder(),
  ztunnel: () => new ZtunnelRecorder(),
  envoy: envoy("envoy", "envoy", ADMIN, printEnvoy),
  edge: envoy("edge", "envoy", ADMIN, printEnvoy),
  linkerd: () => new LinkerdRecorder(),
  consul: envoy("consul", "consul", "metrics", printConsul),
  appmesh: envoy("appmesh", "appmesh", ADMIN, printAppMesh),
  serviceConnect: envoy("serviceConnect", "serviceConnect", ADMIN, printServiceConnect),
  unmeshed: () => null,
};

export function proxyOf(role: WorkloadRole, workload: WorkloadSpec): MeshProxy | null {
  return PROXIES[role](workload);
}
