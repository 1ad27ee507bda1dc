"use client";
/**
 * The input of an expression: what can stand at the cursor is offered under it, and the part that cannot be read is
 * underlined. Arrow keys choose, Enter or Tab takes, Esc closes the list first. Where nothing is offered it is a search box.
 */
import { type KeyboardEvent, type RefObject, useEffect, useId, useRef, useState } from "react";
import { type Suggestion, type Suggestions, suggest, type Vocabulary } from "../../lib/query/find/suggest.ts";
import type { FindError } from "../../lib/query/find/tokens.ts";
import { cx } from "../ui/cx.ts";

export const FIND_ID = "find";

interface FindFieldProps {
  readonly value: string;
  readonly label: string;
  readonly fault: FindError | null;
  readonly faultId: string;
  readonly vocabulary: (() => Vocabulary) | null;
  readonly onChange: (value: string) => void;
  /** Enter and Esc that the list has no use for. */
  readonly onKey: (event: KeyboardEvent<HTMLInputElement>) => void;
}

const TEXT = "whitespace-pre font-[inherit] text-sm";

function Underline({ value, fault }: { readonly value: string; readonly fault: FindError }) {
  const end = fault.position + Math.max(1, fault.length);
  return (
    <>
      {value.slice(0, fault.position)}
      <span className="underline decoration-failing decoration-wavy decoration-2 underline-offset-4">
        {value.slice(fault.position, end).padEnd(1, "\u00a0")}
      </span>
    </>
  );
}

function Options({ id, options, active, onTake }: OptionsProps) {
  return (
    <div
      id={id}
      role="listbox"
      aria-label="What can stand here"
      className="absolute left-0 top-full z-40 mt-1.5 max-h-80 w-[min(26rem,90vw)] overflow-auto rounded-md border border-line bg-panel p-1 shadow-overlay"
    >
      {options.map((option, at) => (
        <div
          key={option.text}
          id={`${id}-${at}`}
          role="option"
          tabIndex={-1}
          aria-selected={at === active}
          onMouseDown={(event) => {
            // The input keeps the focus.
            event.preventDefault();
            onTake(option);
          }}
          className={cx("flex cursor-pointer gap-3 rounded px-2 py-1 text-sm", at === active ? "bg-hover" : "")}
        >
          <span className="font-mono text-xs leading-5">{option.text}</span>
          <span className="min-w-0 flex-1 truncate text-right text-quiet">{option.words}</span>
        </div>
      ))}
    </div>
  );
}

interface OptionsProps {
  readonly id: string;
  readonly options: readonly Suggestion[];
  readonly active: number;
  readonly onTake: (option: Suggestion) => void;
}

function useSuggestions(input: RefObject<HTMLInputElement | null>, { value, vocabulary, onChange }: FindFieldProps) {
  const [offered, setOffered] = useState<Suggestions | null>(null);
  const [active, setActive] = useState(-1);
  const cursor = useRef<number | null>(null);
  const offer = (text: string, at: number): void => {
    setActive(-1);
    setOffered(vocabulary === null ? null : suggest(text, at, vocabulary()));
  };
  const close = (): void => {
    setActive(-1);
    setOffered(null);
  };
  useEffect(() => {
    if (cursor.current === null) return;
    input.current?.setSelectionRange(cursor.current, cursor.current);
    cursor.current = null;
  });
  const take = (option: Suggestion): void => {
    if (offered === null) return;
    const text = `${value.slice(0, offered.from)}${option.text} ${value.slice(offered.to).trimStart()}`;
    cursor.current = offered.from + option.text.length + 1;
    onChange(text);
    offer(text, cursor.current);
  };
  const options = offered?.options ?? [];
  const move = (by: 1 | -1): void =>
    setActive((at) => (at + by + options.length + (at < 0 && by < 0 ? 1 : 0)) % options.length);
  return { options, active, offer, close, take, move };
}

export function FindField(props: FindFieldProps) {
  const { value, label, fault, faultId, onChange, onKey } = props;
  const input = useRef<HTMLInputElement>(null);
  const [scrolled, setScrolled] = useState(0);
  const { options, active, offer, close, take, move } = useSuggestions(input, props);
  const listId = useId();
  const isOpen = options.length > 0;
  const keys = (event: KeyboardEvent<HTMLInputElement>): void => {
    const { selectionStart } = event.currentTarget;
    const chosen = options[active];
    if (isOpen && (event.key === "ArrowDown" || event.key === "ArrowUp")) move(event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "ArrowDown") offer(value, selectionStart ?? value.length);
    else if (chosen !== undefined && (event.key === "Enter" || event.key === "Tab")) take(chosen);
    else if (isOpen && event.key === "Escape") close();
    else {
      if (event.key === "Enter") close();
      onKey(event);
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="relative h-full min-w-0 flex-1">
      {fault === null || value === "" ? null : (
        <div
          aria-hidden="true"
          className={cx("pointer-events-none absolute inset-0 overflow-hidden text-transparent", TEXT)}
        >
          <div className="flex h-full items-center" style={{ transform: `translateX(${-scrolled}px)` }}>
            <span>
              <Underline value={value} fault={fault} />
            </span>
          </div>
        </div>
      )}
      <input
        ref={input}
        id={FIND_ID}
        type="search"
        role="combobox"
        autoComplete="off"
        spellCheck={false}
        aria-label={label}
        aria-keyshortcuts="/"
        aria-autocomplete="list"
        aria-expanded={isOpen}
        aria-controls={isOpen ? listId : undefined}
        aria-activedescendant={active >= 0 ? `${listId}-${active}` : undefined}
        aria-invalid={fault !== null}
        aria-describedby={fault === null ? undefined : faultId}
        placeholder={label}
        value={value}
        onChange={(event) => {
          onChange(event.target.value);
          offer(event.target.value, event.target.selectionStart ?? event.target.value.length);
        }}
        onKeyDown={keys}
        onBlur={close}
        onScroll={(event) => setScrolled(event.currentTarget.scrollLeft)}
        className={cx(
          "relative h-full w-full bg-transparent outline-none [&::-webkit-search-cancel-button]:hidden",
          TEXT,
        )}
      />
      {isOpen ? <Options id={listId} options={options} active={active} onTake={take} /> : null}
    </div>
  );
}
