"use client";
/**
 * The window on the strip with its two ends, and window A where two are compared. What is drawn has the exact width; what is
 * held is at least 24 px wide, its ends beside it, and A is held below B, so that no hold lies on another.
 */
import { xOf } from "../../lib/view/chart.ts";
import type { Range } from "../../lib/view/timeline/range.ts";
import { cx } from "../ui/cx.ts";
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

interface Place {
  readonly left: string;
  readonly width: string;
}

/** As far as it is on the strip; null where none of it is. */
function placeOf({ startMs, endMs }: Range, domain: Range): Place | null {
  const percent = (atMs: number) => xOf(atMs, { ...domain, max: 1 }, { width: 100, height: 1 });
  const from = Math.max(0, percent(startMs));
  const to = Math.min(100, percent(endMs));
  return to <= from ? null : { left: `${from}%`, width: `${to - from}%` };
}

function Letter({ children }: { readonly children: string }) {
  return (
    <span className="absolute left-0.5 top-0 rounded-sm bg-panel px-1 text-2xs font-medium leading-[13px] text-text">
      {children}
    </span>
  );
}

const PILL =
  "absolute inset-y-0 w-0.5 bg-accent before:absolute before:left-1/2 before:top-1/2 before:h-4 before:w-1.5 before:-translate-1/2 before:rounded-full before:bg-accent before:content-['']";

/** The window as it is drawn. */
function Drawn({
  place,
  letter,
  isBase,
}: {
  readonly place: Place;
  readonly letter: string;
  readonly isBase: boolean;
}) {
  const look = isBase ? "border-x border-dashed border-line-strong bg-line-strong/15" : "bg-accent/15";
  return (
    <div aria-hidden="true" className={cx("pointer-events-none absolute inset-y-0", look)} style={place}>
      {letter === "" ? null : <Letter>{letter}</Letter>}
      {isBase ? null : <span className={cx(PILL, "left-0")} />}
      {isBase ? null : <span className={cx(PILL, "right-0")} />}
    </div>
  );
}

const HOLD = "absolute left-1/2 w-[max(100%,24px)] -translate-x-1/2 cursor-grab active:cursor-grabbing";
const END = "absolute w-6 cursor-ew-resize";
/** Beside what is held of the window. */
const BESIDE = "calc(50% + max(50%, 12px))";

export function StripWindows(props: StripWindowsProps) {
  const { window, base, domain, limits, drafts, onDraft, onWindow, onBase } = props;
  const shown = drafts.window ?? window;
  const shownBase = drafts.base ?? base;
  const place = placeOf(shown, domain);
  const basePlace = shownBase === null ? null : placeOf(shownBase, domain);
  const isComparing = base !== null;
  const own = {
    ...{ window: shown, domain, limits, onChoose: onWindow },
    onDraft: (next: Range | null) => onDraft(next === null ? NO_DRAFTS : { ...NO_DRAFTS, window: next }),
  };
  const height = isComparing ? "top-0 h-6" : "inset-y-0";
  return (
    <>
      {basePlace === null || shownBase === null ? null : (
        <>
          <Drawn place={basePlace} letter="A" isBase />
          <div className="absolute bottom-0 h-6" style={basePlace}>
            <StripSlider
              label="Window A, compared with"
              grip="window"
              window={shownBase}
              domain={domain}
              limits={limits}
              onDraft={(next) => onDraft(next === null ? NO_DRAFTS : { ...NO_DRAFTS, base: next })}
              onChoose={onBase}
              className={cx(HOLD, "inset-y-0")}
            />
          </div>
        </>
      )}
      {place === null ? null : (
        <>
          <Drawn place={place} letter={isComparing ? "B" : ""} isBase={false} />
          <div className={cx("absolute", height)} style={place}>
            <StripSlider
              {...own}
              label={isComparing ? "Window B" : "Window"}
              grip="window"
              className={cx(HOLD, "inset-y-0")}
            />
            <StripSlider
              {...own}
              label="Start of the window"
              grip="start"
              className={cx(END, "inset-y-0")}
              style={{ right: BESIDE }}
            />
            <StripSlider
              {...own}
              label="End of the window"
              grip="end"
              className={cx(END, "inset-y-0")}
              style={{ left: BESIDE }}
            />
          </div>
        </>
      )}
    </>
  );
}
