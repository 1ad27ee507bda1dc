"use client";
/**
 * What happened, as ticks over a chart whose box this fills: words on hover and focus, a link to the rollout or the audit. The
 * ticks of a chart are one list, in order of time; where several charts stand under each other only one has it.
 */
import Link from "next/link";
import { type EventTick, eventTicks } from "../../lib/view/event-ticks.ts";
import { linkTo } from "../../lib/view/url-state.ts";
import { useEvents } from "../data/events.ts";
import { useViewState } from "../data/use-view-state.ts";
import { cx } from "../ui/cx.ts";
import { LISTED_TICK, listedPlace, TickWords, tickPlace } from "../ui/TickWords.tsx";

interface EventTicksProps {
  readonly window: { readonly start: number; readonly end: number };
  /** Drawn only: another chart of the same window has the list. */
  readonly isEcho?: boolean;
}

/** For the pointer: as thin as what happened was short, so the same is in the list that keyboard and screen reader walk. */
function Drawn({ tick }: { readonly tick: EventTick }) {
  const [view] = useViewState();
  const look = cx(
    "group pointer-events-auto absolute top-0 h-full w-2.5 -translate-x-1/2",
    "after:absolute after:left-1/2 after:top-0 after:h-full after:w-px after:content-['']",
    "before:absolute before:left-1/2 before:top-0 before:size-1.5 before:-translate-x-1/2 before:rounded-full before:content-['']",
    tick.isBad ? "after:bg-failing before:bg-failing" : "after:bg-accent before:bg-accent",
  );
  if (tick.path === null)
    return (
      <span className={look} style={tickPlace(tick)}>
        <TickWords tick={tick} />
      </span>
    );
  return (
    <Link
      href={linkTo(tick.path, view)}
      tabIndex={-1}
      className={look}
      style={tickPlace(tick)}
      onPointerDown={(event) => event.stopPropagation()}
    >
      <TickWords tick={tick} />
    </Link>
  );
}

function Listed({ tick }: { readonly tick: EventTick }) {
  const [view] = useViewState();
  const words = tick.words.join("; ");
  if (tick.path === null) return <span className="sr-only">{words}</span>;
  return (
    <Link href={linkTo(tick.path, view)} className={cx(LISTED_TICK, "focus-visible:top-0")} style={listedPlace(tick)}>
      {words}
    </Link>
  );
}

export function EventTicks({ window, isEcho = false }: EventTicksProps) {
  const { data } = useEvents(window);
  const ticks = eventTicks(data?.events ?? [], window);
  if (ticks.length === 0) return null;
  if (isEcho)
    return (
      <div aria-hidden="true" className="pointer-events-none absolute inset-0">
        {ticks.map((tick) => (
          <span
            key={tick.id}
            className={cx("absolute top-0 h-full w-px", tick.isBad ? "bg-failing" : "bg-accent")}
            style={tickPlace(tick)}
          />
        ))}
      </div>
    );
  return (
    <div className="pointer-events-none absolute inset-0">
      <div aria-hidden="true">
        {ticks.map((tick) => (
          <Drawn key={tick.id} tick={tick} />
        ))}
      </div>
      <ul aria-label="What happened">
        {ticks.map((tick) => (
          <li key={tick.id} className="contents">
            <Listed tick={tick} />
          </li>
        ))}
      </ul>
    </div>
  );
}
