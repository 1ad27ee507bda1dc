"use client";
/** What changed since an earlier window, most changed first; choosing a change selects its node or edge. */
import { useState } from "react";
import type { Change, CompareAnswer } from "../../lib/query/schema/compare.ts";
import { AGAINST, AGAINST_WORDS, changeKinds, changeWords, isComparable } from "../../lib/view/compare-view.ts";
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
import { NotKnown } from "./NotKnown.tsx";
import { comparePath, useCompare } from "./use-compare.ts";

const OPTIONS = AGAINST.map((value) => ({ value, label: AGAINST_WORDS[value] }));
/** In the list where a window was marked on the strip. */
const MARKED = { value: "marked", label: "window A" } as const;
const ALL = "all";
const FIRST = 12;
const MORE = 50;

function Rows({ answer }: { readonly answer: CompareAnswer }) {
  const [limit, setLimit] = useState(FIRST);
  const [wanted, setWanted] = useState<string>(ALL);
  const [, select] = useSelection();
  const nodes = nodesById(answer.nodes);
  const edges = new Map(answer.edges.map((edge) => [edge.id, edge]));
  const name = ({ of, id }: Change): string => {
    const edge = edges.get(id);
    if (of === "node" || edge === undefined) return endLabel(nodes, id);
    return `${endLabel(nodes, edge.source)} → ${endLabel(nodes, edge.target)}`;
  };
  if (answer.changes.length === 0) return <p className="text-quiet">Nothing changed beyond chance.</p>;
  const kinds: { value: string; label: string }[] = changeKinds(answer.changes).map(({ kind, words }) => ({
    value: kind,
    label: words,
  }));
  const only = kinds.some(({ value }) => value === wanted) ? wanted : ALL;
  const changes = only === ALL ? answer.changes : answer.changes.filter(({ kind }) => kind === only);
  return (
    <>
      <div className="flex pb-1">
        <Pick
          name="show"
          value={only}
          options={[{ value: ALL, label: `all (${plain(count(answer.changes.length))})` }, ...kinds]}
          onChange={setWanted}
        />
      </div>
      <ol aria-label="What changed, most first">
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

/** Which windows were compared, and what was found. */
function Compared({ answer, isMarked }: { readonly answer: CompareAnswer; readonly isMarked: boolean }) {
  const { window, base, added, removed } = answer;
  const isSame = window.start === base.start && window.end === base.end;
  const [a, b] = isMarked ? ["A ", "B "] : ["", ""];
  return (
    <>
      <p className="py-1 text-xs text-quiet">
        {b}
        {span(window.start, window.end, Date.now())} against {a}
        {span(base.start, base.end, Date.now())}
        {isComparable(answer) ? `; ${plain(count(added.length))} new, ${plain(count(removed.length))} gone` : null}
      </p>
      <NotKnown answer={answer} isMarked={isMarked} />
      {isSame ? <p className="text-quiet">Both are the same window: choose another one on the strip below.</p> : null}
      {isComparable(answer) && !isSame ? <Rows answer={answer} /> : null}
    </>
  );
}

export function Changes() {
  const { against, base, setAgainst, isOn, answer, isRefreshing, failure } = useCompare();
  const [state] = useViewState();
  const options = base === null ? OPTIONS : [...OPTIONS, MARKED];
  return (
    <Section title="What changed">
      <div className="flex">
        <Pick
          name="compared with"
          value={typeof against === "string" ? against : MARKED.value}
          options={options}
          onChange={(next) => (next === MARKED.value ? undefined : setAgainst(next))}
        />
      </div>
      {against !== "off" && !isOn ? <p className="pt-1 text-quiet">Comparing waits until the replay is held.</p> : null}
      {failure === null ? null : (
        <p className="pt-1 text-failing-text">
          The windows could not be compared: {failure.message} ({failure.code})
        </p>
      )}
      {isOn && answer === undefined && failure === null ? <p className="pt-1 text-quiet">Comparing…</p> : null}
      {answer === undefined || against === "off" ? null : (
        <div aria-busy={isRefreshing} className={isRefreshing ? "opacity-55" : ""}>
          <Compared answer={answer} isMarked={base !== null} />
          <div className="pt-2">
            <SameAs path={comparePath(state, against, answer.window.end)} />
          </div>
        </div>
      )}
    </Section>
  );
}
