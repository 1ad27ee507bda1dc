"use client";
/** The call that gives the same data: at the foot of a panel, or behind a button over a table. */
import { Terminal } from "lucide-react";
import { curlLine } from "../../lib/view/empty-help.ts";
import { useMeta } from "../data/queries.ts";
import { Button } from "../ui/Button.tsx";
import { CodeLine } from "../ui/CodeLine.tsx";
import { Pop } from "../ui/Pop.tsx";

function Call({ path }: { readonly path: string }) {
  const { data: meta } = useMeta();
  return <CodeLine label="command" text={curlLine(meta?.listen ?? {}, path)} />;
}

export function SameAs({ path }: { readonly path: string }) {
  return (
    <details>
      <summary className="cursor-pointer text-xs font-semibold text-quiet">Same as</summary>
      <div className="pt-2">
        <Call path={path} />
      </div>
    </details>
  );
}

export function SameAsButton({ path }: { readonly path: string }) {
  const trigger = (
    <Button variant="ghost" className="text-quiet">
      <Terminal size={14} aria-hidden="true" />
      Same as
    </Button>
  );
  return (
    <Pop trigger={trigger} label="Same as" align="end" className="flex w-[min(440px,90vw)] flex-col gap-2">
      <p>The same data from a command line:</p>
      <Call path={path} />
    </Pop>
  );
}
