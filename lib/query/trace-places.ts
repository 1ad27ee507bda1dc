/**
 * The graph's node and edge of every span of a trace. In: spans, directory. Out: ids in the `service` view, by index.
 * An edge runs from the service of the client side to that of the server side: a server span takes the nearest ancestor
 * of another service as its client; a client span takes its server child, else what its upstream cluster names.
 */
import type { Span } from "../model/span.ts";
import type { GraphDirectory, ServiceRef, SpanNames } from "./directory.ts";
import type { GraphPlace } from "./trace-json.ts";
import { PLAIN_NAMES, resolveClaim, resolveSpan, spanFits } from "./trace-services.ts";
import { type TraceTree, traceTree } from "./trace-tree.ts";

/**
 * For every span the index of its nearest ancestor of another service, or -1. Each step up is shared by all spans below
 * it, so the whole is linear; the guard on steps ends cycles.
 */
export function foreignAncestors(tree: TraceTree): Int32Array {
  const { spans, parents } = tree;
  const UNSEEN = -2;
  const answers = new Int32Array(spans.length).fill(UNSEEN);
  for (let start = 0; start < spans.length; start++) {
    const chain: number[] = [];
    let answer = -1;
    for (let at = start; at >= 0; at = parents[at] ?? -1) {
      const known = answers[at] ?? UNSEEN;
      if (known !== UNSEEN) {
        answer = known;
        break;
      }
      // -1 while the walk is under way: a cycle that meets it stops here.
      answers[at] = -1;
      chain.push(at);
      const parent = parents[at] ?? -1;
      if (parent >= 0 && spans[parent]?.service !== spans[at]?.service) {
        answer = parent;
        break;
      }
    }
    for (const at of chain) answers[at] = answer;
  }
  return answers;
}

/** For every client span the index of its first server child of another service, or -1. */
export function serverChildren(tree: TraceTree): Int32Array {
  const { spans, parents } = tree;
  const children = new Int32Array(spans.length).fill(-1);
  spans.forEach((span, i) => {
    const parent = parents[i] ?? -1;
    const above = parent < 0 ? undefined : spans[parent];
    const crosses = above !== undefined && span.kind === "server" && above.service !== span.service;
    if (crosses && children[parent] === -1) children[parent] = i;
  });
  return children;
}

const CALLS = new Set<Span["kind"]>(["client", "producer"]);

class Places {
  private readonly directory: GraphDirectory;
  private readonly tree: TraceTree;
  private readonly refs: readonly (ServiceRef | undefined)[];
  private readonly names: SpanNames;

  constructor(directory: GraphDirectory, tree: TraceTree) {
    this.directory = directory;
    this.tree = tree;
    this.names = directory.names ?? PLAIN_NAMES;
    this.refs = tree.spans.map((span) => resolveSpan(directory, span, this.names));
  }

  private between(source: ServiceRef | undefined, target: ServiceRef | undefined): string | undefined {
    return source === undefined || target === undefined ? undefined : this.directory.edgeBetween(source, target);
  }

  private edge(i: number, ancestor: number, child: number): string | undefined {
    const span = this.tree.spans[i];
    if (span?.kind === "server" || span?.kind === "consumer") return this.between(this.refs[ancestor], this.refs[i]);
    if (span === undefined || !CALLS.has(span.kind)) return undefined;
    if (child >= 0) return this.between(this.refs[i], this.refs[child]);
    const upstream = this.names.upstream(span);
    return upstream === undefined ? undefined : this.between(this.refs[i], resolveClaim(this.directory, upstream));
  }

  all(): GraphPlace[] {
    const ancestors = foreignAncestors(this.tree);
    const children = serverChildren(this.tree);
    return this.tree.spans.map((_, i) => {
      const node = this.refs[i]?.nodeId;
      const edge = this.edge(i, ancestors[i] ?? -1, children[i] ?? -1);
      return { ...(node === undefined ? {} : { node }), ...(edge === undefined ? {} : { edge }) };
    });
  }
}

export function graphPlaces(directory: GraphDirectory, spans: readonly Span[]): GraphPlace[] {
  return new Places(directory, traceTree(spans)).all();
}

/**
 * Spans of an edge, for a search: those of the target whose nearest ancestor of another service is the source, and client
 * spans of the source that name the target as upstream and have no server span below.
 */
export function spansBetween(
  spans: readonly Span[],
  { source, target }: { readonly source: ServiceRef; readonly target: ServiceRef },
  names: SpanNames = PLAIN_NAMES,
): boolean[] {
  const tree = traceTree(spans);
  const ancestors = foreignAncestors(tree);
  const children = serverChildren(tree);
  return spans.map((span, i) => {
    const above = spans[ancestors[i] ?? -1];
    if (above !== undefined && spanFits(span, target, names) && spanFits(above, source, names)) return true;
    if (!CALLS.has(span.kind) || (children[i] ?? -1) >= 0 || !spanFits(span, source, names)) return false;
    const upstream = names.upstream(span);
    return upstream?.name === target.name && (upstream.namespace ?? target.namespace) === target.namespace;
  });
}
