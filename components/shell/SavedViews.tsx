"use client";
/** Views kept in this browser: keep the one on screen under a name, open, rename, delete one, copy its link. */
import { Bookmark } from "lucide-react";
import { type FormEvent, useId, useState } from "react";
import { MOST_NAME, SAVE_FAULT_WORDS, type SavedView, viewWords } from "../../lib/view/saved-views.ts";
import { type Kept, useSavedViews } from "../data/saved-views.ts";
import { Button } from "../ui/Button.tsx";
import { IconButton } from "../ui/IconButton.tsx";
import { Pop } from "../ui/Pop.tsx";
import { SavedViewRow } from "./SavedViewRow.tsx";

const FAULTS: Readonly<Record<Extract<Kept, { ok: false }>["fault"], string>> = {
  ...SAVE_FAULT_WORDS,
  not_stored: "This browser keeps nothing for this page: storage is full or switched off.",
};

/** Null where it was kept. */
export const faultWords = (kept: Kept): string | null => (kept.ok ? null : FAULTS[kept.fault]);

const here = (): string => `${window.location.pathname}${window.location.search}`;

function KeepForm({ save }: { readonly save: (name: string, path: string) => Kept }) {
  const [name, setName] = useState("");
  const [fault, setFault] = useState<string | null>(null);
  const id = useId();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const words = faultWords(save(name, here()));
    setFault(words);
    if (words === null) setName("");
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-1">
      <label htmlFor={id} className="text-quiet">
        Keep this view as
      </label>
      <div className="flex gap-2">
        <input
          id={id}
          value={name}
          maxLength={MOST_NAME}
          onChange={(event) => {
            setName(event.target.value);
            setFault(null);
          }}
          aria-invalid={fault !== null}
          aria-describedby={fault === null ? undefined : `${id}-fault`}
          className="h-7 min-w-0 flex-1 rounded-md border border-line bg-bg px-2"
        />
        <Button type="submit">Keep</Button>
      </div>
      {fault === null ? null : (
        <p id={`${id}-fault`} role="alert" className="text-xs text-failing-text">
          {fault}
        </p>
      )}
    </form>
  );
}

function Deleted({ view, onBack }: { readonly view: SavedView; readonly onBack: () => void }) {
  return (
    <p role="status" className="flex items-center justify-between gap-2 pt-2 text-quiet">
      <span className="min-w-0 truncate">Deleted “{view.name}”.</span>
      <Button variant="ghost" onClick={onBack}>
        Keep it after all
      </Button>
    </p>
  );
}

export function SavedViews() {
  const { views, save, rename, remove } = useSavedViews();
  const [open, setOpen] = useState(false);
  const [deleted, setDeleted] = useState<SavedView | null>(null);
  const trigger = <IconButton label="Saved views" icon={<Bookmark size={14} />} className="border border-line" />;
  return (
    <Pop trigger={trigger} label="Saved views" align="end" className="w-96" open={open} onOpenChange={setOpen}>
      <KeepForm save={save} />
      {deleted === null ? null : (
        <Deleted
          view={deleted}
          onBack={() => {
            if (save(deleted.name, deleted.path).ok) setDeleted(null);
          }}
        />
      )}
      {views.length === 0 ? (
        <p className="pt-3 text-quiet">
          None yet. A view is this page with its scope, find and time, kept in this browser alone.
        </p>
      ) : (
        <ul aria-label="Saved views" className="mt-3 flex flex-col border-t border-line">
          {views.map((view) => (
            <SavedViewRow
              key={view.id}
              view={view}
              words={viewWords(view.path)}
              onOpen={() => setOpen(false)}
              onRename={(name) => faultWords(rename(view.id, name))}
              onDelete={() => {
                if (remove(view.id)) setDeleted(view);
              }}
            />
          ))}
        </ul>
      )}
    </Pop>
  );
}
