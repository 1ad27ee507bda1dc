"use client";
/**
 * Replay of the map: the window in the URL steps on over the stored rollups, each step shown only once what the API says
 * for it is at hand. What comes next is fetched ahead, and what is past is let go.
 */
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { mendedGraph } from "../../lib/query/schema/mended-graph.ts";
import { graphKey, graphPath, type Pictured } from "../../lib/view/live-query.ts";
import type { Range } from "../../lib/view/timeline/range.ts";
import {
  firstWindow,
  nextWindow,
  paceOf,
  type Replay,
  type Speed,
  settledMs,
  windowsAhead,
} from "../../lib/view/timeline/replay.ts";
import { type TimeChoice, toggleLive, type ViewState } from "../../lib/view/url-state.ts";
import { apiGet, asFailure } from "../data/api.ts";
import { takeStep } from "../data/replay-step.ts";
import { useGraph } from "../data/use-graph.ts";
import { usePictured } from "../data/use-pictured.ts";
import { useViewState } from "../data/use-view-state.ts";

const AHEAD = 4;
/** Steps behind the window whose pictures are kept, for a step back. */
const BEHIND = 4;
const SLOT_MS = 10_000;
export const FIRST_SPEED: Speed = 10;

const rangeOf = ({ startMs, endMs }: Range): TimeChoice => ({ kind: "range", startMs, endMs });

/** The same picture of another window. */
const at = (state: Pictured, window: Range): Pictured => ({ ...state, time: rangeOf(window) });

function fetchGraph(queries: QueryClient, state: Pictured) {
  return queries.fetchQuery({
    queryKey: ["graph", graphKey(state)],
    queryFn: ({ signal }) => apiGet(graphPath(state, 0), mendedGraph, signal),
    staleTime: Number.POSITIVE_INFINITY,
    structuralSharing: false,
  });
}

/** Nothing that was asked of the window is on its way. */
function isSettled(queries: QueryClient, { startMs }: Range): boolean {
  const named = String(startMs);
  return (
    queries.isFetching({ type: "active", predicate: ({ queryKey }) => JSON.stringify(queryKey).includes(named) }) === 0
  );
}

interface Playing {
  readonly window: Range;
  readonly speed: Speed;
  readonly slotMs: number;
}

interface Steps {
  readonly show: (window: Range) => void;
  /** Nothing settled is left to step to. */
  readonly end: () => void;
  readonly fail: (words: string) => void;
  readonly waiting: (isWaiting: boolean) => void;
}

function play(queries: QueryClient, state: Pictured, { window, speed, slotMs }: Playing, steps: Steps): () => void {
  const { stepMs, everyMs } = paceOf(speed, slotMs);
  const [next, ...later] = windowsAhead(window, stepMs, settledMs(Date.now(), slotMs), AHEAD);
  if (next === undefined) {
    steps.end();
    return () => {};
  }
  const past = window.startMs - (BEHIND + 1) * stepMs;
  const old = graphKey(at(state, { startMs: past, endMs: past + window.endMs - window.startMs }));
  queries.removeQueries({ queryKey: ["graph", old], exact: true, type: "inactive" });
  const loaded = fetchGraph(queries, at(state, next));
  // One that fails ahead of its time is asked for again when it comes.
  for (const one of later) fetchGraph(queries, at(state, one)).catch(() => undefined);
  return takeStep(everyMs, {
    after: (ms, run) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
    loaded,
    isSettled: () => isSettled(queries, window),
    onChange: (run) => queries.getQueryCache().subscribe(run),
    show: () => steps.show(next),
    fail: (error) => {
      const failure = asFailure(error);
      steps.fail(failure === null ? "The next step could not be read." : `${failure.message} (${failure.code})`);
    },
    waiting: steps.waiting,
  });
}

export interface ReplayControls {
  readonly replay: Replay | null;
  readonly speed: Speed;
  readonly isWaiting: boolean;
  readonly failure: string | null;
  /** There is a settled slot after the window. */
  readonly canForward: boolean;
  readonly start: (strip: Range) => void;
  readonly hold: () => void;
  readonly setSpeed: (speed: Speed) => void;
  readonly step: (by: -1 | 1) => void;
  /** Back to now. */
  readonly leave: () => void;
}

/** Plays while the map is on screen and the URL says so. */
function usePlaying(slotMs: number): { isWaiting: boolean; failure: string | null } {
  const queries = useQueryClient();
  const [{ time, replay }, update] = useViewState();
  const { state, isSettled: isPictured } = usePictured();
  const [isWaiting, setWaiting] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  // A step that is shown writes the whole state, as it is by then.
  const latest = useRef({ state, update });
  useEffect(() => {
    latest.current = { state, update };
  });
  const picture = graphKey({ ...state, time: { kind: "live", minutes: 5 } });
  const isPlaying = replay?.isPlaying === true && isPictured;
  const speed = replay?.speed ?? FIRST_SPEED;
  const [startMs, endMs] = time.kind === "range" ? [time.startMs, time.endMs] : [0, 0];
  useEffect(() => {
    if (!isPlaying || picture === "") return;
    setFailure(null);
    const window = { startMs, endMs };
    const say = (patch: Partial<ViewState>): void => latest.current.update(patch);
    const stop = play(
      queries,
      latest.current.state,
      { window, speed, slotMs },
      {
        show: (next) => say({ time: rangeOf(next), replay: { speed, isPlaying: true } }),
        end: () => say({ time: toggleLive(rangeOf(window), Date.now()) }),
        fail: (words) => {
          setFailure(words);
          say({ replay: { speed, isPlaying: false } });
        },
        waiting: setWaiting,
      },
    );
    return () => {
      stop();
      setWaiting(false);
    };
  }, [isPlaying, startMs, endMs, speed, slotMs, picture, queries]);
  return { isWaiting, failure };
}

export function useReplay(): ReplayControls {
  const [{ time, replay }, update] = useViewState();
  const { graph } = useGraph();
  const [chosen, setChosen] = useState<Speed>(FIRST_SPEED);
  const slotMs = graph?.window.slotMs ?? SLOT_MS;
  const playing = usePlaying(slotMs);
  const speed = replay?.speed ?? chosen;
  // Of a live window only the length matters.
  const window = time.kind === "range" ? time : { startMs: 0, endMs: time.minutes * 60_000 };
  const forward = time.kind === "range" ? nextWindow(window, slotMs, settledMs(Date.now(), slotMs)) : null;
  return {
    ...playing,
    replay,
    speed,
    canForward: forward !== null,
    // A live window, or one with nothing settled after it, is played from the start of the strip.
    start: (strip) => {
      const first = firstWindow(window, forward === null ? strip : null);
      update({ time: rangeOf(first), replay: { speed, isPlaying: true } });
    },
    hold: () => update({ replay: { speed, isPlaying: false } }),
    setSpeed: (next) => {
      setChosen(next);
      if (replay !== null) update({ replay: { ...replay, speed: next } });
    },
    step: (by) => {
      const { startMs, endMs } = window;
      const next = by === 1 ? forward : { startMs: startMs - slotMs, endMs: endMs - slotMs };
      if (time.kind === "range" && next !== null) update({ time: rangeOf(next), replay: { speed, isPlaying: false } });
    },
    leave: () => update({ time: toggleLive(rangeOf(window), Date.now()) }),
  };
}
