"use client";
/** Copies one text; says that it did until focus leaves. */
import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { Tip } from "../ui/Tip.tsx";

interface CopyButtonProps {
  readonly text: string | (() => string);
  readonly what: string;
}

export function CopyButton({ text, what }: CopyButtonProps) {
  const [copied, setCopied] = useState(false);
  const copy = () => {
    const value = typeof text === "string" ? text : text();
    void navigator.clipboard.writeText(value).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  };
  const label = copied ? "Copied" : `Copy ${what}`;
  return (
    <Tip text={label}>
      <button
        type="button"
        aria-label={label}
        onClick={copy}
        onBlur={() => setCopied(false)}
        className="inline-flex size-6 shrink-0 items-center justify-center rounded-sm text-quiet hover:bg-hover hover:text-text"
      >
        {copied ? <Check size={13} /> : <Copy size={13} />}
      </button>
    </Tip>
  );
}
