"use client";
/** Expressions to start from, and the language on one page. */
import { ListFilter } from "lucide-react";
import { useState } from "react";
import { FIELDS } from "../../lib/query/find/fields.ts";
import { FIND_PRESETS } from "../../lib/view/find-graph.ts";
import { IconButton } from "../ui/IconButton.tsx";
import { Pop } from "../ui/Pop.tsx";

const KINDS = { text: "= != ~ !~ =~ in (…)", number: "> >= < <= = !=", state: "by itself" } as const;

export function FindHelp({ onChoose }: { readonly onChoose: (text: string) => void }) {
  const [open, setOpen] = useState(false);
  return (
    <Pop
      trigger={<IconButton label="Presets and the find language" icon={<ListFilter size={14} />} />}
      label="Presets and the find language"
      open={open}
      onOpenChange={setOpen}
      className="w-[min(30rem,92vw)]"
    >
      <ul aria-label="Presets">
        {FIND_PRESETS.map(({ text, words }) => (
          <li key={text}>
            <button
              type="button"
              className="flex w-full flex-wrap justify-between gap-x-3 rounded px-1.5 py-1 text-left hover:bg-hover"
              onClick={() => {
                setOpen(false);
                onChoose(text);
              }}
            >
              <span>{words}</span>
              <code className="font-mono text-xs leading-5 text-quiet">{text}</code>
            </button>
          </li>
        ))}
      </ul>
      <details className="mt-2 border-t border-line pt-2">
        <summary className="cursor-pointer font-medium">The language</summary>
        <p className="mt-1 text-quiet">
          <code>not</code> before <code>and</code> before <code>or</code>, parentheses as usual; terms side by side are
          joined by <code>and</code>. A word by itself is looked for in names. <code>source.</code> and{" "}
          <code>target.</code> before a field name an edge’s end.
        </p>
        <table className="mt-2 w-full text-xs">
          <thead className="sr-only">
            <tr>
              <th>Field</th>
              <th>Operators</th>
              <th>Meaning</th>
            </tr>
          </thead>
          <tbody>
            {FIELDS.map(({ name, kind, words }) => (
              <tr key={name} className="align-top">
                <td className="pr-2 font-mono">{name}</td>
                <td className="whitespace-nowrap pr-2 font-mono text-quiet">{KINDS[kind]}</td>
                <td className="text-quiet">{words}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </Pop>
  );
}
