/**
 * How spans of every mesh name services, for the places of a trace's spans (lib/query/trace-services.ts). In: a span. Out:
 * claims, the mesh's own reading first: it knows Linkerd's pod labels and the names of Consul and App Mesh. A search asks
 * this of every span that is kept, again and again: what a span names is read once and kept as long as the span is, one
 * object for all that name the same.
 */
import { readSpan } from "../../lib/mesh/spans/read-span.ts";
import type { Endpoint } from "../../lib/model/identity.ts";
import type { Span } from "../../lib/model/span.ts";
import type { ServiceClaim, SpanNames } from "../../lib/query/directory.ts";
import { serviceClaims, upstreamClaim } from "../../lib/query/trace-services.ts";

function claimOf({ cluster, namespace, name }: Endpoint): ServiceClaim {
  return { name, ...(namespace === "" ? {} : { namespace }), ...(cluster === "" ? {} : { cluster }) };
}

interface Named {
  readonly claims: readonly ServiceClaim[];
  readonly upstream: ServiceClaim | undefined;
}

function read(span: Span): Named {
  const side = readSpan(span);
  const plain = serviceClaims(span);
  const peer = side?.role === "client" || side?.role === "producer" ? side.peer : undefined;
  return {
    claims: side === undefined || side.own.kind === "unknown" ? plain : [claimOf(side.own), ...plain],
    upstream: peer === undefined ? upstreamClaim(span) : claimOf(peer),
  };
}

/** Different names there are few of; a flood of them is not kept twice. */
const MAX_ALIKE = 10_000;

class ReadNames implements SpanNames {
  private readonly bySpan = new WeakMap<Span, Named>();
  private readonly alike = new Map<string, Named>();

  private named(span: Span): Named {
    const known = this.bySpan.get(span);
    if (known !== undefined) return known;
    const made = read(span);
    const key = JSON.stringify(made);
    const same = this.alike.get(key) ?? made;
    if (this.alike.size < MAX_ALIKE) this.alike.set(key, same);
    this.bySpan.set(span, same);
    return same;
  }

  claims(span: Span): readonly ServiceClaim[] {
    return this.named(span).claims;
  }

  upstream(span: Span): ServiceClaim | undefined {
    return this.named(span).upstream;
  }
}

export const meshSpanNames: SpanNames = new ReadNames();
