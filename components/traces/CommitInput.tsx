"use client";
/** A text field that says what was typed on Enter, on leaving, or at once when it is one of the offered values. */
import { type KeyboardEvent, useId, useState } from "react";
import { cx } from "../ui/cx.ts";

interface CommitInputProps {
  readonly label: string;
  readonly value: string;
  readonly placeholder: string;
  readonly onCommit: (value: string) => void;
  readonly options?: readonly string[];
  readonly problem?: string | undefined;
  readonly className?: string;
}

export function CommitInput(props: CommitInputProps) {
  const { label, value, placeholder, onCommit, options, problem, className } = props;
  const listId = useId();
  const problemId = useId();
  const [draft, setDraft] = useState<{ readonly of: string; readonly text: string }>({ of: value, text: value });
  // A value that changed elsewhere (a link, the clear button) replaces what was being typed.
  const text = draft.of === value ? draft.text : value;
  const type = (next: string) => {
    setDraft({ of: value, text: next });
    if (options?.includes(next) === true) onCommit(next);
  };
  const commit = () => {
    if (text !== value) onCommit(text);
  };
  const keys = (event: KeyboardEvent) => {
    if (event.key === "Enter") commit();
    if (event.key === "Escape") setDraft({ of: value, text: value });
  };
  return (
    <label className={cx("flex flex-col gap-0.5 text-2xs text-quiet", className)}>
      {label}
      <input
        value={text}
        placeholder={placeholder}
        onChange={(event) => type(event.target.value)}
        onBlur={commit}
        onKeyDown={keys}
        autoComplete="off"
        spellCheck={false}
        {...(options === undefined ? {} : { list: listId })}
        {...(problem === undefined ? {} : { "aria-invalid": true, "aria-describedby": problemId })}
        className={cx(
          "h-7 w-full min-w-0 rounded-md border bg-panel px-2 text-sm text-text",
          problem === undefined ? "border-line" : "border-failing",
        )}
      />
      {options === undefined ? null : (
        <datalist id={listId}>
          {options.map((option) => (
            <option key={option} value={option} />
          ))}
        </datalist>
      )}
      {problem === undefined ? null : (
        <span id={problemId} className="text-failing-text">
          {problem}
        </span>
      )}
    </label>
  );
}
