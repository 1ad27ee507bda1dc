"use client";
/** Replay of the window over the stored rollups: step, play, speed, and back to now. */
import { ChevronFirst, Pause, Play, Radio, StepBack, StepForward } from "lucide-react";
import type { Range } from "../../lib/view/timeline/range.ts";
import { formatReplay, SPEEDS } from "../../lib/view/timeline/replay.ts";
import { useViewState } from "../data/use-view-state.ts";
import { Button } from "../ui/Button.tsx";
import { IconButton } from "../ui/IconButton.tsx";
import { Pick } from "../ui/Pick.tsx";
import { useReplay } from "./use-replay.ts";

const OPTIONS = SPEEDS.map((speed) => ({ value: String(speed), label: `${speed}×` }));
const ICON = 14;

/** `from`: where a replay of all that is on the strip begins. */
export function ReplayBar({ from }: { readonly from: Range }) {
  const [{ time }] = useViewState();
  const { replay, speed, isWaiting, failure, canForward, start, hold, setSpeed, step, leave } = useReplay();
  const isPlaying = replay?.isPlaying === true;
  const isLive = time.kind === "live";
  const playWords = isLive || !canForward ? "Replay from the start of the strip" : "Replay from here";
  const said = isWaiting
    ? "waiting for data"
    : isPlaying
      ? `replay at ${speed}×`
      : replay === null
        ? ""
        : "replay held";
  return (
    <fieldset aria-label="Replay" className="flex min-w-0 items-center gap-1">
      <IconButton label="A slot back" icon={<StepBack size={ICON} />} disabled={isLive} onClick={() => step(-1)} />
      {isPlaying ? (
        <IconButton label="Hold the replay" icon={<Pause size={ICON} />} onClick={hold} />
      ) : (
        <IconButton
          label={playWords}
          icon={isLive || !canForward ? <ChevronFirst size={ICON} /> : <Play size={ICON} />}
          onClick={() => start(from)}
        />
      )}
      <IconButton
        label="A slot forward"
        icon={<StepForward size={ICON} />}
        disabled={isLive || !canForward}
        onClick={() => step(1)}
      />
      <Pick
        name="speed"
        value={String(speed)}
        options={OPTIONS}
        onChange={(text) => {
          const next = SPEEDS.find((one) => String(one) === text);
          if (next !== undefined) setSpeed(next);
        }}
      />
      {isLive ? null : (
        <Button variant="ghost" onClick={leave}>
          <Radio size={ICON} aria-hidden="true" />
          Live
        </Button>
      )}
      <span role="status" data-replay={formatReplay(replay) ?? ""} className="whitespace-nowrap text-xs text-quiet">
        {failure === null ? said : <span className="text-failing-text">The replay stopped: {failure}</span>}
      </span>
    </fieldset>
  );
}
