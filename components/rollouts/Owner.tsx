"use client";
/** Who writes the route, by what it is known, and who may write it back: with what to put into Git, before any click. */
import type { RolloutDetail } from "../../lib/query/schema/rollouts.ts";
import { OWNER_WORDS, REVERTER_WORDS, revertsWords } from "../../lib/view/rollout/words.ts";
import { CodeLine } from "../ui/CodeLine.tsx";
import { Section } from "../ui/Section.tsx";

export function Owner({ rollout: { owner, reverters } }: { readonly rollout: RolloutDetail }) {
  return (
    <Section title="Who writes it">
      <p>
        {OWNER_WORDS[owner.kind]}
        {owner.ref === null ? "" : `: ${owner.ref}`}
      </p>
      {owner.evidence.length === 0 ? null : <p className="text-quiet">known by: {owner.evidence.join("; ")}</p>}
      {reverters.map(({ kind, ref, reverts, evidence, snippet }) => (
        <div key={`${kind} ${ref}`} className="flex flex-col gap-1 pt-2">
          <p className={reverts === false ? undefined : "text-degraded-text"}>
            {REVERTER_WORDS[kind]} {ref}: {revertsWords(reverts)}
          </p>
          {evidence.length === 0 ? null : <p className="text-quiet">known by: {evidence.join("; ")}</p>}
          {snippet === null ? null : (
            <>
              <p className="text-quiet">Put this into Git, so that both live together:</p>
              <CodeLine text={snippet} label="the snippet" />
            </>
          )}
        </div>
      ))}
    </Section>
  );
}
