"use client";
/** What is known and what is not, always there: targets, age, coverage, spans, gaps in collection, window. */
import type { Completeness } from "../../lib/query/schema/common.ts";
import { ageWords } from "../../lib/view/age-words.ts";
import { age, count, percent, plain } from "../../lib/view/format.ts";
import { instant, span } from "../../lib/view/time.ts";
import { type GraphData, useGraph } from "../data/use-graph.ts";
import { useNow } from "../data/use-now.ts";
import { CollectionParts } from "./CollectionParts.tsx";
import { StatusPart } from "./StatusPart.tsx";
import { TargetsPart } from "./TargetsPart.tsx";

function AgePart({ data, completeness }: { readonly data: GraphData; readonly completeness: Completeness }) {
  const now = useNow();
  const since = Math.max(0, now - data.receivedAtMs);
  const live = data.stream !== "still";
  const newest = completeness.newestAgeMs;
  const broken = data.stream === "broken" || data.stream === "failed";
  const words = ageWords(newest, live ? since : null);
  return (
    <StatusPart
      words={broken ? `${words}, ${data.stream === "failed" ? "polling" : "reconnecting"}` : words}
      label="Age of the data"
      tone={broken ? "degraded" : "quiet"}
    >
      <p>
        {newest === null
          ? "Nothing was observed in this window yet"
          : `The newest observation in this window was ${plain(age(newest))} old when it was answered`}
        ; the answer came {plain(age(since))} ago.
      </p>
      {broken ? (
        <p>The live stream is interrupted. What you see is the last answer; the console keeps trying by itself.</p>
      ) : null}
    </StatusPart>
  );
}

function CoveragePart({ completeness }: { readonly completeness: Completeness }) {
  const share = plain(percent(completeness.observedShare));
  return (
    <StatusPart
      words={
        <>
          {share} <span className="max-lg:hidden">of window </span>observed
        </>
      }
      label="How much of the window was observed"
    >
      <p>
        {share} of the window lies between two successful observations of the proxies that report. Rates are increases
        divided by that observed time, not by the whole window: what nobody saw counts neither as traffic nor as zero.
      </p>
      <p className="text-quiet">A console that has just started observes little; the share grows with every scrape.</p>
    </StatusPart>
  );
}

function SpansPart({ completeness }: { readonly completeness: Completeness }) {
  const { unpairedSpanShare: unpaired, sampledShare: sampled } = completeness;
  if (unpaired === null && sampled === null) return null;
  const parts = [
    unpaired === null ? null : `${plain(percent(unpaired))} of spans unpaired`,
    sampled === null ? null : `sampled ${plain(percent(sampled))}`,
  ];
  return (
    <StatusPart words={parts.filter((part) => part !== null).join(", ")} label="Spans">
      <p>
        A request between two services leaves a client span and a server span. A span whose other half did not arrive is
        unpaired: its peer is inferred. Sampled is the share of requests of which spans were sent.
      </p>
    </StatusPart>
  );
}

export function StatusLine() {
  const data = useGraph();
  const { graph, failure } = data;
  const now = useNow(60_000);
  return (
    <footer className="flex h-[27px] shrink-0 items-center gap-2 overflow-x-auto border-t border-line px-2 text-xs [scrollbar-width:none]">
      {graph === undefined ? (
        <span className="px-1.5 text-quiet">
          {failure === null ? "waiting for the first answer" : `no data: ${failure.code}`}
        </span>
      ) : (
        <>
          <TargetsPart targets={graph.completeness.targets} />
          <AgePart data={data} completeness={graph.completeness} />
          <CoveragePart completeness={graph.completeness} />
          <SpansPart completeness={graph.completeness} />
          <CollectionParts completeness={graph.completeness} />
          <span className="flex-1" />
          <StatusPart words={span(graph.window.start, graph.window.end, now)} label="The window" align="end">
            <p>
              Every number on this page is of {instant(graph.window.start)} to {instant(graph.window.end)}, in slots of{" "}
              {plain(count(graph.window.slotMs / 1000))} s. Asked for:{" "}
              {span(graph.window.requested.start, graph.window.requested.end, now)}.
            </p>
          </StatusPart>
        </>
      )}
    </footer>
  );
}
