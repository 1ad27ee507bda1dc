"use client";
/** One span in full: figures, status, what is odd, attributes, resource, events, links, ids, and its place in the graph. */
import { X } from "lucide-react";
import { type ReactNode, useMemo } from "react";
import { durationMs, percent, plain } from "../../lib/view/format.ts";
import { colourOf, type TraceTree } from "../../lib/view/trace/build-trace.ts";
import { exactNs } from "../../lib/view/trace/duration-text.ts";
import { type SpanDetail, spanDetail } from "../../lib/view/trace/span-detail.ts";
import { counted } from "../../lib/view/trace/trace-words.ts";
import { linkTo } from "../../lib/view/url-state.ts";
import { useViewState } from "../data/use-view-state.ts";
import { IconButton } from "../ui/IconButton.tsx";
import { Num } from "../ui/Num.tsx";
import { Fact, Section } from "../ui/Section.tsx";
import { AttributeTable } from "./AttributeTable.tsx";
import { CopyButton } from "./CopyButton.tsx";
import { ServiceTag } from "./ServiceTag.tsx";
import { SpanEvents, SpanLinks } from "./SpanEvents.tsx";
import { SpanPlaces } from "./SpanPlaces.tsx";

interface SpanPanelProps {
  readonly tree: TraceTree;
  readonly row: number;
  readonly onClose: () => void;
}

export function SpanPanel({ tree, row, onClose }: SpanPanelProps) {
  const [view] = useViewState();
  const detail = useMemo(() => spanDetail(tree, row), [tree, row]);
  if (detail === undefined) return null;
  const { span } = detail;
  const hrefOf = (condition: string) => linkTo("/traces", view, { attr: condition });
  return (
    <div className="flex flex-col gap-4 p-4">
      <div className="flex flex-col gap-1">
        <div className="flex items-start justify-between gap-2">
          <h2 className="min-w-0 flex-1 overflow-hidden text-lg font-semibold leading-tight">
            <ServiceTag name={span.service} colour={colourOf(tree, row)} className="max-w-full" />
          </h2>
          <span className="flex shrink-0 items-center whitespace-nowrap text-xs text-quiet">
            {span.kind === "unspecified" ? "span" : span.kind} · esc
            <IconButton label="Close" icon={<X size={14} />} onClick={onClose} />
          </span>
        </div>
        <p className="break-words text-quiet">{span.operation}</p>
      </div>
      <Figures detail={detail} />
      {detail.remarks.length === 0 ? null : (
        <ul aria-label="Remarks" className="flex flex-col gap-1 rounded-md border border-line bg-box p-2 text-xs">
          {detail.remarks.map((remark) => (
            <li key={remark}>{remark}</li>
          ))}
        </ul>
      )}
      <SpanPlaces span={span} view={view} />
      <Section title="Attributes" aside={countOf(detail.attributes.length)}>
        <AttributeTable rows={detail.attributes} label="Attributes" hrefOf={hrefOf} />
      </Section>
      <SpanEvents events={detail.events} hrefOf={hrefOf} />
      <SpanLinks links={detail.links} view={view} />
      <Section title="Resource" aside={countOf(detail.resource.length)}>
        <AttributeTable rows={detail.resource} label="Resource" hrefOf={hrefOf} />
      </Section>
      <Section title="Ids">
        <Fact name="span">
          <CopyableId id={span.spanId} what="span id" />
        </Fact>
        <Fact name="parent">
          {span.parentSpanId === undefined ? (
            <span className="text-quiet">none: a root</span>
          ) : (
            <CopyableId id={span.parentSpanId} what="parent id" />
          )}
        </Fact>
        <Fact name="trace">
          <CopyableId id={tree.traceId} what="trace id" />
        </Fact>
        <Fact name="as JSON">
          <CopyButton text={() => JSON.stringify(span, null, 2)} what="the span as JSON" />
        </Fact>
      </Section>
    </div>
  );
}

function countOf(n: number): ReactNode {
  return n === 0 ? undefined : n;
}

function CopyableId({ id, what }: { readonly id: string; readonly what: string }) {
  return (
    <span className="inline-flex items-center gap-1 font-mono text-xs">
      <span className="break-all">{id}</span>
      <CopyButton text={id} what={what} />
    </span>
  );
}

function Figures({ detail }: { readonly detail: SpanDetail }) {
  const { span, isError, selfShare, descendants } = detail;
  const exact = (us: number) => exactNs(String(Math.round(us * 1000)));
  return (
    <div className="flex flex-col">
      <Fact name="status">
        <span
          className={
            isError ? "font-medium text-failing-text" : span.status === "ok" ? "text-healthy-text" : "text-quiet"
          }
        >
          {isError ? "! error" : span.status === "ok" ? "ok" : "unset"}
        </span>
        {span.statusMessage === undefined ? null : (
          <span className="block break-words text-xs">{span.statusMessage}</span>
        )}
      </Fact>
      <Fact name="starts after">
        <Num figure={{ ...durationMs(detail.offsetUs / 1000), exact: exact(detail.offsetUs) }} />
      </Fact>
      <Fact name="duration">
        <Num figure={{ ...durationMs(detail.durationUs / 1000), exact: exactNs(span.durationNs) }} />
      </Fact>
      <Fact name="self time">
        <Num figure={{ ...durationMs(detail.selfUs / 1000), exact: exact(detail.selfUs) }} />
        {selfShare === undefined ? null : <span className="text-quiet"> · {plain(percent(selfShare))}</span>}
      </Fact>
      <Fact name="below it">
        <span className={descendants === 0 ? "text-quiet" : ""}>
          {descendants === 0 ? "nothing" : counted(descendants, "span")}
        </span>
      </Fact>
    </div>
  );
}
