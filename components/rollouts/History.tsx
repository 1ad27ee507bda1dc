/** What happened to a rollout, newest first. */
import type { RolloutDetail } from "../../lib/query/schema/rollouts.ts";
import { clock, instant } from "../../lib/view/time.ts";
import { Section } from "../ui/Section.tsx";

export function History({ entries }: { readonly entries: RolloutDetail["history"] }) {
  return (
    <Section title="History">
      {entries.length === 0 ? <p className="text-quiet">Nobody did anything from here yet.</p> : null}
      <ol className="flex flex-col">
        {entries.map(({ atMs, type, text, actor, reason }) => (
          <li key={`${atMs} ${type} ${text}`} className="flex flex-col border-b border-line py-1 last:border-b-0">
            <span className="flex gap-2">
              <time
                title={instant(atMs)}
                dateTime={new Date(atMs).toISOString()}
                className="shrink-0 tabular-nums text-quiet"
              >
                {clock(atMs)}
              </time>
              <span className="min-w-0 [overflow-wrap:anywhere]">
                {actor === undefined ? "" : `${actor}: `}
                {text}
              </span>
            </span>
            {reason === undefined ? null : <span className="text-xs text-quiet">“{reason}”</span>}
          </li>
        ))}
      </ol>
    </Section>
  );
}
