/**
 * What Consul's agents and servers say, scraped at `/v1/agent/metrics?format=prometheus`. In: one series. Out: the time left
 * of the mesh's authority and of the agent, and the build. Units: seconds left. Gauges have the host's name in theirs unless
 * `disable_hostname` is set: `consul_server_0_mesh_active_root_ca_expiry`. Only the leader knows the authority; followers
 * print NaN. Not handled: streams and connections of xDS, dataplane gauges: the graph has no place for them.
 */
import type { SeriesMeaning } from "../../model/meaning.ts";
import type { Series } from "../../wire/exposition/parse-series.ts";

const EXPIRY = /^consul_(?:.+_)?(mesh_active_root_ca|mesh_active_signing_ca|agent_tls_cert)_expiry$/;
const BUILD = "consul_version";

const CERTIFICATES: ReadonlyMap<string, { readonly name: string; readonly role: "root" | "issuer" | "leaf" }> = new Map(
  [
    ["mesh_active_root_ca", { name: "mesh root", role: "root" }],
    ["mesh_active_signing_ca", { name: "mesh signing authority", role: "issuer" }],
    ["agent_tls_cert", { name: "agent", role: "leaf" }],
  ],
);

export function isAgentStat(name: string): boolean {
  return name === BUILD || EXPIRY.test(name);
}

export function agentMeaning(series: Series): SeriesMeaning | undefined {
  if (series.name === BUILD) {
    const version = series.labels.get("version") ?? "";
    return version === "" ? undefined : { kind: "build", version };
  }
  const certificate = CERTIFICATES.get(EXPIRY.exec(series.name)?.[1] ?? "");
  return certificate === undefined ? undefined : { kind: "certificateSeconds", ...certificate };
}
