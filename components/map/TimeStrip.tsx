"use client";
/**
 * Traffic, failures and events of the whole estate over a longer time than the window: the window is dragged on it, moved by
 * keys, replayed over it, and compared with another one on it.
 */
import { useState } from "react";
import type { Timeseries } from "../../lib/query/schema/estate.ts";
import { aboutInstant, type HistoryTick, historyTicks } from "../../lib/view/timeline/history-ticks.ts";
import type { Range } from "../../lib/view/timeline/range.ts";
import { onSlots, SLOT_MS } from "../../lib/view/timeline/scrub.ts";
import {
  keptStrip,
  SPAN_WORDS,
  STRIP_SPANS,
  type StripSpan,
  stripRange,
  windowAt,
} from "../../lib/view/timeline/strip-range.ts";
import type { TimeChoice } from "../../lib/view/url-state.ts";
import { useTimeseries } from "../data/queries.ts";
import { useHistory } from "../data/use-history.ts";
import { useSelection } from "../data/use-selection.ts";
import { useParam, useViewState } from "../data/use-view-state.ts";
import { Pick } from "../ui/Pick.tsx";
import { CompareBar } from "./CompareBar.tsx";
import { ReplayBar } from "./ReplayBar.tsx";
import { StripChart } from "./StripChart.tsx";
import { useCompare } from "./use-compare.ts";

const METRICS = ["requestsPerSec", "errorRatio"];
const POINTS = 120;
const SPANS = STRIP_SPANS.map((value) => ({ value, label: SPAN_WORDS[value] }));

/** The strip that is shown, until the window leaves it. */
function useDomain(time: TimeChoice, span: StripSpan, nowMs: number): Range {
  const [held, setHeld] = useState(() => stripRange(time, span, nowMs));
  const domain = keptStrip(held, time, span, nowMs);
  if (domain !== held) setHeld(domain);
  return domain;
}

/** What is on the strip, and asked for again while it reaches to now. */
function useStrip() {
  const [state] = useViewState();
  const [asked, setAsked] = useParam("strip");
  const span = STRIP_SPANS.find((one) => one === asked) ?? "auto";
  const nowMs = Math.floor(Date.now() / SLOT_MS) * SLOT_MS;
  const domain = useDomain(state.time, span, nowMs);
  const isOpen = domain.endMs > nowMs - SLOT_MS;
  const every = isOpen ? SLOT_MS : false;
  const { data, isPlaceholderData } = useTimeseries({
    of: null,
    metrics: METRICS,
    window: domain,
    points: POINTS,
    every,
  });
  const history = useHistory(state, domain, isOpen);
  const setSpan = (next: string) => setAsked(next === "auto" ? null : next);
  return { domain, span, setSpan, data, isPlaceholderData, history: history.data };
}

/** Where a replay of all of the strip begins: nothing is shown before anything was observed. */
function firstObserved(data: Timeseries | undefined): number | undefined {
  const at = data?.series["requestsPerSec"]?.findIndex((value) => value !== null) ?? -1;
  return data?.xMs[at];
}

export function TimeStrip() {
  const [{ time }, update] = useViewState();
  const [, select] = useSelection();
  const { base, setAgainst } = useCompare();
  const { domain, span, setSpan, data, isPlaceholderData, history } = useStrip();
  const endMs = Math.min(domain.endMs, Math.max(domain.startMs + SLOT_MS, data?.window.end ?? domain.endMs));
  const limits: Range = { startMs: domain.startMs, endMs };
  const window = windowAt(time, endMs);
  const choose = (next: Range) => update({ time: { kind: "range", ...next } });
  const compareAbout = (tick: HistoryTick) => {
    const { before, after } = aboutInstant(tick.atMs, window.endMs - window.startMs, endMs);
    select(tick.only);
    setAgainst(onSlots(before));
    choose(onSlots(after));
  };
  return (
    <section
      aria-label="Traffic of the whole estate over time"
      className="shrink-0 border-t border-line px-3 pb-1 pt-1"
    >
      <div className="flex flex-wrap items-center justify-between gap-x-3">
        <h2 className="sr-only">Time</h2>
        <ReplayBar from={{ ...limits, startMs: firstObserved(data) ?? limits.startMs }} />
        <div className="flex flex-wrap items-center gap-2">
          <CompareBar window={window} />
          {history?.truncated === true ? (
            <span className="text-xs text-quiet">
              newest {history.entries.length} of {history.total} that came and went
            </span>
          ) : null}
          <Pick name="strip" value={span} options={SPANS} onChange={setSpan} />
        </div>
      </div>
      {data === undefined ? (
        <div className="h-[90px]" />
      ) : (
        <div aria-busy={isPlaceholderData} className={isPlaceholderData ? "opacity-55" : ""}>
          <StripChart
            {...{ data, domain, limits, window, base }}
            history={historyTicks(history?.entries ?? [], domain)}
            onWindow={choose}
            onBase={setAgainst}
            onHistory={compareAbout}
          />
        </div>
      )}
    </section>
  );
}
