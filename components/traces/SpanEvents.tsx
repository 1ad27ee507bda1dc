"use client";
/** What happened within a span, and the spans it points to. */
import Link from "next/link";
import type { EventRow, LinkRow } from "../../lib/view/trace/span-detail.ts";
import { usText } from "../../lib/view/trace/trace-words.ts";
import { linkTo, type ViewState } from "../../lib/view/url-state.ts";
import { Section } from "../ui/Section.tsx";
import { AttributeTable } from "./AttributeTable.tsx";

interface SpanEventsProps {
  readonly events: readonly EventRow[];
  readonly hrefOf: (condition: string) => string;
}

export function SpanEvents({ events, hrefOf }: SpanEventsProps) {
  if (events.length === 0) return null;
  return (
    <Section title="Events" aside={events.length}>
      <ol className="flex flex-col gap-2">
        {events.map((event, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: events have no id, and two may be equal
          <li key={index} className="border-l-2 border-line pl-2">
            <div className="flex items-baseline justify-between gap-2">
              <span className="font-medium">{event.name}</span>
              <span className="whitespace-nowrap text-xs text-quiet">{offsetWords(event.offsetUs)}</span>
            </div>
            {event.attributes.length === 0 ? null : (
              <AttributeTable rows={withoutConditions(event)} label={`Attributes of ${event.name}`} hrefOf={hrefOf} />
            )}
          </li>
        ))}
      </ol>
    </Section>
  );
}

/** The search asks spans and resources, not events: a link would find nothing. */
function withoutConditions(event: EventRow) {
  return event.attributes.map(({ key, type, text }) => ({ key, type, text }));
}

function offsetWords(us: number): string {
  return us < 0 ? `${usText(-us)} before its span` : `at ${usText(us)}`;
}

export function SpanLinks({ links, view }: { readonly links: readonly LinkRow[]; readonly view: ViewState }) {
  if (links.length === 0) return null;
  return (
    <Section title="Links" aside={links.length}>
      <ul className="flex flex-col gap-2">
        {links.map((link, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a span may link to the same span twice
          <li key={index} className="flex flex-col border-l-2 border-line pl-2 text-xs">
            <Link
              href={linkTo(`/traces/${encodeURIComponent(link.traceId)}`, view, { span: link.spanId })}
              className="break-all font-mono underline decoration-line-strong underline-offset-2 hover:text-accent"
            >
              {link.isSameTrace ? `span ${link.spanId}` : link.traceId}
            </Link>
            <span className="text-quiet">
              {link.isSameTrace ? "in this trace" : `span ${link.spanId} of another trace`}
              {link.attributes.map((row) => ` · ${row.key} ${row.text}`).join("")}
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
