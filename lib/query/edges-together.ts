/**
 * Several edges into one node, or out of it, as one edge of the same facts would say it: counts and histograms merged,
 * shares from counts. In: facts and the node; out: the record of an edge. Requests and connections never meet in one.
 */
import { finish, type Sliced } from "../base/sliced.ts";
import type { EntityId } from "../model/identity.ts";
import type { EdgeFact } from "./edge-facts.ts";
import type { PresentContext } from "./merged-edge.ts";
import { detailSteps } from "./present-edge.ts";
import type { EdgeDetail, MergedDetail } from "./schema/graph.ts";
import { isActive } from "./view-graph.ts";
import type { Ids } from "./view-key.ts";

export interface Together {
  readonly self: EntityId;
  readonly ids: Ids;
  readonly context: PresentContext;
}

function* oneSteps(facts: readonly EdgeFact[], { self, ids, context }: Together): Sliced<EdgeDetail | null> {
  const [first] = facts;
  if (first === undefined) return null;
  const { protocol, layer } = first;
  const ends = { id: ids.edge(self, self, protocol, layer), source: self, target: self };
  return yield* detailSteps({ ...ends, protocol, layer, facts, active: facts.some(isActive) }, context);
}

const isRequest = ({ protocol }: EdgeFact): boolean => protocol !== "tcp";

/** Requests where there are any, else connections. */
export function together(facts: readonly EdgeFact[], of: Together): EdgeDetail | null {
  const requests = facts.filter(isRequest);
  return finish(oneSteps(requests.length > 0 ? requests : facts, of));
}

/** An edge without its ends: those of which it is made have them. */
function withoutEnds(edge: EdgeDetail | null): MergedDetail | null {
  if (edge === null) return null;
  const { id: _id, source: _source, target: _target, split: _split, ...merged } = edge;
  return merged;
}

/** Requests and connections, each by itself. */
export function* togetherSteps(facts: readonly EdgeFact[], of: Together) {
  const requests = yield* oneSteps(facts.filter(isRequest), of);
  const tcp = yield* oneSteps(
    facts.filter((fact) => !isRequest(fact)),
    of,
  );
  return { requests: withoutEnds(requests), tcp: withoutEnds(tcp) };
}
