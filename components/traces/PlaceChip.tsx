"use client";
/** "Only spans of this edge", or of what a node answers, named where the graph knows it, and the way out. */
import { X } from "lucide-react";
import Link from "next/link";
import { linkTo, type ViewState } from "../../lib/view/url-state.ts";
import { useEdge, useNode } from "../data/queries.ts";

interface PlaceProps {
  readonly view: ViewState;
  readonly onClear: () => void;
}

interface PlaceChipProps {
  readonly kind: string;
  readonly words: string;
  readonly href: string;
  readonly onClear: () => void;
}

function PlaceChip({ kind, words, href, onClear }: PlaceChipProps) {
  return (
    <span className="inline-flex h-7 items-center gap-1.5 rounded-md border border-accent bg-accent-wash pl-2">
      <span className="text-quiet">{kind}</span>
      <Link href={href} title="Open on the map" className="max-w-80 truncate hover:underline">
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

export function EdgeChip({ edge, view, onClear }: PlaceProps & { readonly edge: string }) {
  const { data } = useEdge(edge, view);
  const words = data === undefined ? edge : `${data.source.name} → ${data.target.name}`;
  return <PlaceChip kind="edge" words={words} href={linkTo("/", view, { edge })} onClear={onClear} />;
}

export function NodeChip({ node, view, onClear }: PlaceProps & { readonly node: string }) {
  const { data } = useNode(node, view);
  const verb = data?.inbound.length === 0 ? "asked" : "answered";
  return (
    <PlaceChip
      kind={`${verb} by ${data?.node.kind ?? "node"}`}
      words={data?.node.name ?? node}
      href={linkTo("/", view, { node })}
      onClear={onClear}
    />
  );
}
