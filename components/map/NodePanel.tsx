"use client";
import type { NodeAnswer } from "../../lib/query/schema/graph.ts";
/** Everything known of one node: what comes in, who calls, whom it calls. */
import { BOX_VIEWS } from "../../lib/query/view-key.ts";
import { nodesById } from "../../lib/view/estate.ts";
import { nodeLabel } from "../../lib/view/find.ts";
import { foldParameters } from "../../lib/view/live-query.ts";
import { warningsOf } from "../../lib/view/node-warnings.ts";
import { nodePlace } from "../../lib/view/node-words.ts";
import { plainLinks } from "../../lib/view/onward-links.ts";
import { linkTo, queryText } from "../../lib/view/url-state.ts";
import { useNode } from "../data/queries.ts";
import { usePictured } from "../data/use-pictured.ts";
import { useViewState } from "../data/use-view-state.ts";
import { Onward } from "../shell/Onward.tsx";
import { PanelAnswer } from "../shell/PanelAnswer.tsx";
import { SameAs } from "../shell/SameAs.tsx";
import { EdgeList } from "./EdgeList.tsx";
import { JoinHint } from "./JoinHint.tsx";
import { NodeActions } from "./NodeActions.tsx";
import { NodeEvidence, NodeTraffic } from "./NodeTraffic.tsx";
import { PanelHead } from "./PanelHead.tsx";
import { SpecialNode } from "./SpecialNode.tsx";
import { Warnings } from "./Warnings.tsx";

function Body({ answer }: { readonly answer: NodeAnswer }) {
  const [state] = useViewState();
  const drawn = usePictured().state;
  const { node, window } = answer;
  const nodes = nodesById([...answer.neighbours, node]);
  const edges = [...answer.inbound, ...answer.outbound];
  const warnings = warningsOf({ nodes: [node, ...answer.neighbours], edges }).get(node.id) ?? [];
  const isMerged = node.holds !== undefined && !BOX_VIEWS.has(state.view);
  const target = isMerged ? { id: node.id, folded: true, title: nodeLabel(node) } : null;
  const own = queryText({ view: state.view, ...foldParameters(drawn), start: window.start, end: window.end });
  return (
    <>
      <PanelHead title={nodeLabel(node)} kind={node.kind} place={nodePlace(node)} health={node.health} />
      <SpecialNode node={node} />
      <Warnings codes={warnings} />
      <NodeActions id={node.id} fold={target} />
      <JoinHint answer={answer} />
      <NodeTraffic answer={answer} />
      <EdgeList
        title="Callers, worst first"
        edges={answer.inbound}
        nodes={nodes}
        show="source"
        empty="No one calls it in this window."
      />
      <EdgeList
        title="Calls, worst first"
        edges={answer.outbound}
        nodes={nodes}
        show="target"
        empty="It calls no one in this window."
      />
      <NodeEvidence answer={answer} />
      <Onward
        links={[
          { label: "Latency heatmap", href: linkTo("/heatmap", state, { node: node.id }) },
          ...(state.view === "service" && node.kind === "service"
            ? [{ label: "Its page", href: linkTo(`/services/${node.id}`, state) }]
            : []),
          { label: "Traces of this service", href: linkTo("/traces", state, { node: node.id }) },
          {
            label: "Its failing traces",
            href: linkTo("/traces", state, { node: node.id, status: "error" }),
          },
          ...plainLinks(state, node.service ?? node.name),
        ]}
      />
      <SameAs path={`/nodes/${node.id}${own}`} />
    </>
  );
}

export function NodePanel({ id }: { readonly id: string }) {
  const { state } = usePictured();
  const query = useNode(id, state);
  return (
    <PanelAnswer query={query} title="This node is not there">
      {(answer) => <Body answer={answer} />}
    </PanelAnswer>
  );
}
