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

interface EventTicksProps {
  readonly window: { readonly start: number; readonly end: number };
  /** Drawn only: another chart of the same window has the list. */
  readonly isEcho?: boolean;
}

const placed = ({ share }: EventTick) => ({ left: `${100 * share}%` });

function Words({ tick }: { readonly tick: EventTick }) {
  return (
    <span
      className={cx(
        "pointer-events-none absolute bottom-full z-20 mb-0.5 hidden w-max max-w-72 flex-col rounded-sm border border-line bg-panel px-1.5 py-1 text-2xs text-text shadow-sm group-hover:flex group-focus-visible:flex",
        tick.share > 0.5 ? "right-2" : "left-2",
      )}
    >
      {tick.words.map((words) => (
        <span key={words}>{words}</span>
      ))}
    </span>
  );
}

function Tick({ tick }: { readonly tick: EventTick }) {
  const [view] = useViewState();
  const look = cx(
    "group pointer-events-auto absolute top-0 h-full w-2.5 -translate-x-1/2 focus-visible:outline-2 focus-visible:outline-accent",
    "after:absolute after:left-1/2 after:top-0 after:h-full after:w-px after:content-['']",
    "before:absolute before:left-1/2 before:top-0 before:size-1.5 before:-translate-x-1/2 before:rounded-full before:content-['']",
    tick.isBad ? "after:bg-failing before:bg-failing" : "after:bg-accent before:bg-accent",
  );
  const label = tick.words.join("; ");
  if (tick.path === null)
    return (
      // biome-ignore lint/a11y/noNoninteractiveTabindex: its words must be reachable by the keyboard too
      <span role="note" tabIndex={0} aria-label={label} className={look} style={placed(tick)}>
        <Words tick={tick} />
      </span>
    );
  return (
    <Link
      href={linkTo(tick.path, view)}
      aria-label={label}
      className={look}
      style={placed(tick)}
      onPointerDown={(event) => event.stopPropagation()}
    >
      <Words tick={tick} />
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
            style={placed(tick)}
          />
        ))}
      </div>
    );
  return (
    <ul aria-label="What happened" className="pointer-events-none absolute inset-0">
      {ticks.map((tick) => (
        <li key={tick.id} className="contents">
          <Tick tick={tick} />
        </li>
      ))}
    </ul>
  );
}
