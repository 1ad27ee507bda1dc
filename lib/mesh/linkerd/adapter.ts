/**
 * Linkerd's proxy, scraped at `:4191/metrics`: a Prometheus half and an OpenMetrics half in one body. In: one series and
 * what the scrape configuration says of the pod, which the proxy never prints. Out: meanings.
 *
 * Three families count the same requests: per endpoint (`outbound`: an edge with both ends and TLS), by route
 * (`outboundRoute`) and inbound. Inbound names no workload as caller, at most a service account: it is what nobody else
 * accounts for, callers without a proxy above all. `inbound_http_*` and `inbound_grpc_*` of routes repeat it without TLS
 * labels and are left alone. Endpoints of a balancer that are `pending` may be connecting, idle or ejected, so they are no
 * evidence of an open circuit.
 */
import type { TargetLabels } from "../../model/meaning.ts";
import type { Series } from "../../wire/exposition/parse-series.ts";
import { type Adapted, type MeshAdapter, means, NOTHING, refuses } from "../adapter.ts";
import { ownEnd } from "./ends.ts";
import { isLegacy, legacyMeanings } from "./legacy.ts";
import { isPolicy, policyMeanings } from "./policy.ts";
import { isProcess, processMeaning } from "./process.ts";
import { isRoute, routeMeanings } from "./routes.ts";

function adapt(series: Series, target: TargetLabels): Adapted {
  if (isProcess(series.name)) {
    const meaning = processMeaning(series);
    return meaning === undefined ? NOTHING : means(meaning);
  }
  const own = ownEnd(target);
  if (own === undefined) return refuses("no_target_labels");
  if (isPolicy(series.name)) return means(...policyMeanings(series, own));
  const meanings = isLegacy(series.name) ? legacyMeanings(series, own) : routeMeanings(series, own);
  return meanings === undefined ? refuses("bad_labels") : means(...meanings);
}

export const linkerdAdapter: MeshAdapter = {
  mesh: "linkerd",
  prefixes: [
    "request_total",
    "response_total",
    "response_latency_ms_",
    "tcp_",
    "outbound_",
    "inbound_",
    "identity_cert_",
    "control_identity_cert_",
    "process_start_time_seconds",
    "proxy_build_info",
    "issuer_cert_ttl_seconds",
  ],
  wants: (name) => isLegacy(name) || isRoute(name) || isPolicy(name) || isProcess(name),
  adapt,
};
