"use client";
/** What can be done with a node in the picture: what lies about it, its versions, its place, and, of a box, what is in it. */
import { Crosshair, GitBranch, ListTree, Pin, PinOff } from "lucide-react";
import { BOX_VIEWS } from "../../lib/query/view-key.ts";
import type { FoldTarget } from "../../lib/view/graph/fold-target.ts";
import { usePins } from "../data/use-pins.ts";
import { useViewState } from "../data/use-view-state.ts";
import { Button } from "../ui/Button.tsx";
import { FoldButton } from "./FoldButton.tsx";
import { useFocus } from "./use-focus.ts";

export function NodeActions({ id, fold }: { readonly id: string; readonly fold: FoldTarget | null }) {
  const [{ view }] = useViewState();
  const { focus, toggle, detail, operations } = useFocus();
  const { pins, canPin, toggle: togglePin } = usePins();
  const isPinned = pins.has(id);
  if (fold !== null) return <FoldButton target={fold} />;
  return (
    <div className="flex flex-wrap gap-2">
      <Button onClick={() => toggle(id)}>
        <Crosshair size={14} aria-hidden="true" />
        {focus === id ? "Show everything" : "Focus"} <kbd className="text-quiet">f</kbd>
      </Button>
      {canPin || isPinned ? (
        <Button onClick={() => togglePin(id)}>
          {isPinned ? <PinOff size={14} aria-hidden="true" /> : <Pin size={14} aria-hidden="true" />}
          {isPinned ? "Unpin" : "Pin"} <kbd className="text-quiet">p</kbd>
        </Button>
      ) : null}
      {BOX_VIEWS.has(view) || view === "version" ? null : (
        <Button onClick={() => detail(id)}>
          <GitBranch size={14} aria-hidden="true" />
          Its versions
        </Button>
      )}
      {BOX_VIEWS.has(view) ? null : (
        <Button onClick={() => operations(id)}>
          <ListTree size={14} aria-hidden="true" />
          Its operations
        </Button>
      )}
    </div>
  );
}
