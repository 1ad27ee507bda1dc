"use client";
/** Of a node that is no workload: what it is, why it is in the picture, what to do. Nothing for other nodes. */
import type { GraphNode } from "../../lib/query/schema/graph.ts";
import { specialWords } from "../../lib/view/special-node.ts";

export function SpecialNode({ node }: { readonly node: GraphNode }) {
  const words = specialWords(node);
  if (words === undefined) return null;
  return (
    <section
      aria-label="What this node is"
      className="flex flex-col gap-1.5 rounded-md border border-line p-2.5 text-sm"
    >
      {words.what === "" ? null : <p>{words.what}</p>}
      {words.why === "" ? null : <p className="text-quiet">Why it is here: {words.why}.</p>}
      {words.advice === "" ? null : <p className="text-quiet">What to do: {words.advice}</p>}
    </section>
  );
}
