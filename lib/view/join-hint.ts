/**
 * What would join a node that stands outside to the service of another mesh. In: a node with its edges and neighbours. Out:
 * a sentence and lines for meshscope.yaml with what is known filled in; undefined for a node that needs none.
 */
import type { NodeAnswer } from "../query/schema/graph.ts";

export interface JoinHint {
  readonly words: string;
  readonly snippet: string;
}

/** A text as YAML's double-quoted style has it. */
const quoted = (text: string): string => JSON.stringify(text);

function aliasLine(parts: Readonly<Record<"host" | "cluster" | "namespace" | "service", string>>): string {
  const { host, cluster, namespace, service } = parts;
  const fields = [
    `host: ${quoted(host)}`,
    // Left out, any cluster or namespace fits, if exactly one service does.
    ...(cluster === "" ? [] : [`cluster: ${quoted(cluster)}`]),
    ...(namespace === "" ? [] : [`namespace: ${quoted(namespace)}`]),
    `service: ${quoted(service)}`,
  ];
  return `aliases:\n  - {${fields.join(", ")}}`;
}

function ofHost({ node, inbound }: NodeAnswer): JoinHint {
  const arrived = inbound.some((edge) => edge.evidence.note === "not_arrived");
  const blank = { cluster: "<its cluster>", namespace: "<its namespace>", service: "<its service>" };
  const snippet = aliasLine({ host: node.name, ...blank });
  if (!arrived) {
    const words = "If another of your meshes serves this host, name the service: then these calls are an edge to it.";
    return { words, snippet };
  }
  const words =
    "This host is named as a service of another mesh, but its proxies saw these calls from nobody, or from others. " +
    "Where a gateway stands in between, name the gateway's service instead.";
  return { words, snippet };
}

function ofCallers({ outbound, neighbours }: NodeAnswer): JoinHint | undefined {
  const [called, another] = neighbours.filter((node) => outbound.some((edge) => edge.target === node.id));
  if (called === undefined) return undefined;
  const known = another === undefined;
  const snippet = aliasLine({
    host: "<the host that they call>",
    cluster: known ? called.cluster : "<its cluster>",
    namespace: known ? called.namespace : "<its namespace>",
    service: known ? (called.service ?? called.name) : "<its service>",
  });
  const words = "If workloads of another mesh call here, their calls stand at an external host: name its service.";
  return { words, snippet };
}

export function joinHint(answer: NodeAnswer): JoinHint | undefined {
  if (answer.node.kind === "external") return ofHost(answer);
  return answer.node.kind === "unknown" ? ofCallers(answer) : undefined;
}
