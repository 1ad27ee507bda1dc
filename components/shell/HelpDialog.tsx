"use client";
/** Every shortcut. */
import { SHORTCUTS } from "../../lib/view/shortcuts.ts";
import { Kbd } from "../ui/Kbd.tsx";
import { Modal } from "../ui/Modal.tsx";

interface HelpDialogProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
}

const MORE = [
  { keys: ["⌘K", "Ctrl-K"], words: "Go to anything" },
  { keys: ["Enter", "⇧ Enter"], words: "In find: next, previous match" },
  { keys: ["↑", "↓", "Enter"], words: "In tables: move, open" },
  { keys: ["←", "→", "↑", "↓"], words: "On the map: to a caller, a callee, among siblings" },
  { keys: ["+", "−", "0"], words: "On the map: zoom in, out, fit all" },
];

function Row({ keys, words }: { readonly keys: readonly string[]; readonly words: string }) {
  return (
    <div className="flex items-center justify-between border-b border-line py-1.5 last:border-b-0">
      <dt>{words}</dt>
      <dd className="flex gap-1">
        {keys.map((key) => (
          <Kbd key={key}>{key === "Escape" ? "Esc" : key}</Kbd>
        ))}
      </dd>
    </div>
  );
}

export function HelpDialog({ open, onOpenChange }: HelpDialogProps) {
  return (
    <Modal title="Keyboard" open={open} onOpenChange={onOpenChange}>
      <dl className="px-4 py-3">
        {[...SHORTCUTS, ...MORE].map((shortcut) => (
          <Row key={shortcut.words} keys={shortcut.keys} words={shortcut.words} />
        ))}
      </dl>
    </Modal>
  );
}
