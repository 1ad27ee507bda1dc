"use client";
/** How a node that stands outside becomes a service of another mesh: lines for the configuration, ready to copy. */
import type { NodeAnswer } from "../../lib/query/schema/graph.ts";
import { joinHint } from "../../lib/view/join-hint.ts";
import { CodeLine } from "../ui/CodeLine.tsx";

export function JoinHint({ answer }: { readonly answer: NodeAnswer }) {
  const hint = joinHint(answer);
  if (hint === undefined) return null;
  return (
    <details className="text-sm">
      <summary className="cursor-pointer text-quiet">Is it a service of another mesh?</summary>
      <div className="flex flex-col gap-2 pt-2">
        <p className="text-quiet">{hint.words}</p>
        <CodeLine text={hint.snippet} label="alias for meshscope.yaml" />
      </div>
    </details>
  );
}
