"use client";
/**
 * Find. On the map it is an expression over nodes and edges: how many match, steps from one to the next (each selects its
 * match), and whether the rest is dimmed or left out. On other pages it is text that their lists look for.
 */
import { ChevronLeft, ChevronRight, Search } from "lucide-react";
import { usePathname } from "next/navigation";
import { type KeyboardEvent, useId, useMemo } from "react";
import { findMatches, stepMatch } from "../../lib/view/find.ts";
import { graphVocabulary } from "../../lib/view/find-graph.ts";
import type { FindMode } from "../../lib/view/url-state.ts";
import { useFind } from "../data/use-find.ts";
import { useGraph } from "../data/use-graph.ts";
import { useSelection } from "../data/use-selection.ts";
import { useViewState } from "../data/use-view-state.ts";
import { cx } from "../ui/cx.ts";
import { IconButton } from "../ui/IconButton.tsx";
import { Kbd } from "../ui/Kbd.tsx";
import { Pick } from "../ui/Pick.tsx";
import { FindField } from "./FindField.tsx";
import { FindHelp } from "./FindHelp.tsx";

const MODES: readonly { readonly value: FindMode; readonly label: string }[] = [
  { value: "mark", label: "highlight" },
  { value: "only", label: "show only" },
  { value: "hide", label: "hide" },
];

/** Of a large estate that is a walk through 20,000 edges, for each answer: made where somebody types. */
function onceAsked<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

function useMatches(onMap: boolean) {
  const [{ find }] = useViewState();
  const { graph } = useGraph();
  const found = useFind(onMap ? graph : undefined);
  const names = useMemo(
    () => (onMap ? [] : findMatches(graph?.nodes ?? [], find).map((id) => ({ kind: "node", id }) as const)),
    [onMap, graph, find],
  );
  const vocabulary = useMemo(
    () => (onMap && graph !== undefined ? onceAsked(() => graphVocabulary(graph)) : null),
    [onMap, graph],
  );
  return { matches: onMap ? (found?.matches ?? []) : names, fault: found?.fault ?? null, vocabulary };
}

function Steps({ words, at, isNone, onStep }: StepsProps) {
  return (
    <>
      <output aria-live="polite" className="whitespace-nowrap text-xs text-quiet">
        {at === null ? words : `${at + 1} of ${words}`}
      </output>
      <IconButton
        label="Previous match"
        icon={<ChevronLeft size={14} />}
        disabled={isNone}
        onClick={() => onStep(-1)}
      />
      <IconButton label="Next match" icon={<ChevronRight size={14} />} disabled={isNone} onClick={() => onStep(1)} />
    </>
  );
}

interface StepsProps {
  readonly words: string;
  readonly at: number | null;
  readonly isNone: boolean;
  readonly onStep: (by: -1 | 1) => void;
}

export function FindBox() {
  const [state, update] = useViewState();
  const onMap = usePathname() === "/";
  const [selection, select] = useSelection();
  const { matches, fault, vocabulary } = useMatches(onMap);
  const faultId = useId();
  const at = matches.length === 0 ? 0 : Math.min(state.match, matches.length - 1);
  const step = (by: -1 | 1) => {
    const shown = selection !== null && matches.some(({ kind, id }) => kind === selection.kind && id === selection.id);
    const next = shown || !onMap ? stepMatch(at, by, matches.length) : at;
    update({ match: next });
    const target = matches[next];
    if (onMap && target !== undefined) select(target);
  };
  const keys = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === "Enter") step(event.shiftKey ? -1 : 1);
    if (event.key !== "Escape") return;
    event.stopPropagation();
    if (state.find === "") event.currentTarget.blur();
    else update({ find: "", match: 0 });
  };
  const label = onMap ? "Find, as in: error > 1%" : "Find by name";
  const isSought = state.find !== "";
  return (
    <search className="relative flex min-h-[30px] min-w-60 flex-1 flex-wrap items-center justify-end gap-x-1.5 rounded-md border border-line bg-panel pl-2.5 pr-0.5 focus-within:border-accent">
      <div className={cx("flex h-7 flex-1 items-center gap-1.5", isSought ? "min-w-52" : "min-w-0")}>
        <Search size={14} aria-hidden="true" className="shrink-0 text-quiet" />
        <FindField
          {...{ value: state.find, label, fault, faultId, vocabulary }}
          onChange={(find) => update({ find, match: 0 })}
          onKey={keys}
        />
        {isSought ? null : (
          // The words of a window that stands need the room.
          <span className={cx("hidden pr-1", state.time.kind === "live" ? "xl:block" : "2xl:block")}>
            <Kbd>/</Kbd>
          </span>
        )}
        {onMap ? <FindHelp onChoose={(find) => update({ find, match: 0 })} /> : null}
      </div>
      {isSought ? (
        <div className="flex min-h-7 items-center gap-1.5">
          {fault === null ? (
            <Steps
              words={matches.length === 1 ? "1 match" : `${matches.length} matches`}
              at={matches.length > 0 && state.match > 0 ? at : null}
              isNone={matches.length === 0}
              onStep={step}
            />
          ) : null}
          {onMap ? (
            <Pick
              {...{ name: "matches", value: state.findMode, options: MODES, isNamed: false }}
              onChange={(findMode) => update({ findMode })}
            />
          ) : null}
        </div>
      ) : null}
      {fault === null || !isSought ? null : (
        <p
          id={faultId}
          role="status"
          className="absolute left-0 top-full z-30 mt-1.5 max-w-full rounded-md border border-line bg-panel px-2 py-1 text-sm text-failing-text shadow-overlay"
        >
          {fault.message}
        </p>
      )}
    </search>
  );
}
