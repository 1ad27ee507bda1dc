"use client";
/** The window on the strip with its two ends, and window A where two are compared. */
import { xOf } from "../../lib/view/chart.ts";
import type { Range } from "../../lib/view/timeline/range.ts";
import { StripSlider } from "./StripSlider.tsx";

export interface Drafts {
  readonly window: Range | null;
  readonly base: Range | null;
}

interface StripWindowsProps {
  readonly window: Range;
  /** Window A; null where nothing is compared by its bounds. */
  readonly base: Range | null;
  readonly domain: Range;
  readonly limits: Range;
  readonly drafts: Drafts;
  readonly onDraft: (drafts: Drafts) => void;
  readonly onWindow: (window: Range) => void;
  readonly onBase: (base: Range) => void;
}

const NO_DRAFTS: Drafts = { window: null, base: null };
const UNIT = { width: 100, height: 1 };

const percent = (atMs: number, domain: Range): number => xOf(atMs, { ...domain, max: 1 }, UNIT);

/** As far as it is on the strip; null where none of it is. */
function placeOf({ startMs, endMs }: Range, domain: Range): { left: string; width: string } | null {
  const from = Math.max(0, percent(startMs, domain));
  const to = Math.min(100, percent(endMs, domain));
  return to <= from ? null : { left: `${from}%`, width: `${to - from}%` };
}

function Letter({ children }: { readonly children: string }) {
  return (
    <span
      aria-hidden="true"
      className="pointer-events-none absolute left-0.5 top-0 rounded-sm bg-panel px-1 text-2xs font-medium leading-[13px] text-text"
    >
      {children}
    </span>
  );
}

const THUMB =
  "inset-y-0 z-10 w-2.5 -translate-x-1/2 cursor-ew-resize after:absolute after:inset-y-0 after:left-1/2 after:w-0.5 after:-translate-x-1/2 after:bg-accent after:content-[''] before:absolute before:left-1/2 before:top-1/2 before:h-4 before:w-1.5 before:-translate-1/2 before:rounded-full before:bg-accent before:content-['']";

export function StripWindows(props: StripWindowsProps) {
  const { window, base, domain, limits, drafts, onDraft, onWindow, onBase } = props;
  const shown = drafts.window ?? window;
  const shownBase = drafts.base ?? base;
  const place = placeOf(shown, domain);
  const basePlace = shownBase === null ? null : placeOf(shownBase, domain);
  const common = { domain, limits };
  const draft = (next: Range | null) => onDraft(next === null ? NO_DRAFTS : { ...NO_DRAFTS, window: next });
  const ends = [
    ["start", "Start of the window", shown.startMs],
    ["end", "End of the window", shown.endMs],
  ] as const;
  return (
    <>
      {basePlace === null || shownBase === null ? null : (
        <StripSlider
          {...common}
          label="Window A, compared with"
          grip="window"
          window={shownBase}
          onDraft={(next) => onDraft(next === null ? NO_DRAFTS : { ...NO_DRAFTS, base: next })}
          onChoose={onBase}
          className="inset-y-0 cursor-grab border-x border-dashed border-line-strong bg-line-strong/15 active:cursor-grabbing"
          style={basePlace}
        >
          <Letter>A</Letter>
        </StripSlider>
      )}
      {place === null ? null : (
        <StripSlider
          {...common}
          label={base === null ? "Window" : "Window B"}
          grip="window"
          window={shown}
          onDraft={draft}
          onChoose={onWindow}
          className="inset-y-0 cursor-grab bg-accent/15 active:cursor-grabbing"
          style={place}
        >
          {base === null ? null : <Letter>B</Letter>}
        </StripSlider>
      )}
      {ends.map(([grip, label, atMs]) =>
        atMs < domain.startMs || atMs > domain.endMs ? null : (
          <StripSlider
            key={grip}
            {...common}
            label={label}
            grip={grip}
            window={shown}
            onDraft={draft}
            onChoose={onWindow}
            className={THUMB}
            style={{ left: `${percent(atMs, domain)}%` }}
          />
        ),
      )}
    </>
  );
}
