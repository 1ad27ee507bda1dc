"use client";
/**
 * Two windows side by side: mark one as A, choose another as B; what changed between them is in the panel, or opens here
 * where the panel shows something else or there is no room for it.
 */
import { ArrowLeftRight, X } from "lucide-react";
import { span } from "../../lib/view/time.ts";
import { isSameRange, type Range } from "../../lib/view/timeline/range.ts";
import { useLentCommands } from "../data/map-commands.ts";
import { useMedia } from "../data/use-media.ts";
import { useSelection } from "../data/use-selection.ts";
import { useViewState } from "../data/use-view-state.ts";
import { Button } from "../ui/Button.tsx";
import { IconButton } from "../ui/IconButton.tsx";
import { Pop } from "../ui/Pop.tsx";
import { Changes } from "./Changes.tsx";
import { useCompare } from "./use-compare.ts";

export function CompareBar({ window }: { readonly window: Range }) {
  const [, update] = useViewState();
  const [selection, select] = useSelection();
  const hasPanel = useMedia("(min-width: 1024px)") && selection === null;
  const { base, setAgainst } = useCompare();
  const mark = () => {
    // The list of what changed stands in the panel of everything in view.
    select(null);
    setAgainst(window);
    update({ time: { kind: "range", ...window } });
  };
  useLentCommands({ mark }, base === null);
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
      {hasPanel ? null : (
        <Pop trigger={<Button>What changed</Button>} label="What changed" side="top" align="end" className="w-96">
          <Changes />
        </Pop>
      )}
      <IconButton label="Swap A and B" icon={<ArrowLeftRight size={14} />} onClick={swap} />
      <IconButton label="Stop comparing" icon={<X size={14} />} onClick={() => setAgainst("off")} />
    </fieldset>
  );
}
