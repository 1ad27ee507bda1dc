"use client";
/** "Only spans of this edge", with its two ends where the graph knows them, and the way out. */
import { X } from "lucide-react";
import Link from "next/link";
import { linkTo, type ViewState } from "../../lib/view/url-state.ts";
import { useEdge } from "../data/queries.ts";

interface EdgeChipProps {
  readonly edge: string;
  readonly view: ViewState;
  readonly onClear: () => void;
}

export function EdgeChip({ edge, view, onClear }: EdgeChipProps) {
  const { data } = useEdge(edge, view);
  const words = data === undefined ? edge : `${data.source.name} → ${data.target.name}`;
  return (
    <span className="inline-flex h-7 items-center gap-1.5 rounded-md border border-accent bg-accent-wash pl-2">
      <span className="text-quiet">edge</span>
      <Link href={linkTo("/", view, { edge })} title="Open on the map" className="max-w-80 truncate hover:underline">
        {words}
      </Link>
      <button
        type="button"
        onClick={onClear}
        className="inline-flex h-full items-center gap-1 rounded-r-md px-2 text-quiet hover:bg-hover"
      >
        <X size={12} aria-hidden="true" />
        clear
      </button>
    </span>
  );
}
