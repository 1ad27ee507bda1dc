"use client";
/** Who of the nodes in view sends and answers most; choosing one selects it. */
import type { GraphNode } from "../../lib/query/schema/graph.ts";
import { talkers } from "../../lib/view/estate.ts";
import { nodeLabel } from "../../lib/view/find.ts";
import { bytesPerSec, ratePerSec } from "../../lib/view/format.ts";
import { useSelection } from "../data/use-selection.ts";
import { Num } from "../ui/Num.tsx";
import { Section } from "../ui/Section.tsx";
import { ListRow } from "./ListRow.tsx";

const FIRST = 5;

export function Talkers({ nodes }: { readonly nodes: readonly GraphNode[] }) {
  const [, select] = useSelection();
  const all = talkers(nodes);
  if (all.length === 0) return null;
  return (
    <Section title="Top talkers" aside="in · out">
      {all.slice(0, FIRST).map(({ node, inPerSec, outPerSec, isTcp }) => (
        <ListRow
          key={node.id}
          state={node.health.state}
          name={nodeLabel(node)}
          onSelect={() => select({ kind: "node", id: node.id })}
        >
          <span className="shrink-0">
            <Num figure={isTcp ? bytesPerSec(inPerSec) : ratePerSec(inPerSec)} />
            <span className="text-quiet"> · </span>
            <Num figure={isTcp ? bytesPerSec(outPerSec) : ratePerSec(outPerSec)} />
          </span>
        </ListRow>
      ))}
    </Section>
  );
}
