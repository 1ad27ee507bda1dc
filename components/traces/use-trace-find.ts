"use client";
/** The search within one trace: its text, the matching rows, and stepping. Texts are prepared while the page is idle. */
import { useDeferredValue, useEffect, useMemo, useState } from "react";
import type { TraceTree } from "../../lib/view/trace/build-trace.ts";
import { makeFinder } from "../../lib/view/trace/find-spans.ts";
import { positionOf, stepAmong } from "../../lib/view/trace/fold.ts";

const SLICE = 2_000;

export interface TraceFind {
  readonly text: string;
  readonly matches: Int32Array;
  /** Which match the active row is, from 0. */
  readonly at: number | undefined;
  readonly setText: (text: string) => void;
  readonly step: (direction: 1 | -1) => void;
}

export function useTraceFind(tree: TraceTree, active: number, goTo: (row: number) => void): TraceFind {
  const [text, setText] = useState("");
  const finder = useMemo(() => makeFinder(tree), [tree]);
  useEffect(() => {
    // Not every browser has requestIdleCallback; short slices a frame apart do as well.
    let timer = setTimeout(warm, 200);
    function warm() {
      if (!finder.warm(SLICE)) timer = setTimeout(warm, 16);
    }
    return () => clearTimeout(timer);
  }, [finder]);
  const wanted = useDeferredValue(text);
  const matches = useMemo(() => finder.find(wanted), [finder, wanted]);
  const position = positionOf(matches, active);
  const at = matches.length > 0 && matches[position] === active ? position : undefined;
  const step = (direction: 1 | -1) => {
    const row = stepAmong(matches, active, direction);
    if (row !== undefined) goTo(row);
  };
  return { text, matches, at, setText, step };
}
