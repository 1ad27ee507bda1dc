/** What a judge that means what another tool means said: its counters or score, and each of its checks. */
import type { RolloutDetail } from "../../lib/query/schema/rollouts.ts";
import { sig3 } from "../../lib/view/format.ts";
import { MODE_WORDS, VERDICT_LOOKS } from "../../lib/view/rollout/words.ts";
import { LookMark } from "../ui/StateMark.tsx";

type Judged = NonNullable<RolloutDetail["compatible"]>;

export function Compatible({ compatible: { mode, summary, checks } }: { readonly compatible: Judged }) {
  return (
    <div className="flex flex-col gap-1">
      <p>
        <span className="font-medium">{MODE_WORDS[mode]}</span>: {summary}
      </p>
      <ul>
        {checks.map(({ name, state, value, text }) => (
          <li key={name} className="flex flex-wrap items-baseline gap-x-3 border-t border-line py-1">
            <LookMark look={VERDICT_LOOKS[state]} />
            <span className="font-medium [overflow-wrap:anywhere]">{name}</span>
            <span className="text-quiet">
              {value === null ? "" : `${sig3(value)}, `}
              {text}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
