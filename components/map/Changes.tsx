"use client";
/** What changed since an earlier window, most changed first; choosing a change selects its node or edge. */
import { useState } from "react";
import type { Change, CompareAnswer } from "../../lib/query/schema/compare.ts";
import { AGAINST, AGAINST_WORDS, changeWords } from "../../lib/view/compare-view.ts";
import { nodesById } from "../../lib/view/estate.ts";
import { count, plain } from "../../lib/view/format.ts";
import { endLabel } from "../../lib/view/node-words.ts";
import { span } from "../../lib/view/time.ts";
import { useSelection } from "../data/use-selection.ts";
import { useViewState } from "../data/use-view-state.ts";
import { SameAs } from "../shell/SameAs.tsx";
import { Button } from "../ui/Button.tsx";
import { Pick } from "../ui/Pick.tsx";
import { Section } from "../ui/Section.tsx";
import { comparePath, useCompare } from "./use-compare.ts";

const OPTIONS = AGAINST.map((value) => ({ value, label: AGAINST_WORDS[value] }));
const FIRST = 12;
const MORE = 50;

function Rows({ answer }: { readonly answer: CompareAnswer }) {
  const [limit, setLimit] = useState(FIRST);
  const [, select] = useSelection();
  const nodes = nodesById(answer.nodes);
  const edges = new Map(answer.edges.map((edge) => [edge.id, edge]));
  const name = ({ of, id }: Change): string => {
    const edge = edges.get(id);
    if (of === "node" || edge === undefined) return endLabel(nodes, id);
    return `${endLabel(nodes, edge.source)} → ${endLabel(nodes, edge.target)}`;
  };
  const { changes } = answer;
  if (changes.length === 0) return <p className="text-quiet">Nothing changed beyond chance.</p>;
  return (
    <>
      <ol>
        {changes.slice(0, limit).map((change) => (
          <li key={`${change.id} ${change.kind}`}>
            <button
              type="button"
              onClick={() => select({ kind: change.of, id: change.id })}
              className="flex min-h-7 w-full flex-wrap items-center justify-between gap-x-3 border-b border-line py-0.5 text-left hover:bg-hover"
            >
              <span className="min-w-0 truncate">{name(change)}</span>
              <span className="text-quiet">{changeWords(change)}</span>
            </button>
          </li>
        ))}
      </ol>
      {changes.length > limit ? (
        <Button variant="ghost" onClick={() => setLimit(limit + MORE)} className="mt-1 self-start">
          Showing {plain(count(limit))} of {plain(count(changes.length))}: show more
        </Button>
      ) : null}
    </>
  );
}

export function Changes() {
  const { against, setAgainst, answer, failure } = useCompare();
  const [state] = useViewState();
  return (
    <Section title="What changed">
      <div className="flex">
        <Pick name="compared with" value={against} options={OPTIONS} onChange={setAgainst} />
      </div>
      {failure === null ? null : (
        <p className="pt-1 text-failing-text">
          The windows could not be compared: {failure.message} ({failure.code})
        </p>
      )}
      {against !== "off" && answer === undefined && failure === null ? (
        <p className="pt-1 text-quiet">Comparing…</p>
      ) : null}
      {answer === undefined ? null : (
        <>
          <p className="py-1 text-xs text-quiet">
            {span(answer.window.start, answer.window.end, Date.now())} against{" "}
            {span(answer.base.start, answer.base.end, Date.now())}; {plain(count(answer.added.length))} new,{" "}
            {plain(count(answer.removed.length))} gone
          </p>
          {answer.completeness.base.observedShare === 0 ? (
            <p className="text-quiet">Nothing was observed in the earlier window.</p>
          ) : (
            <Rows answer={answer} />
          )}
          {against === "off" ? null : <SameAs path={comparePath(state, against, answer.window.end)} />}
        </>
      )}
    </Section>
  );
}
