/**
 * What happened, as marks on a time axis. In: the audit and the logs of our own rollouts; out: acts, writes, verdicts, how
 * traffic followed, how rollouts ended: oldest first, those that the asker may see.
 */
import { historyOf } from "../../lib/control/present/history.ts";
import type { RolloutEvent } from "../../lib/control/rollout/events.ts";
import type { RolloutState } from "../../lib/control/rollout/state.ts";
import { isAllowed, type Subject } from "../../lib/query/access.ts";
import type { AuditEntry } from "../../lib/query/schema/audit.ts";
import type { EventQuery, Mark } from "../../lib/query/schema/events.ts";

export interface Logged {
  readonly state: RolloutState;
  readonly events: readonly RolloutEvent[];
  readonly mesh: Mark["mesh"];
}

const LOGGED: Readonly<Partial<Record<RolloutEvent["type"], string>>> = {
  started: "started",
  judged: "verdict",
  shiftSeen: "shift",
  foreignWrite: "foreignWrite",
  finished: "finished",
};

function ofLog({ state, events, mesh }: Logged): Mark[] {
  const { definition } = state;
  const target = definition.routes[0]?.target;
  // Newest first there.
  const texts = historyOf(events, definition).toReversed();
  return events.flatMap((event, i): Mark[] => {
    const kind = LOGGED[event.type];
    if (kind === undefined) return [];
    return [
      {
        ...{ id: `${definition.id}-${i}`, atMs: event.atMs, kind, mesh, service: definition.service },
        ...{ cluster: target?.cluster ?? "", namespace: target?.namespace ?? "", rollout: definition.id },
        text: `${definition.name}: ${texts[i]?.text ?? event.type}`,
      },
    ];
  });
}

function ofAudit(entry: AuditEntry, service: string | null): Mark {
  const isWrite = entry.action === "write" || entry.action === "writeBack";
  const { id, atMs, mesh, cluster, namespace, rollout, actor, outcome, action, reason, object, after } = entry;
  const text = isWrite ? `${object}: ${after ?? ""}` : `${action} by ${actor}: ${reason}`;
  return {
    ...{ id, atMs, kind: isWrite ? "write" : "action", mesh, cluster, namespace, service, rollout },
    text,
    actor,
    outcome,
  };
}

export interface MarkSources {
  readonly audit: readonly AuditEntry[];
  readonly logs: readonly Logged[];
}

export function marksOf(
  { audit, logs }: MarkSources,
  subject: Subject,
  query: EventQuery,
): { readonly events: Mark[]; readonly truncated: boolean } {
  const services = new Map(logs.map(({ state: { definition } }) => [definition.id, definition.service] as const));
  const among = (wanted: readonly string[] | undefined, value: string | null): boolean =>
    wanted === undefined || wanted.length === 0 || (value !== null && wanted.includes(value));
  const isAsked = (mark: Mark): boolean =>
    (query.start === undefined || mark.atMs >= query.start) &&
    (query.end === undefined || mark.atMs < query.end) &&
    among(query.mesh, mark.mesh) &&
    among(query.cluster, mark.cluster) &&
    among(query.namespace, mark.namespace) &&
    among(query.service, mark.service) &&
    among(query.kind, mark.kind);
  const mayRead = ({ mesh, cluster, namespace }: Mark): boolean =>
    isAllowed(subject, "viewer", { ...(mesh === null ? {} : { mesh }), cluster, namespace });
  const all = [
    ...audit.map((entry) => ofAudit(entry, services.get(entry.rollout ?? "") ?? null)),
    ...logs.flatMap(ofLog),
  ]
    .filter((mark) => isAsked(mark) && mayRead(mark))
    .sort((a, b) => a.atMs - b.atMs || (a.id < b.id ? -1 : 1));
  return { events: all.slice(-query.limit), truncated: all.length > query.limit };
}
