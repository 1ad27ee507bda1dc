"use client";
/** Words of a tick on a time axis: beside it on hover, and as an entry of a list that is unseen until it has the focus. */
import { cx } from "./cx.ts";

interface Tick {
  /** Place on the axis, 0..1. */
  readonly share: number;
  readonly words: readonly string[];
}

export const tickPlace = ({ share }: Pick<Tick, "share">) => ({ left: `${100 * share}%` });

/** Of what stands in the list: over its tick, and never out of the picture. */
export const listedPlace = (tick: Pick<Tick, "share">) =>
  tick.share > 0.5 ? { right: `${100 * (1 - tick.share)}%` } : tickPlace(tick);

export const LISTED_TICK =
  "sr-only focus-visible:not-sr-only focus-visible:pointer-events-auto focus-visible:absolute focus-visible:z-30 focus-visible:max-w-72 focus-visible:rounded-sm focus-visible:border focus-visible:border-line focus-visible:bg-panel focus-visible:px-1.5 focus-visible:py-1 focus-visible:text-2xs focus-visible:outline-2 focus-visible:outline-accent";

/** Inside an element of class `group`. */
export function TickWords({ tick }: { readonly tick: Tick }) {
  return (
    <span
      className={cx(
        "pointer-events-none absolute bottom-full z-30 mb-0.5 hidden w-max max-w-72 flex-col rounded-sm border border-line bg-panel px-1.5 py-1 text-left font-sans text-2xs font-normal text-text shadow-sm group-hover:flex",
        tick.share > 0.5 ? "right-2" : "left-2",
      )}
    >
      {tick.words.map((words) => (
        <span key={words}>{words}</span>
      ))}
    </span>
  );
}
