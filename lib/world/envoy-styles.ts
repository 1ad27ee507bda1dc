/** The style of the Envoy beside an app, by role. Null for roles whose proxy is no Envoy, or one that Istio names. */
import { appMeshStyle, serviceConnectStyle } from "./appmesh-style.ts";
import { consulStyle } from "./consul-style.ts";
import { type EnvoyStyle, STOCK_STYLE } from "./envoy-style.ts";
import type { WorkloadRole, WorkloadSpec } from "./spec.ts";

export function styleOf(role: WorkloadRole, workload: WorkloadSpec): EnvoyStyle | null {
  switch (role) {
    case "envoy":
    case "edge":
      return STOCK_STYLE;
    case "consul":
      return consulStyle(workload);
    case "appmesh":
      return appMeshStyle(workload);
    case "serviceConnect":
      return serviceConnectStyle(workload);
    default:
      return null;
  }
}
