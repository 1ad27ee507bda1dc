"use client";
/** Find by name: how many match, and steps from one to the next. On the map a step selects the match. */
import { ChevronLeft, ChevronRight, Search } from "lucide-react";
import { usePathname } from "next/navigation";
import type { KeyboardEvent } from "react";
import { findMatches, stepMatch } from "../../lib/view/find.ts";
import { useGraph } from "../data/use-graph.ts";
import { useSelection } from "../data/use-selection.ts";
import { useViewState } from "../data/use-view-state.ts";
import { IconButton } from "../ui/IconButton.tsx";
import { Kbd } from "../ui/Kbd.tsx";

export const FIND_ID = "find";

export function FindBox() {
  const [state, update] = useViewState();
  const { graph } = useGraph();
  const onMap = usePathname() === "/";
  const [selection, select] = useSelection();
  const matches = findMatches(graph?.nodes ?? [], state.find);
  const at = matches.length === 0 ? 0 : Math.min(state.match, matches.length - 1);
  const step = (by: -1 | 1) => {
    const shown = selection?.kind === "node" && matches.includes(selection.id);
    const next = shown || !onMap ? stepMatch(at, by, matches.length) : at;
    update({ match: next });
    const id = matches[next];
    if (onMap && id !== undefined) select({ kind: "node", id });
  };
  const keys = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === "Enter") step(event.shiftKey ? -1 : 1);
    if (event.key !== "Escape") return;
    event.stopPropagation();
    if (state.find === "") event.currentTarget.blur();
    else update({ find: "", match: 0 });
  };
  const words = matches.length === 1 ? "1 match" : `${matches.length} matches`;
  return (
    <search className="flex h-[30px] min-w-40 flex-1 items-center gap-1.5 rounded-md border border-line bg-panel pl-2.5 pr-0.5">
      <Search size={14} aria-hidden="true" className="shrink-0 text-quiet" />
      <input
        id={FIND_ID}
        type="search"
        aria-label="Find by name"
        aria-keyshortcuts="/"
        placeholder="Find by name"
        value={state.find}
        onChange={(event) => update({ find: event.target.value, match: 0 })}
        onKeyDown={keys}
        className="h-full min-w-0 flex-1 bg-transparent outline-none [&::-webkit-search-cancel-button]:hidden"
      />
      {state.find === "" ? (
        <span className="hidden pr-2 sm:block">
          <Kbd>/</Kbd>
        </span>
      ) : (
        <>
          <output aria-live="polite" className="whitespace-nowrap text-xs text-quiet">
            {matches.length > 0 && state.match > 0 ? `${at + 1} of ${words}` : words}
          </output>
          <IconButton
            label="Previous match"
            icon={<ChevronLeft size={14} />}
            disabled={matches.length === 0}
            onClick={() => step(-1)}
          />
          <IconButton
            label="Next match"
            icon={<ChevronRight size={14} />}
            disabled={matches.length === 0}
            onClick={() => step(1)}
          />
        </>
      )}
    </search>
  );
}
