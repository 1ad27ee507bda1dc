"use client";
/** One saved view: a link to it, and what can be done with it. */
import { Check, Link2, Pencil, Trash2 } from "lucide-react";
import Link from "next/link";
import { type FormEvent, useState } from "react";
import { MOST_NAME, type SavedView } from "../../lib/view/saved-views.ts";
import { Button } from "../ui/Button.tsx";
import { IconButton } from "../ui/IconButton.tsx";

interface SavedViewRowProps {
  readonly view: SavedView;
  /** What it shows. */
  readonly words: string;
  readonly onOpen: () => void;
  /** Answers why not, or null. */
  readonly onRename: (name: string) => string | null;
  readonly onDelete: () => void;
}

const ICON = 14;

interface RenameProps {
  readonly view: SavedView;
  readonly onRename: (name: string) => string | null;
  readonly onDone: () => void;
}

function Rename({ view, onRename, onDone }: RenameProps) {
  const [name, setName] = useState(view.name);
  const [fault, setFault] = useState<string | null>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const words = onRename(name);
    setFault(words);
    if (words === null) onDone();
  };
  return (
    <form onSubmit={submit} className="flex min-w-0 flex-1 flex-wrap gap-2 py-1">
      <input
        // biome-ignore lint/a11y/noAutofocus: it stands where the button was that opened it
        autoFocus
        aria-label={`New name of ${view.name}`}
        value={name}
        maxLength={MOST_NAME}
        onChange={(event) => setName(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          event.stopPropagation();
          onDone();
        }}
        className="h-7 min-w-0 flex-1 rounded-md border border-line bg-bg px-2"
      />
      <Button type="submit">Rename</Button>
      {fault === null ? null : (
        <p role="alert" className="w-full text-xs text-failing-text">
          {fault}
        </p>
      )}
    </form>
  );
}

function CopyLink({ view }: { readonly view: SavedView }) {
  const [isCopied, setCopied] = useState(false);
  const [shown, setShown] = useState<string | null>(null);
  const copy = () => {
    const link = new URL(view.path, window.location.origin).href;
    // Without leave to write to the clipboard the link is there to be copied by hand.
    navigator.clipboard?.writeText(link).then(
      () => setCopied(true),
      () => setShown(link),
    ) ?? setShown(link);
  };
  return (
    <>
      <IconButton
        label={isCopied ? `Link of ${view.name} copied` : `Copy the link of ${view.name}`}
        icon={isCopied ? <Check size={ICON} /> : <Link2 size={ICON} />}
        onClick={copy}
      />
      {shown === null ? null : <code className="w-full break-all text-2xs">{shown}</code>}
    </>
  );
}

export function SavedViewRow({ view, words, onOpen, onRename, onDelete }: SavedViewRowProps) {
  const [isNaming, setNaming] = useState(false);
  if (isNaming) {
    return (
      <li className="flex border-b border-line">
        <Rename view={view} onRename={onRename} onDone={() => setNaming(false)} />
      </li>
    );
  }
  return (
    <li className="flex flex-wrap items-center border-b border-line">
      <Link href={view.path} onClick={onOpen} className="min-w-0 flex-1 rounded-sm py-1 hover:bg-hover">
        <span className="block truncate">{view.name}</span>
        <span className="block truncate text-xs text-quiet">{words}</span>
      </Link>
      <IconButton label={`Rename ${view.name}`} icon={<Pencil size={ICON} />} onClick={() => setNaming(true)} />
      <CopyLink view={view} />
      <IconButton label={`Delete ${view.name}`} icon={<Trash2 size={ICON} />} onClick={onDelete} />
    </li>
  );
}
