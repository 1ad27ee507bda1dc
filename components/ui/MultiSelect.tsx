"use client";
/** Many of a list by checkbox; none chosen means all. A chosen value that is not offered any more stays removable. */
import { ChevronDown } from "lucide-react";
import { useId, useState } from "react";
import { Button } from "./Button.tsx";
import { Pop } from "./Pop.tsx";

interface MultiSelectProps {
  readonly name: string;
  readonly options: readonly string[];
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
}

/** An estate may have thousands of namespaces: a list of them is for typing into. */
const MOST_LISTED = 200;

function summary(chosen: readonly string[], options: readonly string[]): string {
  if (chosen.length === 0) return options.length > 1 ? `all ${options.length}` : "all";
  return chosen.length <= 2 ? chosen.join(", ") : `${chosen.length} of ${options.length}`;
}

export function MultiSelect({ name, options, chosen, onChange }: MultiSelectProps) {
  const [text, setText] = useState("");
  const filterId = useId();
  const all = [...new Set([...options, ...chosen])].sort();
  const found = all.filter((option) => option.toLowerCase().includes(text.toLowerCase()));
  const shown = found.slice(0, MOST_LISTED);
  const toggle = (option: string) =>
    onChange(chosen.includes(option) ? chosen.filter((c) => c !== option) : [...chosen, option]);
  const trigger = (
    <Button className="max-w-56 text-quiet">
      <span className="shrink-0">{name}</span>
      <span className="truncate font-medium text-text">{summary(chosen, all)}</span>
      <ChevronDown size={12} aria-hidden="true" className="shrink-0" />
    </Button>
  );
  return (
    <Pop trigger={trigger} label={`Choose ${name}`} className="w-60 p-1">
      {all.length > 8 ? (
        <input
          id={filterId}
          aria-label={`Filter ${name} list`}
          value={text}
          onChange={(event) => setText(event.target.value)}
          placeholder="Filter"
          className="mb-1 h-7 w-full rounded-md border border-line bg-bg px-2"
        />
      ) : null}
      {all.length === 0 ? <p className="px-2 py-1 text-quiet">None seen yet.</p> : null}
      {shown.map((option) => (
        <label key={option} className="flex min-h-7 cursor-pointer items-center gap-2 rounded-sm px-2 hover:bg-hover">
          <input
            type="checkbox"
            checked={chosen.includes(option)}
            onChange={() => toggle(option)}
            className="accent-accent"
          />
          <bdi className="truncate" title={option}>
            {option}
          </bdi>
        </label>
      ))}
      {found.length === shown.length ? null : (
        <p className="px-2 py-1 text-quiet">
          {shown.length} of {found.length}: type for the rest.
        </p>
      )}
      {chosen.length === 0 ? null : (
        <Button variant="ghost" className="mt-1 w-full" onClick={() => onChange([])}>
          Show all
        </Button>
      )}
    </Pop>
  );
}
