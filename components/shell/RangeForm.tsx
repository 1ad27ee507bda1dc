"use client";
/** From–to as local date and time. Nothing is chosen until it is a window: an end after its start. */
import { type FormEvent, useState } from "react";
import { localInput, parseLocalInput, zoneMinutes, zoneText } from "../../lib/view/time.ts";
import type { TimeChoice } from "../../lib/view/url-state.ts";
import { Button } from "../ui/Button.tsx";

interface RangeFormProps {
  readonly time: TimeChoice;
  readonly onChoose: (time: TimeChoice) => void;
  readonly onDone: () => void;
}

function bounds(time: TimeChoice): { startMs: number; endMs: number } {
  const now = Date.now();
  return time.kind === "range" ? time : { startMs: now - time.minutes * 60_000, endMs: now };
}

export function RangeForm({ time, onChoose, onDone }: RangeFormProps) {
  const [from, setFrom] = useState(() => localInput(bounds(time).startMs));
  const [to, setTo] = useState(() => localInput(bounds(time).endMs));
  const startMs = parseLocalInput(from);
  const endMs = parseLocalInput(to);
  const valid = startMs !== undefined && endMs !== undefined && startMs < endMs;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!valid) return;
    onChoose({ kind: "range", startMs, endMs });
    onDone();
  };
  const field = "h-7 rounded-md border border-line bg-bg px-2";
  return (
    <form onSubmit={submit} className="flex flex-col gap-2 border-t border-line pt-3">
      <label className="flex items-center justify-between gap-2 text-quiet">
        from
        <input
          type="datetime-local"
          step="1"
          value={from}
          onChange={(e) => setFrom(e.target.value)}
          className={field}
        />
      </label>
      <label className="flex items-center justify-between gap-2 text-quiet">
        to
        <input type="datetime-local" step="1" value={to} onChange={(e) => setTo(e.target.value)} className={field} />
      </label>
      <div className="flex items-center justify-between gap-2">
        <span className="text-xs text-quiet">
          {valid ? `zone ${zoneText(zoneMinutes(endMs))}` : "The end must come after the start."}
        </span>
        <Button type="submit" disabled={!valid}>
          Show
        </Button>
      </div>
    </form>
  );
}
