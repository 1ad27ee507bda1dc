"use client";
/** The collectors of a cluster in a line each: who is there, how old what is shown of them is, which one acts on meshes. */
import type { Member } from "../../lib/query/schema/estate.ts";
import { age, plain } from "../../lib/view/format.ts";
import { useMeta } from "../data/queries.ts";

const STATES: Readonly<Record<Member["state"], string>> = {
  self: "this one",
  up: "up",
  silent: "silent",
  down: "down: the others have taken over",
};

function MemberLine({ member, control }: { readonly member: Member; readonly control: boolean }) {
  const { name, state, heardMsAgo, partAgeMs } = member;
  const isAway = state === "silent" || state === "down";
  return (
    <li className="flex items-baseline gap-2 text-xs">
      <span className="font-medium">{name}</span>
      <span className={isAway ? "text-failing-text" : "text-quiet"}>{STATES[state]}</span>
      {isAway && heardMsAgo !== null ? (
        <span className="text-quiet tabular-nums">heard {plain(age(heardMsAgo))} ago</span>
      ) : null}
      {partAgeMs === null ? null : (
        <span className="text-quiet tabular-nums">its part is {plain(age(partAgeMs))} old</span>
      )}
      {control ? <span className="text-quiet">acts on meshes</span> : null}
    </li>
  );
}

/** Nothing where a collector is alone. */
export function MembersCard() {
  const { data } = useMeta();
  const cluster = data?.cluster;
  if (cluster === undefined) return null;
  return (
    <section aria-labelledby="members" className="border-b border-line px-3 py-2">
      <h2 id="members" className="pb-1 text-xs font-semibold text-quiet">
        Members
      </h2>
      <ul>
        {cluster.members.map((member) => (
          <MemberLine key={member.name} member={member} control={member.name === cluster.control} />
        ))}
      </ul>
    </section>
  );
}
