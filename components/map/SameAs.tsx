"use client";
/** The call that gives the same data. */
import { curlLine } from "../../lib/view/empty-help.ts";
import { useMeta } from "../data/queries.ts";
import { CodeLine } from "../ui/CodeLine.tsx";

export function SameAs({ path }: { readonly path: string }) {
  const { data: meta } = useMeta();
  return (
    <details>
      <summary className="cursor-pointer text-xs font-semibold text-quiet">Same as</summary>
      <div className="pt-2">
        <CodeLine label="command" text={curlLine(meta?.listen ?? {}, path)} />
      </div>
    </details>
  );
}
