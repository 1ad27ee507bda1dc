"use client";
/** In the corners of the picture: the legend of the marks now on it, and zoom. */
import { Expand, Maximize, Minus, Monitor, PinOff, Plus, RefreshCw, Shrink } from "lucide-react";
import { type RefObject, useState } from "react";
import { flowWords } from "../../lib/view/graph/flow-words.ts";
import type { GraphView } from "../../lib/view/graph/graph-view.ts";
import { legendOf } from "../../lib/view/graph/legend.ts";
import type { FlowSample } from "../canvas/flow-layer.ts";
import { GraphLegend } from "../canvas/GraphLegend.tsx";
import type { GraphCanvasApi } from "../canvas/use-graph-engine.ts";
import { type Commands, useLentCommands } from "../data/map-commands.ts";
import { useFlow } from "../data/use-flow.ts";
import { useFullScreen } from "../data/use-full-screen.ts";
import { usePins } from "../data/use-pins.ts";
import { useWall } from "../data/use-wall.ts";
import { Button } from "../ui/Button.tsx";
import { IconButton } from "../ui/IconButton.tsx";
import { Pop } from "../ui/Pop.tsx";
import { Switch } from "../ui/Switch.tsx";
import { TakeAway, takingCommands } from "./TakeAway.tsx";
import { type TakeableGraph, useTakeAway } from "./use-take-away.ts";

interface PictureControlsProps {
  readonly api: RefObject<GraphCanvasApi | null>;
  /** What is drawn; null before the first picture. */
  readonly view: GraphView | null;
  readonly taken: TakeableGraph;
  readonly locks: boolean;
  /** What one running dot stands for; null until one is drawn. */
  readonly sample: FlowSample | null;
}

/** Mounted only while it is open. */
function Legend({ view, taken: { graph }, locks, sample }: Omit<PictureControlsProps, "api">) {
  const { pins } = usePins();
  const [isRunning, choose] = useFlow(graph.edges.length);
  return (
    <>
      {view === null ? null : <GraphLegend entries={legendOf(view, locks, pins)} />}
      <div className="mt-3 flex items-start justify-between gap-3 border-t border-line pt-2 text-xs">
        <p>{flowWords(isRunning, sample)}</p>
        <Switch label="Animate traffic" checked={isRunning} onChange={choose} />
      </div>
    </>
  );
}

export function PictureControls({ api, view, taken, locks, sample }: PictureControlsProps) {
  const [isFull, setFull] = useFullScreen();
  const wall = useWall();
  const { pins, clear } = usePins();
  const { takings, said, hush } = useTakeAway(api, taken);
  const [legend, setLegend] = useState(false);
  const commands: Commands = {
    fit: () => api.current?.fit(),
    arrange: () => api.current?.rearrange(),
    legend: () => setLegend(true),
    ...takingCommands(takings),
  };
  useLentCommands(commands, view !== null);
  return (
    <>
      <div className="absolute bottom-3 left-3 z-10">
        <Pop
          trigger={<Button>Legend</Button>}
          label="Legend"
          side="top"
          className="w-[min(440px,90vw)]"
          open={legend}
          onOpenChange={setLegend}
        >
          <Legend view={view} taken={taken} locks={locks} sample={sample} />
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
        <IconButton
          label={isFull ? "Leave full screen" : "Full screen"}
          icon={isFull ? <Shrink size={14} /> : <Expand size={14} />}
          onClick={() => setFull(!isFull)}
        />
        <IconButton label="On a wall" icon={<Monitor size={14} />} onClick={wall.enter} />
        <TakeAway takings={takings} said={said} onHush={hush} />
      </div>
    </>
  );
}
