"use client";
/** Whether the map hangs on a wall: nothing but the picture and what it says of itself. In the URL. */
import { useCallback } from "react";
import { useFullScreen } from "./use-full-screen.ts";
import { useParam, useViewState } from "./use-view-state.ts";

export function useWall() {
  const [wall, setWall] = useParam("wall");
  const [{ time }, update] = useViewState();
  const [, setFull] = useFullScreen();
  const enter = useCallback(() => {
    // What hangs on a wall moves with time.
    if (time.kind !== "live") update({ time: { kind: "live", minutes: 5 } });
    setWall("1");
    setFull(true);
  }, [time, update, setWall, setFull]);
  const leave = useCallback(() => {
    setWall(null);
    setFull(false);
  }, [setWall, setFull]);
  return { isWall: wall === "1", enter, leave } as const;
}
