"use client";
/** One operation, caller, callee or call of a picture of operations: its figures, as the traces that were read tell them. */
import type { GraphEdge } from "../../lib/query/schema/graph.ts";
import { nodesById } from "../../lib/view/estate.ts";
import { nodeLabel } from "../../lib/view/find.ts";
import { count, durationMs, percent, plain, ratePerSec } from "../../lib/view/format.ts";
import { nodePlace } from "../../lib/view/node-words.ts";
import type { OperationPart } from "../../lib/view/operation-part.ts";
import { span } from "../../lib/view/time.ts";
import { linkTo } from "../../lib/view/url-state.ts";
import { useViewState } from "../data/use-view-state.ts";
import { Onward } from "../shell/Onward.tsx";
import { SameAs } from "../shell/SameAs.tsx";
import { Num } from "../ui/Num.tsx";
import { Fact, Section } from "../ui/Section.tsx";
import { EdgeList } from "./EdgeList.tsx";
import { PanelHead } from "./PanelHead.tsx";
import { SpecialNode } from "./SpecialNode.tsx";

function Known({ part }: { readonly part: OperationPart }) {
  const { traces, window } = part.answer;
  const of = traces.read === traces.total ? "" : ` of ${plain(count(traces.total))}`;
  return (
    <Section title="How this is known">
      <p className="font-mono text-2xs leading-4 text-quiet">
        spans of {plain(count(traces.read))}
        {of} traces · {span(window.start, window.end, Date.now())} · what was not traced is not counted
      </p>
    </Section>
  );
}

function Latency({ edge }: { readonly edge: GraphEdge }) {
  const { latencyMs } = edge;
  return (
    <>
      {(["p50", "p95", "p99"] as const).map((name) => (
        <Fact key={name} name={name}>
          <Num figure={durationMs(latencyMs?.[name] ?? null)} />
        </Fact>
      ))}
    </>
  );
}

function Call({ part }: { readonly part: Extract<OperationPart, { readonly kind: "edge" }> }) {
  const { edge, source, target, answer } = part;
  const title = `${nodeLabel(source)} → ${nodeLabel(target)}`;
  return (
    <>
      <PanelHead title={title} kind={`${edge.protocol} call`} place={nodePlace(target)} health={edge.health} />
      <Section title={`Calls, ${span(answer.window.start, answer.window.end, Date.now())}`}>
        <Fact name="traced">
          <Num figure={ratePerSec(edge.requestsPerSec)} />
        </Fact>
        <Fact name="failures">
          <Num figure={percent(edge.errorRatio, edge.errorRatio === null ? "notApplicable" : undefined)} />
        </Fact>
        <Latency edge={edge} />
      </Section>
    </>
  );
}

function Member({ part }: { readonly part: Extract<OperationPart, { readonly kind: "node" }> }) {
  const [state] = useViewState();
  const { node, inbound, outbound, answer } = part;
  const nodes = nodesById(answer.nodes);
  const traces = node.kind === "operation" ? { operation: node.name, node: state.focus } : { node: node.id };
  return (
    <>
      <PanelHead title={nodeLabel(node)} kind={node.kind} place={nodePlace(node)} health={node.health} />
      <SpecialNode node={node} />
      <Section title={`Answered, ${span(answer.window.start, answer.window.end, Date.now())}`}>
        <Fact name="traced">
          <Num figure={ratePerSec(node.inbound.requestsPerSec, node.inbound.absent?.["requestsPerSec"])} />
        </Fact>
        <Fact name="failures">
          <Num figure={percent(node.inbound.errorRatio, node.inbound.absent?.["errorRatio"])} />
        </Fact>
      </Section>
      <EdgeList
        title="Callers, worst first"
        edges={inbound}
        nodes={nodes}
        show="source"
        empty="No caller was traced."
      />
      <EdgeList title="Calls, worst first" edges={outbound} nodes={nodes} show="target" empty="No call was traced." />
      <Onward links={[{ label: "Its traces", href: linkTo("/traces", state, traces) }]} />
    </>
  );
}

export function OperationPanel({ part, path }: { readonly part: OperationPart; readonly path: string }) {
  return (
    <>
      {part.kind === "edge" ? <Call part={part} /> : <Member part={part} />}
      <Known part={part} />
      <SameAs path={path} />
    </>
  );
}
