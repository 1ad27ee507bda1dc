"use client";
/** Everything known of one edge. */
import { callerShare } from "../../lib/query/caller-share.ts";
import type { EdgeAnswer } from "../../lib/query/schema/graph.ts";
import { evidenceParts } from "../../lib/view/evidence-words.ts";
import { nodeLabel } from "../../lib/view/find.ts";
import { durationMs, percent, plain, quantileMs, ratePerSec } from "../../lib/view/format.ts";
import { nodePlace } from "../../lib/view/node-words.ts";
import { plainLinks } from "../../lib/view/onward-links.ts";
import { span } from "../../lib/view/time.ts";
import { linkTo, queryText } from "../../lib/view/url-state.ts";
import { useEdge } from "../data/queries.ts";
import { usePictured } from "../data/use-pictured.ts";
import { useViewState } from "../data/use-view-state.ts";
import { Onward } from "../shell/Onward.tsx";
import { PanelAnswer } from "../shell/PanelAnswer.tsx";
import { PanelSeries } from "../shell/PanelSeries.tsx";
import { SameAs } from "../shell/SameAs.tsx";
import { Num } from "../ui/Num.tsx";
import { Fact, Section } from "../ui/Section.tsx";
import { Codes } from "./Codes.tsx";
import { Failures, LatencyFacts, OtherViews } from "./EdgeTraffic.tsx";
import { PanelHead } from "./PanelHead.tsx";
import { Resilience, Volume } from "./Resilience.tsx";
import { Security } from "./Security.tsx";
import { Split } from "./Split.tsx";

function Body({ answer }: { readonly answer: EdgeAnswer }) {
  const [state] = useViewState();
  const { edge, source, target, window } = answer;
  const when = span(window.start, window.end, Date.now());
  const latency = edge.latencyMs;
  const figures = {
    requestsPerSec: <Num figure={ratePerSec(edge.requestsPerSec, edge.absent?.["requestsPerSec"])} />,
    errorRatio: <Failures ratio={edge.errorRatio} health={edge.health} absent={edge.absent?.["errorRatio"]} />,
    p95: (
      <Num
        figure={
          latency === null
            ? durationMs(null, edge.absent?.["latencyMs"])
            : quantileMs(latency.p95, latency.known["p95"])
        }
      />
    ),
  };
  const share = callerShare(edge.requestsPerSec, source.outbound.requestsPerSec);
  const path = `/edges/${edge.id}${queryText({ view: state.view, start: window.start, end: window.end })}`;
  return (
    <>
      <PanelHead
        title={`${nodeLabel(source)} → ${nodeLabel(target)}`}
        kind={`${edge.protocol} edge, ${edge.layer}`}
        place={`${nodePlace(source)} → ${nodePlace(target)}`}
        health={edge.health}
      />
      <Section title={edge.tcp === undefined ? `Requests, ${when}` : `Traffic, ${when}`}>
        {edge.protocol === "tcp" ? null : (
          <>
            <PanelSeries of={{ edge: edge.id }} figures={figures} />
            <Fact name="client errors">
              <Num figure={percent(edge.clientErrorRatio, edge.absent?.["clientErrorRatio"])} />
            </Fact>
            <Fact name={`of what ${nodeLabel(source)} sends`}>
              <Num figure={percent(share, edge.absent?.["requestsPerSec"])} />
            </Fact>
            <LatencyFacts edge={edge} />
          </>
        )}
      </Section>
      <OtherViews edge={edge} />
      <Codes edge={edge} />
      <Security edge={edge} />
      <Split edge={edge} />
      <Resilience edge={edge} />
      <Volume edge={edge} />
      <Section title="How this is known">
        <p className="break-words font-mono text-2xs leading-4 text-quiet">
          {[
            ...evidenceParts(edge.evidence),
            when,
            `${plain(percent(answer.completeness.observedShare))} observed`,
          ].join(" · ")}
        </p>
      </Section>
      <Onward
        links={[
          { label: "Latency heatmap", href: linkTo("/heatmap", state, { edge: edge.id }) },
          { label: "Traces of this edge", href: linkTo("/traces", state, { edge: edge.id }) },
          { label: "Its failing traces", href: linkTo("/traces", state, { edge: edge.id, status: "error" }) },
          ...plainLinks(state, target.service ?? target.name),
          { label: `Caller: ${nodeLabel(source)}`, href: linkTo("/", state, { node: source.id }) },
          { label: `Destination: ${nodeLabel(target)}`, href: linkTo("/", state, { node: target.id }) },
        ]}
      />
      <SameAs path={path} />
    </>
  );
}

export function EdgePanel({ id }: { readonly id: string }) {
  const { state } = usePictured();
  const query = useEdge(id, state);
  return (
    <PanelAnswer query={query} title="This edge is not there">
      {(answer) => <Body answer={answer} />}
    </PanelAnswer>
  );
}
