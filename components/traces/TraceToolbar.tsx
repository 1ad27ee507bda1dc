"use client";
/** Find within the trace, errors only, fold and unfold all, zoom back. Says how much is shown of what there is. */
import { ChevronDown, ChevronsDownUp, ChevronsUpDown, ChevronUp, Search } from "lucide-react";
import type { KeyboardEvent } from "react";
import type { TraceTree } from "../../lib/view/trace/build-trace.ts";
import { ALL_CLOSED, ALL_OPEN } from "../../lib/view/trace/fold.ts";
import { isWhole, wholeRange } from "../../lib/view/trace/time-axis.ts";
import { counted, usText } from "../../lib/view/trace/trace-words.ts";
import { SameAsButton } from "../shell/SameAs.tsx";
import { Button } from "../ui/Button.tsx";
import { IconButton } from "../ui/IconButton.tsx";
import { Kbd } from "../ui/Kbd.tsx";
import type { TraceFind } from "./use-trace-find.ts";
import type { TraceState } from "./use-trace-state.ts";

export const TRACE_FIND_ID = "trace-find";

interface TraceToolbarProps {
  readonly tree: TraceTree;
  readonly state: TraceState;
  readonly find: TraceFind;
  readonly onLeave: () => void;
}

export function TraceToolbar({ tree, state, find, onLeave }: TraceToolbarProps) {
  const { range, filter, rows } = state;
  const isZoomed = !isWhole(range, tree.durationUs);
  return (
    <div className="flex flex-wrap items-center gap-2 border-b border-line px-3 py-1.5">
      <FindInTrace find={find} onLeave={onLeave} />
      <Button
        variant={filter === "errors" ? "chosen" : "outline"}
        aria-pressed={filter === "errors"}
        disabled={tree.errorRows.length === 0 && filter === "all"}
        onClick={() => state.setFilter(filter === "errors" ? "all" : "errors")}
      >
        Errors only
      </Button>
      <div className="flex">
        <IconButton
          label="Collapse all"
          icon={<ChevronsDownUp size={16} />}
          onClick={() => state.setFold(ALL_CLOSED)}
        />
        <IconButton label="Expand all" icon={<ChevronsUpDown size={16} />} onClick={() => state.setFold(ALL_OPEN)} />
      </div>
      {isZoomed ? (
        <Button onClick={() => state.setRange(wholeRange(tree.durationUs))}>
          {`${usText(range.startUs)} – ${usText(range.endUs)}`}
          <span className="text-accent">Show all</span>
        </Button>
      ) : null}
      <span className="ml-auto text-xs text-quiet" aria-live="polite">
        {rows.length === tree.count
          ? counted(tree.count, "span")
          : `showing ${grouped(rows.length)} of ${counted(tree.count, "span")}`}
        {state.foldsLeftOut > 0 ? ` · the link leaves out ${counted(state.foldsLeftOut, "fold")}` : ""}
      </span>
      <SameAsButton path={`/traces/${tree.traceId}`} />
    </div>
  );
}

function grouped(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ",");
}

function FindInTrace({ find, onLeave }: { readonly find: TraceFind; readonly onLeave: () => void }) {
  const keys = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === "Enter") find.step(event.shiftKey ? -1 : 1);
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    if (find.text === "") onLeave();
    else find.setText("");
  };
  const none = find.matches.length === 0;
  return (
    <search className="flex h-7 w-full max-w-96 max-lg:max-w-60 items-center gap-1.5 rounded-md border border-line bg-panel pl-2 pr-0.5">
      <Search size={14} aria-hidden="true" className="shrink-0 text-quiet" />
      <input
        id={TRACE_FIND_ID}
        type="search"
        aria-label="Find in this trace"
        aria-keyshortcuts="/"
        placeholder="Find in this trace"
        value={find.text}
        onChange={(event) => find.setText(event.target.value)}
        onKeyDown={keys}
        className="h-full min-w-0 flex-1 bg-transparent outline-none [&::-webkit-search-cancel-button]:hidden"
      />
      {find.text === "" ? (
        <span className="pr-2">
          <Kbd>/</Kbd>
        </span>
      ) : (
        <>
          <output aria-live="polite" className="whitespace-nowrap text-xs text-quiet">
            {none
              ? "no match"
              : find.at === undefined
                ? counted(find.matches.length, "match").replace(/matchs$/, "matches")
                : `${find.at + 1} of ${grouped(find.matches.length)}`}
          </output>
          <IconButton
            label="Previous match"
            icon={<ChevronUp size={14} />}
            disabled={none}
            onClick={() => find.step(-1)}
          />
          <IconButton
            label="Next match"
            icon={<ChevronDown size={14} />}
            disabled={none}
            onClick={() => find.step(1)}
          />
        </>
      )}
    </search>
  );
}
