/**
 * The operations of one node, from traces: who called each, and what it called. In: whole traces, the node's services, the
 * graph's directory. Out: calls, each between two ends; operation-answer.ts makes a graph of them. Spans of proxies that
 * stand in front of an application are one call with the application's: the outermost span that answers, the innermost that
 * asks. A trace's first span answers a caller that nobody traced: it counts for the operation and makes no edge.
 */
import { type Identity, identityKey } from "../model/identity.ts";
import type { Span } from "../model/span.ts";
import type { GraphDirectory, ServiceRef, SpanNames } from "./directory.ts";
import { operationName } from "./operation-name.ts";
import { serverChildren } from "./trace-places.ts";
import { PLAIN_NAMES, resolveClaim, resolveSpan, spanFits } from "./trace-services.ts";
import { type TraceTree, traceTree } from "./trace-tree.ts";

/** One end of a call: a node of the answer. */
export interface CallEnd {
  readonly identity: Identity;
  /** The id that the graph has for it in the `service` view; made from the identity where it has none. */
  readonly nodeId?: string;
  readonly service?: string;
  readonly reason?: string;
}

export interface Call {
  /** Null where nobody traced who called. */
  readonly source: CallEnd | null;
  readonly target: CallEnd;
  readonly protocol: "http" | "grpc";
  readonly durationMs: number;
  readonly failed: boolean;
}

const ANSWERS = new Set<Span["kind"]>(["server", "consumer"]);
const ASKS = new Set<Span["kind"]>(["client", "producer"]);
const PEERS = ["peer.service", "server.address", "net.peer.name", "db.system.name", "db.system", "messaging.system"];

function ofService(ref: ServiceRef): CallEnd {
  const { cluster, namespace, name, nodeId } = ref;
  return { identity: { cluster, namespace, kind: "service", name }, nodeId, service: name };
}

/** The peer that a span of a call names, where no span of the other side came. */
function namedPeer(span: Span): CallEnd {
  for (const key of PEERS) {
    const value = span.attributes.get(key);
    if (typeof value !== "string" || value === "") continue;
    return { identity: { cluster: "", namespace: "", kind: "external", name: value }, reason: "span_host" };
  }
  return { identity: { cluster: "", namespace: "", kind: "unknown", name: "" }, reason: "span_peer_unknown" };
}

const protocolOf = (span: Span): Call["protocol"] =>
  span.attributes.get("rpc.system") === "grpc" || span.attributes.get("rpc.system.name") === "grpc" ? "grpc" : "http";

class TraceReader {
  private readonly tree: TraceTree;
  private readonly own: Uint8Array;
  private readonly directory: GraphDirectory;
  private readonly services: readonly ServiceRef[];
  private readonly names: SpanNames;

  constructor(spans: readonly Span[], services: readonly ServiceRef[], directory: GraphDirectory) {
    this.tree = traceTree(spans);
    this.directory = directory;
    this.services = services;
    this.names = directory.names ?? PLAIN_NAMES;
    this.own = Uint8Array.from(spans, (span) => (services.some((one) => spanFits(span, one, this.names)) ? 1 : 0));
  }

  private parent(i: number): number {
    return this.tree.parents[i] ?? -1;
  }

  /** By span of the node: the outermost of its spans above it, itself included, that answers; -1 where none does. */
  private operations(): Int32Array {
    const { spans } = this.tree;
    const UNSEEN = -2;
    const found = new Int32Array(spans.length).fill(UNSEEN);
    for (let start = 0; start < spans.length; start++) {
      const chain: number[] = [];
      let above = -1;
      for (let at = start; at >= 0 && this.own[at] === 1; at = this.parent(at)) {
        const known = found[at] ?? UNSEEN;
        if (known !== UNSEEN) {
          above = known;
          break;
        }
        // A cycle that meets a walk under way stops here.
        found[at] = -1;
        chain.push(at);
      }
      for (const at of chain.reverse()) {
        if (above < 0 && this.isAnswer(at)) above = at;
        found[at] = above;
      }
    }
    return found;
  }

  private isAnswer(i: number): boolean {
    const kind = this.tree.spans[i]?.kind ?? "client";
    return ANSWERS.has(kind) || (this.parent(i) < 0 && !ASKS.has(kind));
  }

  private serviceOf(span: Span): CallEnd {
    const ref = resolveSpan(this.directory, span, this.names);
    if (ref !== undefined) return ofService(ref);
    return { identity: { cluster: "", namespace: "", kind: "service", name: span.service }, service: span.service };
  }

  /** The nearest span above that is not the node's. */
  private callerOf(i: number): CallEnd | null {
    const seen = new Set<number>();
    for (let at = this.parent(i); at >= 0 && !seen.has(at); at = this.parent(at)) {
      seen.add(at);
      const span = this.tree.spans[at];
      if (span !== undefined && this.own[at] !== 1) return this.serviceOf(span);
    }
    return null;
  }

  private operationOf(span: Span): CallEnd {
    const service = this.services.find((one) => spanFits(span, one, this.names)) ?? this.services[0];
    const { cluster = "", namespace = "", name = span.service } = service ?? {};
    const identity: Identity = { cluster, namespace, kind: "operation", name: operationName(span) };
    return { identity, service: name };
  }

  private calleeOf(child: number, span: Span): CallEnd {
    const below = this.tree.spans[child];
    if (below !== undefined) return this.serviceOf(below);
    const upstream = this.names.upstream(span);
    const ref = upstream === undefined ? undefined : resolveClaim(this.directory, upstream);
    return ref === undefined ? namedPeer(span) : ofService(ref);
  }

  *calls(): Generator<Call> {
    const { spans } = this.tree;
    const operations = this.operations();
    const children = serverChildren(this.tree);
    const hasOwnCall = new Uint8Array(spans.length);
    spans.forEach((span, i) => {
      const parent = this.parent(i);
      if (parent >= 0 && this.own[i] === 1 && ASKS.has(span.kind) && ASKS.has(spans[parent]?.kind ?? "internal"))
        hasOwnCall[parent] = 1;
    });
    for (const [i, span] of spans.entries()) {
      const operation = spans[operations[i] ?? -1];
      if (this.own[i] !== 1 || operation === undefined) continue;
      const told = {
        protocol: protocolOf(span),
        durationMs: Number(span.durationNs) / 1e6,
        failed: span.status === "error",
      };
      if (operations[i] === i) yield { source: this.callerOf(i), target: this.operationOf(span), ...told };
      else if (ASKS.has(span.kind) && hasOwnCall[i] === 0)
        yield { source: this.operationOf(operation), target: this.calleeOf(children[i] ?? -1, span), ...told };
    }
  }
}

export function* operationCalls(
  traces: readonly (readonly Span[])[],
  services: readonly ServiceRef[],
  directory: GraphDirectory,
): Generator<Call> {
  for (const spans of traces) yield* new TraceReader(spans, services, directory).calls();
}

/** Equal for the same node of the answer. An operation is one of its service. */
export const endKey = ({ identity, nodeId, service }: CallEnd): string =>
  nodeId ?? `${identity.kind === "operation" ? (service ?? "") : ""}\n${identityKey(identity)}`;
