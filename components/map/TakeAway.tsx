"use client";
/** The view as files, and as a link: what there is to take. */
import { Download, Link2 } from "lucide-react";
import { Button } from "../ui/Button.tsx";
import { IconButton } from "../ui/IconButton.tsx";
import { Pop } from "../ui/Pop.tsx";
import type { Taking } from "./use-take-away.ts";

interface TakeAwayProps {
  readonly takings: readonly Taking[];
  /** How the last one went, where that is to be told. */
  readonly said: string;
}

export function TakeAway({ takings, said }: TakeAwayProps) {
  return (
    <Pop
      trigger={<IconButton label="Take away" icon={<Download size={14} />} />}
      label="Take away"
      side="top"
      align="end"
      className="flex w-60 flex-col gap-1"
    >
      {takings.map(({ id, label, run }) => (
        <Button key={id} variant="ghost" className="justify-start" onClick={() => void run()}>
          {id === "link" ? <Link2 size={14} aria-hidden="true" /> : <Download size={14} aria-hidden="true" />}
          {label}
        </Button>
      ))}
      <output className="break-all px-2.5 text-xs text-quiet">{said}</output>
    </Pop>
  );
}
