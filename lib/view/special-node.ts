/** Nodes that are no workload: what such a node is, why it is in the picture, and what to do about it, in plain words. */
import type { NodeKind } from "../model/identity.ts";
import type { GraphNode } from "../query/schema/graph.ts";
import type { WordTable } from "./code-words.ts";
import { nodeReason } from "./evidence-words.ts";

const KIND_WORDS: Readonly<Partial<Record<NodeKind, string>>> = {
  unknown: "A caller or a callee without a name: not one workload, but all that could not be told apart.",
  passthrough: "Hosts that the mesh has no entry for and whose traffic it passes on unseen.",
  blackhole:
    "Where the mesh drops what it has no route for, or is not allowed to send. These requests arrived nowhere.",
  external: "A host outside the mesh. What stands here is what its callers saw.",
  gateway: "A proxy at the rim of the mesh: traffic comes in or leaves through it.",
  ingress: "Where traffic from outside enters the mesh.",
  waypoint: "A proxy of ambient mode that handles requests for the workloads behind it.",
};

const KIND_ADVICE: Readonly<Partial<Record<NodeKind, string>>> = {
  unknown: "Give the other side a proxy, or scrape the one it has.",
  passthrough: "Name the hosts in the mesh's registry; then each is a node of its own.",
  blackhole: "Look at its callers: each needs a route or an entry for the host it asks for, or should stop asking.",
  external: "Nothing, if it belongs there. If it is a service of yours, an alias in the configuration joins it to it.",
  gateway: "Nothing. Who calls it from outside the mesh has no name there and stands as unknown.",
  ingress: "Nothing. Who calls it from outside the mesh has no name there and stands as unknown.",
  waypoint: "Nothing. Its legs to and from the workloads are not drawn beside the calls that pass through it.",
};

/** By reason, where it says more than the kind does. */
export const NODE_ADVICE_WORDS: WordTable = {
  allow_any:
    "Find the hosts in the callers' logs and name each in a ServiceEntry. REGISTRY_ONLY as outboundTrafficPolicy stops the rest.",
  block_all: "Add a ServiceEntry or a route for the host that is asked for, or find out why somebody asks for it.",
  caller_by_identity:
    "Scrape the callers' proxies too; until then their identity in the edge's panel says who they are.",
  caller_not_named: "Give the callers a proxy, or add the one they have to the scrape targets.",
  caller_without_identity: "Put the callers into the mesh. With strict mutual TLS they would be refused.",
  egress_network: "Nothing, if the policy of the EgressNetwork is meant so. Deny there stops it.",
  database: "Nothing: databases seldom have a proxy. Its callers' spans are all that is known of it.",
  edge_limit: "Narrow what is scraped, or split the estate over several collectors.",
  inbound_passthrough:
    "Declare the port in the workload's Service, with its protocol in the name; then it has metrics of its own.",
  no_destination_workload:
    "Look at the hosts in the edge's panel: a Service without endpoints, or a name that nobody serves.",
  no_source_workload: "Give the callers a proxy. What comes from outside through a gateway stays without a name.",
  outside_address: "Find out whose address it is; a Service or an entry for it gives it a name.",
  outside_host:
    "Nothing, if it belongs there. If it is a service of yours, an alias in the configuration joins it to it.",
  series_limit: "Raise the limit of the source, or drop the label with too many values where it is made.",
  queue: "Nothing: it stands between those who send and those who take.",
  span_caller_missing:
    "Look whether the callers' exporter reaches the collector, and whether their sampler drops what the callee keeps.",
  span_host: "Nothing, if it belongs there. Spans of its own would make it a service.",
  span_peer_unknown: "Let the caller's instrumentation set server.address or peer.service.",
  span_service_unnamed: "Set OTEL_SERVICE_NAME, or service.name, where those spans are made.",
  service_entry: "Nothing: it is where the ServiceEntry says it is.",
};

export interface SpecialWords {
  readonly what: string;
  /** Empty where the answer gives no reason. */
  readonly why: string;
  readonly advice: string;
}

/** Undefined for what needs no explanation: workloads, services, apps, and boxes. */
export function specialWords({ kind, reason }: Pick<GraphNode, "kind" | "reason">): SpecialWords | undefined {
  const what = KIND_WORDS[kind];
  if (what === undefined && reason === undefined) return undefined;
  const code = reason?.split(":", 1)[0] ?? "";
  return {
    what: what ?? "",
    why: reason === undefined ? "" : nodeReason(reason),
    advice: NODE_ADVICE_WORDS[code] ?? KIND_ADVICE[kind] ?? "",
  };
}
