"use client";
/** What of the graph is drawn: all, or what lies about one node, so many hops up and down; and the way back. */
import { Minus, Plus } from "lucide-react";
import type { Graph } from "../../lib/query/schema/graph.ts";
import { count, plain } from "../../lib/view/format.ts";
import { span } from "../../lib/view/time.ts";
import { MOST_HOPS } from "../../lib/view/url-state.ts";
import { useOperations } from "../data/use-operations.ts";
import { useViewState } from "../data/use-view-state.ts";
import { Button } from "../ui/Button.tsx";
import { IconButton } from "../ui/IconButton.tsx";
import { Choice } from "../ui/Toggle.tsx";
import { useFocus, useFocusName } from "./use-focus.ts";

const WAYS = [
  { value: "both", label: "Both ways" },
  { value: "up", label: "Callers" },
  { value: "down", label: "Callees" },
] as const;

/** From how many traces: what was not traced is not there, and nothing is scaled. */
function OperationsRead() {
  const { answer, failure } = useOperations();
  if (failure !== null) return <span className="text-failing-text">{failure.message}</span>;
  if (answer === undefined) return <span className="text-quiet">reading traces …</span>;
  const { read, total, totalIsAtLeast } = answer.traces;
  const of = read === total ? "" : ` of ${totalIsAtLeast === true ? "at least " : ""}${plain(count(total))}`;
  return (
    <span className="text-quiet">
      from {plain(count(read))}
      {of} traces, {span(answer.window.start, answer.window.end, Date.now())}
    </span>
  );
}

function Hops({ hops, setHops }: { readonly hops: number; readonly setHops: (hops: number) => void }) {
  const [state, update] = useViewState();
  return (
    <>
      <span className="flex items-center text-quiet">
        <IconButton label="Fewer hops" shortcut="<" icon={<Minus size={14} />} onClick={() => setHops(hops - 1)} />
        <output className="tabular-nums">
          {hops} {hops === 1 ? "hop" : "hops"}
        </output>
        <IconButton label="More hops" shortcut=">" icon={<Plus size={14} />} onClick={() => setHops(hops + 1)} />
      </span>
      {hops === MOST_HOPS ? <span className="text-quiet">the most</span> : null}
      <Choice
        label="Which way"
        value={state.direction}
        options={WAYS}
        onChange={(direction) => update({ direction })}
      />
    </>
  );
}

export function FocusBar({ graph }: { readonly graph: Graph | undefined }) {
  const [state, update] = useViewState();
  const { setHops, leave } = useFocus();
  const name = useFocusName(graph);
  if (state.focus === "") return null;
  const { hops } = state;
  return (
    <section
      aria-label="Focus"
      className="flex flex-wrap items-center gap-2 rounded-md border border-line bg-panel py-1 pl-2.5 pr-1 text-sm"
    >
      <span className="max-w-56 truncate" title={name}>
        {state.operations ? "Operations of" : "Around"} <span className="font-medium">{name}</span>
      </span>
      {state.operations ? <OperationsRead /> : <Hops hops={hops} setHops={setHops} />}
      {state.operations ? (
        <Button variant="ghost" onClick={() => update({ operations: false })}>
          Without operations
        </Button>
      ) : null}
      <Button variant="ghost" onClick={leave}>
        Show everything
      </Button>
    </section>
  );
}
