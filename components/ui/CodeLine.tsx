"use client";
/** Text to copy: a command, a snippet. Long lines wrap; what stands by for later is low, and scrolls. */
import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { cx } from "./cx.ts";
import { IconButton } from "./IconButton.tsx";

interface CodeLineProps {
  readonly text: string;
  readonly label: string;
  readonly isLow?: boolean;
}

export function CodeLine({ text, label, isLow = false }: CodeLineProps) {
  const [copied, setCopied] = useState(false);
  const copy = () => {
    void navigator.clipboard.writeText(text).then(() => setCopied(true));
  };
  return (
    <div className="flex items-start gap-1 rounded-md border border-line bg-box p-1">
      <pre
        tabIndex={isLow ? 0 : undefined}
        className={cx(
          "min-w-0 flex-1 whitespace-pre-wrap break-words p-2 font-mono text-xs text-text",
          isLow && "max-h-32 overflow-y-auto",
        )}
      >
        {text}
      </pre>
      <IconButton
        label={copied ? "Copied" : `Copy ${label}`}
        icon={copied ? <Check size={16} /> : <Copy size={16} />}
        onClick={copy}
        onBlur={() => setCopied(false)}
      />
    </div>
  );
}
