"use client";
/** Live or paused, and which window: the last minutes, or from–to. The arrows move by one window. */
import { ChevronLeft, ChevronRight, Pause, Play } from "lucide-react";
import { useState } from "react";
import { span } from "../../lib/view/time.ts";
import { LIVE_MINUTES, stepWindow, toggleLive } from "../../lib/view/url-state.ts";
import { useViewState } from "../data/use-view-state.ts";
import { Button } from "../ui/Button.tsx";
import { IconButton } from "../ui/IconButton.tsx";
import { Pop } from "../ui/Pop.tsx";
import { RangeForm } from "./RangeForm.tsx";

function lastWords(minutes: number): string {
  return minutes === 60 ? "last hour" : `last ${minutes} min`;
}

export function TimeControl() {
  const [{ time, replay }, update] = useViewState();
  const [open, setOpen] = useState(false);
  const live = time.kind === "live";
  const standing = replay?.isPlaying === true ? `replay ${replay.speed}×` : "paused";
  const close = () => setOpen(false);
  const trigger = (
    <Button className="min-w-0 max-w-80 shrink! text-quiet" variant="ghost">
      <span className={live ? "font-medium text-text" : "font-medium text-accent"}>{live ? "live" : standing}</span>
      <span className="truncate" suppressHydrationWarning>
        {live ? lastWords(time.minutes) : span(time.startMs, time.endMs, Date.now())}
      </span>
    </Button>
  );
  return (
    <div className="flex h-[30px] min-w-0 items-center rounded-md border border-line bg-panel">
      <IconButton
        label={live ? "Pause" : "Go live"}
        shortcut="L"
        icon={live ? <Pause size={14} /> : <Play size={14} />}
        onClick={() => update({ time: toggleLive(time, Date.now()) })}
      />
      <IconButton
        label="Back by one window"
        shortcut="["
        icon={<ChevronLeft size={14} />}
        onClick={() => update({ time: stepWindow(time, -1, Date.now()) })}
      />
      <IconButton
        label="Forward by one window"
        shortcut="]"
        icon={<ChevronRight size={14} />}
        disabled={live}
        onClick={() => update({ time: stepWindow(time, 1, Date.now()) })}
      />
      <Pop trigger={trigger} label="Choose the window" align="end" open={open} onOpenChange={setOpen} className="w-72">
        <div className="grid grid-cols-2 gap-1 pb-3">
          {LIVE_MINUTES.map((minutes) => (
            <Button
              key={minutes}
              variant={live && time.minutes === minutes ? "chosen" : "outline"}
              onClick={() => {
                update({ time: { kind: "live", minutes } });
                close();
              }}
            >
              {lastWords(minutes)}
            </Button>
          ))}
        </div>
        <RangeForm time={time} onChoose={(next) => update({ time: next })} onDone={close} />
      </Pop>
    </div>
  );
}
