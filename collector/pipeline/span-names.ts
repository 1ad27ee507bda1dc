/**
 * How spans of every mesh name services, for the places of a trace's spans (lib/query/trace-services.ts). In: a span. Out:
 * claims, the mesh's own reading first: it knows Linkerd's pod labels and the names of Consul and App Mesh.
 */
import { readSpan } from "../../lib/mesh/spans/read-span.ts";
import type { Endpoint } from "../../lib/model/identity.ts";
import type { ServiceClaim, SpanNames } from "../../lib/query/directory.ts";
import { serviceClaims, upstreamClaim } from "../../lib/query/trace-services.ts";

function claimOf({ cluster, namespace, name }: Endpoint): ServiceClaim {
  return { name, ...(namespace === "" ? {} : { namespace }), ...(cluster === "" ? {} : { cluster }) };
}

export const meshSpanNames: SpanNames = {
  claims(span) {
    const side = readSpan(span);
    return side === undefined || side.own.kind === "unknown"
      ? serviceClaims(span)
      : [claimOf(side.own), ...serviceClaims(span)];
  },
  upstream(span) {
    const side = readSpan(span);
    const named = side?.role === "client" || side?.role === "producer" ? side.peer : undefined;
    return named === undefined ? upstreamClaim(span) : claimOf(named);
  },
};
