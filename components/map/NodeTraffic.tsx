"use client";
/** What comes into a node, all its callers together, and what goes out: the same parts as an edge has. */
import type { MergedDetail, NodeAnswer } from "../../lib/query/schema/graph.ts";
import { reporterWords } from "../../lib/view/evidence-words.ts";
import { percent, plain, quantileMs, ratePerSec } from "../../lib/view/format.ts";
import { span } from "../../lib/view/time.ts";
import { PanelSeries } from "../shell/PanelSeries.tsx";
import { Num } from "../ui/Num.tsx";
import { Fact, Section } from "../ui/Section.tsx";
import { TcpFact } from "../ui/TcpFact.tsx";
import { Codes } from "./Codes.tsx";
import { Failures, LatencyFacts } from "./EdgeTraffic.tsx";
import { Resilience } from "./Resilience.tsx";
import { Security } from "./Security.tsx";

function Inbound({ answer }: { readonly answer: NodeAnswer }) {
  const { node, into, window } = answer;
  const { inbound } = node;
  const { requests } = into;
  const latency = requests?.latencyMs ?? null;
  const figures = {
    requestsPerSec: <Num figure={ratePerSec(inbound.requestsPerSec, inbound.absent?.["requestsPerSec"])} />,
    errorRatio: <Failures ratio={inbound.errorRatio} health={node.health} absent={inbound.absent?.["errorRatio"]} />,
    ...(latency === null ? {} : { p95: <Num figure={quantileMs(latency.p95, latency.known["p95"])} /> }),
  };
  return (
    <Section title={`Inbound, ${span(window.start, window.end, Date.now())}`}>
      <PanelSeries of={{ node: node.id }} figures={figures} />
      {requests === null ? null : (
        <>
          <Fact name="client errors">
            <Num figure={percent(requests.clientErrorRatio, requests.absent?.["clientErrorRatio"])} />
          </Fact>
          <LatencyFacts edge={requests} />
        </>
      )}
      <TcpFact of={inbound} />
    </Section>
  );
}

function Outbound({ outbound }: NodeAnswer["node"]) {
  return (
    <Section title="Outbound">
      <Fact name="requests">
        <Num figure={ratePerSec(outbound.requestsPerSec, outbound.absent?.["requestsPerSec"])} />
      </Fact>
      <Fact name="failures">
        <Num figure={percent(outbound.errorRatio, outbound.absent?.["errorRatio"])} />
      </Fact>
      <TcpFact of={outbound} />
    </Section>
  );
}

export function NodeTraffic({ answer }: { readonly answer: NodeAnswer }) {
  const { requests, tcp } = answer.into;
  const isBoth = requests !== null && tcp !== null;
  const main = requests ?? tcp;
  return (
    <>
      <Inbound answer={answer} />
      {requests === null ? null : <Codes edge={requests} />}
      {requests === null ? null : <Security edge={requests} title={isBoth ? "Security of requests" : "Security"} />}
      {tcp === null ? null : <Security edge={tcp} title={isBoth ? "Security of TCP" : "Security"} />}
      {main === null ? null : <Resilience edge={main} />}
      <Outbound {...answer.node} />
    </>
  );
}

const listed = (parts: readonly MergedDetail[], of: (part: MergedDetail) => readonly string[]): string[] =>
  [...new Set(parts.flatMap(of))].sort();

/** Metric families and reporters of what comes in, window, observed share. */
export function NodeEvidence({ answer }: { readonly answer: NodeAnswer }) {
  const { window, completeness, into } = answer;
  const parts = [into.requests, into.tcp].flatMap((part) => part ?? []);
  const said = [
    listed(parts, ({ evidence }) => evidence.families).join(", "),
    listed(parts, ({ evidence }) => evidence.reporters.map(reporterWords)).join(" + "),
    "sum of its edges",
    span(window.start, window.end, Date.now()),
    `${plain(percent(completeness.observedShare))} observed`,
  ];
  return (
    <Section title="How this is known">
      <p className="break-words font-mono text-2xs leading-4 text-quiet">
        {said.filter((part) => part !== "").join(" · ")}
      </p>
    </Section>
  );
}
