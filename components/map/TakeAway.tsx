"use client";
/** The view as files, and a link that restores all of it: the window is fixed in it, so that it shows the same later. */
import { Download, Link2 } from "lucide-react";
import { type RefObject, useState } from "react";
import type { Graph } from "../../lib/query/schema/graph.ts";
import { caption, edgesCsv, fileName, nodesCsv } from "../../lib/view/graph-export.ts";
import type { GraphCanvasApi } from "../canvas/use-graph-engine.ts";
import { Button } from "../ui/Button.tsx";
import { IconButton } from "../ui/IconButton.tsx";
import { Pop } from "../ui/Pop.tsx";
import { useMapOptions } from "./use-map-options.ts";

interface TakeAwayProps {
  readonly api: RefObject<GraphCanvasApi | null>;
  readonly graph: Graph;
}

function save(name: string, content: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // The browser has begun to read it once the click is over.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

const text = (content: string, type: string): Blob => new Blob([content], { type: `${type};charset=utf-8` });

/** This view's address with its window written out. */
function fixedLink({ window: { start, end } }: Graph): string {
  const url = new URL(window.location.href);
  url.searchParams.delete("last");
  url.searchParams.set("start", String(start));
  url.searchParams.set("end", String(end));
  return url.href;
}

function useCopied(): readonly [string, (link: string) => void] {
  const [said, setSaid] = useState("");
  const copy = (link: string): void => {
    navigator.clipboard.writeText(link).then(
      () => setSaid("Copied."),
      () => setSaid(link),
    );
  };
  return [said, copy];
}

export function TakeAway({ api, graph }: TakeAwayProps) {
  const { show } = useMapOptions();
  const [said, copy] = useCopied();
  const words = caption(graph);
  const png = async (): Promise<void> => {
    const picture = await api.current?.png(words);
    if (picture !== null && picture !== undefined) save(fileName(graph, "map", "png"), picture);
  };
  const svg = (): void => save(fileName(graph, "map", "svg"), text(api.current?.svg(words) ?? "", "image/svg+xml"));
  const files: readonly (readonly [string, () => void])[] = [
    ...(show === "graph"
      ? ([
          ["Picture (PNG)", () => void png()],
          ["Picture (SVG)", svg],
        ] as const)
      : []),
    ["Edges (CSV)", () => save(fileName(graph, "edges", "csv"), text(edgesCsv(graph), "text/csv"))],
    ["Nodes (CSV)", () => save(fileName(graph, "nodes", "csv"), text(nodesCsv(graph), "text/csv"))],
    [
      "Everything (JSON)",
      () => save(fileName(graph, "graph", "json"), text(JSON.stringify(graph), "application/json")),
    ],
  ];
  return (
    <Pop
      trigger={<IconButton label="Take away" icon={<Download size={14} />} />}
      label="Take away"
      side="top"
      align="end"
      className="flex w-60 flex-col gap-1"
    >
      {files.map(([label, run]) => (
        <Button key={label} variant="ghost" className="justify-start" onClick={run}>
          <Download size={14} aria-hidden="true" />
          {label}
        </Button>
      ))}
      <Button variant="ghost" className="justify-start" onClick={() => copy(fixedLink(graph))}>
        <Link2 size={14} aria-hidden="true" />
        Copy a link to this window
      </Button>
      <output className="break-all px-2.5 text-xs text-quiet">{said}</output>
    </Pop>
  );
}
