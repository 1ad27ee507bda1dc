"use client";
/** Scope, find, view and time: the same on every page. */
import { VIEWS } from "../../lib/query/schema/graph.ts";
import { useMeta } from "../data/queries.ts";
import { useViewState } from "../data/use-view-state.ts";
import { Chip } from "../ui/Chip.tsx";
import { Pick } from "../ui/Pick.tsx";
import { Account } from "./Account.tsx";
import { FindBox } from "./FindBox.tsx";
import { SavedViews } from "./SavedViews.tsx";
import { ScopeSelects } from "./ScopeSelects.tsx";
import { ThemeToggle } from "./ThemeToggle.tsx";
import { TimeControl } from "./TimeControl.tsx";

const VIEW_OPTIONS = VIEWS.map((value) => ({ value, label: value }));

export function TopBar() {
  const [state, update] = useViewState();
  const { data: meta } = useMeta();
  const simulated = meta?.simulated ?? null;
  return (
    <header className="flex shrink-0 flex-wrap items-start gap-2 border-b border-line px-3 py-[7px] [&>button]:mt-px [&>span]:mt-1">
      <ScopeSelects />
      <FindBox />
      <Pick name="view" value={state.view} options={VIEW_OPTIONS} onChange={(view) => update({ view })} />
      <TimeControl />
      <SavedViews />
      {simulated === null ? null : (
        <Chip tone="accent" title={simulated}>
          Simulated estate
        </Chip>
      )}
      <Account />
      <ThemeToggle />
    </header>
  );
}
