"use client";
/** Two windows side by side: mark one as A, choose another as B; what changed between them is in the panel. */
import { ArrowLeftRight, X } from "lucide-react";
import { span } from "../../lib/view/time.ts";
import { isSameRange, type Range } from "../../lib/view/timeline/range.ts";
import { useSelection } from "../data/use-selection.ts";
import { useViewState } from "../data/use-view-state.ts";
import { Button } from "../ui/Button.tsx";
import { IconButton } from "../ui/IconButton.tsx";
import { useCompare } from "./use-compare.ts";

export function CompareBar({ window }: { readonly window: Range }) {
  const [, update] = useViewState();
  const [, select] = useSelection();
  const { base, setAgainst } = useCompare();
  const mark = () => {
    // The list of what changed stands in the panel of everything in view.
    select(null);
    setAgainst(window);
    update({ time: { kind: "range", ...window } });
  };
  if (base === null) {
    return <Button onClick={mark}>Compare: mark as A</Button>;
  }
  const swap = () => {
    setAgainst(window);
    update({ time: { kind: "range", ...base } });
  };
  return (
    <fieldset aria-label="Compare" className="flex min-w-0 items-center gap-1">
      <span className="whitespace-nowrap text-xs text-quiet">
        {isSameRange(base, window)
          ? "A is marked: choose B on the strip"
          : `A ${span(base.startMs, base.endMs, window.endMs)}`}
      </span>
      <IconButton label="Swap A and B" icon={<ArrowLeftRight size={14} />} onClick={swap} />
      <IconButton label="Stop comparing" icon={<X size={14} />} onClick={() => setAgainst("off")} />
    </fieldset>
  );
}
