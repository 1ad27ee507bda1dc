"use client";
/** In the corners of the picture: the legend of the marks now on it, and zoom. */
import { Maximize, Minus, PinOff, Plus, RefreshCw } from "lucide-react";
import type { RefObject } from "react";
import type { Graph } from "../../lib/query/schema/graph.ts";
import type { Framing } from "../../lib/view/graph/graph-view.ts";
import { legendOf } from "../../lib/view/graph/legend.ts";
import { GraphLegend } from "../canvas/GraphLegend.tsx";
import type { GraphCanvasApi } from "../canvas/use-graph-engine.ts";
import { usePins } from "../data/use-pins.ts";
import { Button } from "../ui/Button.tsx";
import { IconButton } from "../ui/IconButton.tsx";
import { Pop } from "../ui/Pop.tsx";
import { TakeAway } from "./TakeAway.tsx";
import { viewOf } from "./view-of.ts";

interface PictureControlsProps {
  readonly api: RefObject<GraphCanvasApi | null>;
  readonly graph: Graph;
  readonly framing: Framing;
  readonly locks: boolean;
}

/** Mounted only while it is open. */
function Legend({ graph, framing, locks }: Omit<PictureControlsProps, "api">) {
  const { pins } = usePins();
  return <GraphLegend entries={legendOf(viewOf(graph, framing), locks, pins)} />;
}

export function PictureControls({ api, graph, framing, locks }: PictureControlsProps) {
  const { pins, clear } = usePins();
  return (
    <>
      <div className="absolute bottom-3 left-3 z-10">
        <Pop trigger={<Button>Legend</Button>} label="Legend" side="top" className="w-[min(440px,90vw)]">
          <Legend graph={graph} framing={framing} locks={locks} />
        </Pop>
      </div>
      <div className="absolute bottom-3 right-3 z-10 flex rounded-md border border-line bg-panel">
        <IconButton label="Zoom in" shortcut="+" icon={<Plus size={14} />} onClick={() => api.current?.zoomIn()} />
        <IconButton label="Zoom out" shortcut="−" icon={<Minus size={14} />} onClick={() => api.current?.zoomOut()} />
        <IconButton label="Fit all" shortcut="0" icon={<Maximize size={14} />} onClick={() => api.current?.fit()} />
        <IconButton label="Arrange anew" icon={<RefreshCw size={14} />} onClick={() => api.current?.rearrange()} />
        {pins.size === 0 ? null : (
          <IconButton label={`Unpin all: ${pins.size}`} icon={<PinOff size={14} />} onClick={clear} />
        )}
        <TakeAway api={api} graph={graph} />
      </div>
    </>
  );
}
