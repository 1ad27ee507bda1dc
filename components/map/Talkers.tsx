"use client";
/** Who of the nodes in view sends and answers most; choosing one selects it. */
import type { GraphNode } from "../../lib/query/schema/graph.ts";
import { talkers } from "../../lib/view/estate.ts";
import { nodeLabel } from "../../lib/view/find.ts";
import { bytesPerSec, ratePerSec } from "../../lib/view/format.ts";
import { useSelection } from "../data/use-selection.ts";
import { Num } from "../ui/Num.tsx";
import { Section } from "../ui/Section.tsx";
import { StateMark } from "../ui/StateMark.tsx";

const FIRST = 5;

export function Talkers({ nodes }: { readonly nodes: readonly GraphNode[] }) {
  const [, select] = useSelection();
  const all = talkers(nodes);
  if (all.length === 0) return null;
  return (
    <Section title="Top talkers" aside="in · out">
      {all.slice(0, FIRST).map(({ node, inPerSec, outPerSec, isTcp }) => (
        <button
          key={node.id}
          type="button"
          onClick={() => select({ kind: "node", id: node.id })}
          className="flex min-h-7 w-full items-center justify-between gap-3 border-b border-line py-0.5 text-left last:border-b-0 hover:bg-hover"
        >
          <span className="flex min-w-0 items-center gap-1">
            <StateMark state={node.health.state} words={false} />
            <span className="truncate" title={nodeLabel(node)}>
              {nodeLabel(node)}
            </span>
          </span>
          <span className="shrink-0">
            <Num figure={isTcp ? bytesPerSec(inPerSec) : ratePerSec(inPerSec)} />
            <span className="text-quiet"> · </span>
            <Num figure={isTcp ? bytesPerSec(outPerSec) : ratePerSec(outPerSec)} />
          </span>
        </button>
      ))}
    </Section>
  );
}
