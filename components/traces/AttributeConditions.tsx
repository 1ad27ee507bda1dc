"use client";
/** The conditions on attributes: those that hold, each removable, and a field for one more. A slip is underlined. */
import { X } from "lucide-react";
import { type FormEvent, useId, useState } from "react";
import {
  addAttribute,
  removeAttribute,
  type SearchForm,
  type SearchProblem,
} from "../../lib/view/trace/search-view.ts";
import { Button } from "../ui/Button.tsx";
import { cx } from "../ui/cx.ts";

interface AttributeConditionsProps {
  readonly form: SearchForm;
  readonly problems: readonly SearchProblem[];
  readonly onForm: (form: SearchForm) => void;
}

export function AttributeField({ form, onForm }: Pick<AttributeConditionsProps, "form" | "onForm">) {
  const [text, setText] = useState("");
  const id = useId();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onForm(addAttribute(form, text));
    setText("");
  };
  return (
    <form onSubmit={submit} className="flex min-w-56 flex-1 flex-col gap-0.5 text-2xs text-quiet">
      <label htmlFor={id}>Attribute, on one span together with the rest</label>
      <span className="flex gap-1">
        <input
          id={id}
          value={text}
          onChange={(event) => setText(event.target.value)}
          placeholder="http.response.status_code>=500"
          autoComplete="off"
          spellCheck={false}
          title="key=value, != > >= < <=, =~ for a pattern, exists:key; quotes force text"
          className="h-7 w-full min-w-0 rounded-md border border-line bg-panel px-2 font-mono text-xs text-text"
        />
        <Button type="submit" disabled={text.trim() === ""}>
          Add
        </Button>
      </span>
    </form>
  );
}

export function AttributeConditions({ form, problems, onForm }: AttributeConditionsProps) {
  if (form.attributes.length === 0) return null;
  return (
    <ul aria-label="Attribute conditions" className="flex flex-wrap items-start gap-1.5">
      {form.attributes.map((text, index) => {
        const problem = problems.find((candidate) => candidate.field === "attr" && candidate.index === index);
        return (
          <li key={text} className="flex flex-col gap-0.5">
            <span
              className={cx(
                "inline-flex h-7 items-center gap-1 self-start rounded-md border bg-accent-wash pl-2 font-mono text-xs",
                problem === undefined ? "border-accent" : "border-failing",
              )}
            >
              {problem?.position === undefined ? text : <Underlined text={text} at={problem.position} />}
              <button
                type="button"
                aria-label={`Remove ${text}`}
                onClick={() => onForm(removeAttribute(form, index))}
                className="inline-flex size-6 items-center justify-center rounded-sm hover:bg-hover"
              >
                <X size={12} aria-hidden="true" />
              </button>
            </span>
            {problem === undefined ? null : (
              <span role="alert" className="text-2xs text-failing-text">
                {`Not searched for: ${problem.message}. `}
                <code className="font-mono">{problem.code}</code>
              </span>
            )}
          </li>
        );
      })}
    </ul>
  );
}

/** From where reading stopped to the end of the word; after the end, a mark of its own. */
function Underlined({ text, at }: { readonly text: string; readonly at: number }) {
  const rest = text.slice(at);
  const wrong = rest === "" ? "␣" : (/^\S+/.exec(rest)?.[0] ?? rest);
  return (
    <span className="whitespace-pre">
      {text.slice(0, at)}
      <mark className="bg-transparent text-failing-text underline decoration-wavy decoration-failing underline-offset-4">
        {wrong}
      </mark>
      {rest === "" ? "" : rest.slice(wrong.length)}
    </span>
  );
}
