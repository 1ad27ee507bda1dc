"use client";
/** Beside the picture: the chosen part with its traces, or else the whole window in figures. */
import Link from "next/link";
import { codeWords } from "../../lib/view/code-words.ts";
import { count, durationMs, percent, plain, quantileMs } from "../../lib/view/format.ts";
import { type Area, readArea, traceSearchOf } from "../../lib/view/heatmap/area.ts";
import { latencyRange, TIMED_WORDS, timeRange } from "../../lib/view/heatmap/heatmap-words.ts";
import { type HeatmapView, QUANTILES } from "../../lib/view/heatmap/present-heatmap.ts";
import { instant, span } from "../../lib/view/time.ts";
import { linkTo } from "../../lib/view/url-state.ts";
import { useViewState } from "../data/use-view-state.ts";
import { Onward } from "../shell/Onward.tsx";
import { SameAs } from "../shell/SameAs.tsx";
import { Button } from "../ui/Button.tsx";
import { Num } from "../ui/Num.tsx";
import { Fact, Section } from "../ui/Section.tsx";
import type { Subject } from "./use-subject.ts";

interface PartProps {
  readonly view: HeatmapView;
  readonly subject: Subject;
  /** The API call of the whole. */
  readonly path: string;
}

const SHOWN = 12;

function shownWords(found: number): string | null {
  if (found === 0) return null;
  return found > SHOWN ? `${SHOWN} of ${plain(count(found))}` : plain(count(found));
}

interface AreaProps {
  readonly view: HeatmapView;
  readonly area: Area;
  /** They are still being looked for. */
  readonly tracesPending: boolean;
}

function Traces({ view, area, tracesPending }: AreaProps) {
  const [state] = useViewState();
  const { exemplars } = readArea(view, area);
  return (
    <Section title="Traces, slowest first" aside={shownWords(exemplars.length)}>
      {exemplars.length > 0 ? null : (
        <p className="text-quiet">
          {tracesPending
            ? "Looking for traces …"
            : "No trace was found here. Not every request is traced, and not every trace is looked at: search for more below."}
        </p>
      )}
      {exemplars.slice(0, SHOWN).map(({ traceId, durationMs: took, column }) => (
        <Link
          key={`${traceId} ${column}`}
          href={linkTo(`/traces/${traceId}`, state)}
          className="flex min-h-7 items-center justify-between gap-3 border-b border-line last:border-b-0 hover:text-accent"
        >
          <span className="truncate font-mono text-xs" title={traceId}>
            {traceId}
          </span>
          <Num figure={durationMs(took)} />
        </Link>
      ))}
    </Section>
  );
}

export function AreaPanel({ subject, ...part }: AreaProps & { readonly subject: Subject }) {
  const { view, area } = part;
  const [, update] = useViewState();
  const reading = readArea(view, area);
  return (
    <>
      <header className="flex flex-col gap-0.5">
        <h2 className="pr-8 text-lg font-semibold">{latencyRange(area)}</h2>
        <p className="text-quiet" title={`${instant(area.startMs)} to ${instant(area.endMs)}`}>
          {timeRange(area)}
        </p>
      </header>
      <Section title={subject.name}>
        <Fact name="requests">
          <Num figure={count(reading.columns === 0 || reading.gaps === reading.columns ? null : reading.count)} />
        </Fact>
        <Fact name="of all in this time">
          <Num figure={percent(reading.share, "notApplicable")} />
        </Fact>
        {reading.gaps > 0 ? (
          <Fact name="not observed">
            <Num figure={count(reading.gaps)} /> <span className="text-quiet">of {reading.columns} columns</span>
          </Fact>
        ) : null}
      </Section>
      {reading.columns === 0 ? <p className="text-quiet">This part has left the window.</p> : null}
      <Traces {...part} />
      <Onward links={[{ label: "Traces in this range", href: subject.tracesHref(traceSearchOf(area)) }]} />
      <div>
        <Button onClick={() => update({ time: { kind: "range", startMs: area.startMs, endMs: area.endMs } })}>
          Show this time alone
        </Button>
      </div>
    </>
  );
}

export function WholePanel({ view, subject, path }: PartProps) {
  const { name, kind, place, mapHref, tracesHref } = subject;
  return (
    <>
      <header className="flex flex-col gap-0.5">
        <h2 className="break-words pr-8 text-lg font-semibold">{name}</h2>
        <p className="text-quiet">{[kind, place].filter((part) => part !== "").join(" · ")}</p>
      </header>
      <Section title={`Latency, ${span(view.startMs, view.endMs, Date.now())}`}>
        {QUANTILES.map(([quantile]) => {
          const known = view.quantiles[quantile];
          const hi = known === null || !Number.isFinite(known.hi) ? null : known.hi;
          return (
            <Fact key={quantile} name={quantile}>
              <Num figure={quantileMs(known?.value, known === null ? undefined : [known.lo, hi], "notApplicable")} />
            </Fact>
          );
        })}
        <Fact name="requests timed">
          <Num figure={count(view.total)} />
        </Fact>
        {view.of === null ? null : <Fact name="what was timed">{codeWords(TIMED_WORDS, view.of)}</Fact>}
        {view.gaps > 0 ? (
          <Fact name="not observed">
            <Num figure={count(view.gaps)} /> <span className="text-quiet">of {view.columns.length} columns</span>
          </Fact>
        ) : null}
      </Section>
      <p className="text-quiet">
        Choose a cell, or drag over several, for the traces behind it. With the keyboard: arrows in the picture, then
        Enter.
      </p>
      <Onward
        links={[
          { label: kind === "edge" ? "This edge on the map" : "On the map", href: mapHref },
          { label: "Its traces", href: tracesHref({}) },
        ]}
      />
      <SameAs path={path} />
    </>
  );
}
