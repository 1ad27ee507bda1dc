"use client";
/** Where the span stands in the graph, and where to look for more like it. */
import { ArrowRight } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";
import type { TraceSpan } from "../../lib/query/schema/traces.ts";
import { linkTo, type ViewState } from "../../lib/view/url-state.ts";
import { Section } from "../ui/Section.tsx";

interface SpanPlacesProps {
  readonly span: TraceSpan;
  readonly view: ViewState;
}

/** Ids of spans are those of the graph's `service` view. */
export function SpanPlaces({ span, view }: SpanPlacesProps) {
  const map: ViewState = { ...view, view: "service" };
  const { service, operation } = span;
  return (
    <Section title="Onward">
      {span.node === undefined ? null : (
        <Onward href={linkTo("/", map, { node: span.node })}>{`${service} on the map`}</Onward>
      )}
      {span.edge === undefined ? null : (
        <Onward href={linkTo("/", map, { edge: span.edge })}>its edge on the map</Onward>
      )}
      <Onward href={linkTo("/traces", view, { service, operation })}>traces with this operation</Onward>
      {span.status === "error" ? (
        <Onward href={linkTo("/traces", view, { service, operation, status: "error" })}>its failures</Onward>
      ) : null}
      {span.node === undefined && span.edge === undefined ? (
        <p className="py-1 text-xs text-quiet">No metric names this service, so it has no place on the map.</p>
      ) : null}
    </Section>
  );
}

function Onward({ href, children }: { readonly href: string; readonly children: ReactNode }) {
  return (
    <Link
      href={href}
      className="flex min-h-7 items-center justify-between gap-2 border-b border-line last:border-b-0 hover:text-accent"
    >
      {children}
      <ArrowRight size={14} aria-hidden="true" className="text-quiet" />
    </Link>
  );
}
