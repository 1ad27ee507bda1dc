"use client";
/** Edges as short lines, worst first: the far end, rate and failures; choosing one selects it. */
import { useMemo, useState } from "react";
import type { GraphEdge, GraphNode } from "../../lib/query/schema/graph.ts";
import { worstFirst } from "../../lib/view/estate.ts";
import { bytesPerSec, count, percent, plain, ratePerSec } from "../../lib/view/format.ts";
import { tcpBytes } from "../../lib/view/graph/present-edge.ts";
import { endLabel } from "../../lib/view/node-words.ts";
import { useSelection } from "../data/use-selection.ts";
import { Button } from "../ui/Button.tsx";
import { Num } from "../ui/Num.tsx";
import { Section } from "../ui/Section.tsx";
import { troubleText } from "../ui/StateMark.tsx";
import { ListRow } from "./ListRow.tsx";

interface EdgeListProps {
  readonly title: string;
  readonly edges: readonly GraphEdge[];
  readonly nodes: ReadonlyMap<string, GraphNode>;
  /** Which end is named; `both` names the edge. */
  readonly show: "source" | "target" | "both";
  readonly empty: string;
}

const FIRST = 12;
const MORE = 50;

function Figures({ edge }: { readonly edge: GraphEdge }) {
  if (edge.tcp !== undefined) return <Num figure={bytesPerSec(tcpBytes(edge))} />;
  const bad = edge.errorRatio !== null && edge.errorRatio > 0;
  return (
    <span className="flex shrink-0 gap-2">
      <Num figure={ratePerSec(edge.requestsPerSec, edge.absent?.["requestsPerSec"])} />
      {bad ? (
        <Num figure={percent(edge.errorRatio)} className={troubleText(edge.health.state) || "text-quiet"} />
      ) : null}
    </span>
  );
}

export function EdgeList({ title, edges, nodes, show, empty }: EdgeListProps) {
  const [limit, setLimit] = useState(FIRST);
  const [, select] = useSelection();
  const sorted = useMemo(() => worstFirst(edges), [edges]);
  const shown = sorted.slice(0, limit);
  const name = (edge: GraphEdge) => {
    if (show === "source") return endLabel(nodes, edge.source);
    const target = endLabel(nodes, edge.target);
    return show === "target" ? target : `${endLabel(nodes, edge.source)} → ${target}`;
  };
  return (
    <Section title={title} aside={plain(count(edges.length))}>
      {edges.length === 0 ? <p className="text-quiet">{empty}</p> : null}
      {shown.map((edge) => (
        <ListRow
          key={edge.id}
          state={edge.health.state}
          name={name(edge)}
          onSelect={() => select({ kind: "edge", id: edge.id })}
        >
          <Figures edge={edge} />
        </ListRow>
      ))}
      {sorted.length > shown.length ? (
        <Button variant="ghost" onClick={() => setLimit(limit + MORE)} className="mt-1 self-start">
          Showing {plain(count(shown.length))} of {plain(count(sorted.length))}: show more
        </Button>
      ) : null}
    </Section>
  );
}
