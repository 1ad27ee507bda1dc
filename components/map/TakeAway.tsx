"use client";
/** The view as files, and as a link: what there is to take, from a list or from the palette. */
import { Download, Link2 } from "lucide-react";
import { type RefObject, useEffect, useState } from "react";
import type { GraphCanvasApi } from "../canvas/use-graph-engine.ts";
import { type Commands, OF_PICTURE, useLentCommands } from "../data/map-commands.ts";
import { Button } from "../ui/Button.tsx";
import { IconButton } from "../ui/IconButton.tsx";
import { Pop } from "../ui/Pop.tsx";
import { type TakeableGraph, type Taking, useTakeAway } from "./use-take-away.ts";

interface TakeAwayProps {
  readonly takings: readonly Taking[];
  /** How the last one went, where that is to be told. */
  readonly said: string;
  readonly onHush: () => void;
}

/** How long the last word stands where nobody closes it, ms. */
const SAID_MS = 10_000;

type SaidProps = Pick<TakeAwayProps, "said" | "onHush">;

/** What was taken from the palette: its word has no list to stand in. */
function Said({ said, onHush }: SaidProps) {
  useEffect(() => {
    const timer = setTimeout(onHush, SAID_MS);
    return () => clearTimeout(timer);
  }, [onHush]);
  return (
    <div className="absolute bottom-full right-0 mb-1.5 w-max max-w-72 break-all rounded-md border border-line bg-panel px-2.5 py-1 text-xs text-quiet">
      {said}
    </div>
  );
}

export function TakeAway({ takings, said, onHush }: TakeAwayProps) {
  const [open, setOpen] = useState(false);
  const turn = (next: boolean): void => {
    onHush();
    setOpen(next);
  };
  return (
    <>
      <output className="contents">
        {open || said === "" ? null : <Said key={said} said={said} onHush={onHush} />}
      </output>
      <Pop
        trigger={<IconButton label="Take away" icon={<Download size={14} />} />}
        label="Take away"
        side="top"
        align="end"
        className="flex w-60 flex-col gap-1"
        open={open}
        onOpenChange={turn}
      >
        {takings.map(({ id, label, run }) => (
          <Button key={id} variant="ghost" className="justify-start" onClick={() => void run()}>
            {id === "link" ? <Link2 size={14} aria-hidden="true" /> : <Download size={14} aria-hidden="true" />}
            {label}
          </Button>
        ))}
        <output className="break-all px-2.5 text-xs text-quiet">{said}</output>
      </Pop>
    </>
  );
}

export function takingCommands(takings: readonly Taking[]): Commands {
  return Object.fromEntries(takings.map(({ id, run }) => [id, () => void run()]));
}

/** Without a picture: what is drawn, and where one looks. */
const NO_PICTURE: RefObject<GraphCanvasApi | null> = { current: null };

interface LentTakingsProps {
  readonly taken: TakeableGraph;
  /** The picture, and whether it is drawn; left out where there is none. */
  readonly picture?: { readonly api: RefObject<GraphCanvasApi | null>; readonly isDrawn: boolean };
}

/** In the table and on a wall, where no list of them is shown: what the palette can take. */
export function LentTakings({ taken, picture }: LentTakingsProps) {
  const api = picture?.api ?? NO_PICTURE;
  const { takings, said, hush } = useTakeAway(api, taken);
  const ofPicture: Commands = { fit: () => api.current?.fit(), arrange: () => api.current?.rearrange() };
  const ofData = takings.filter(({ id }) => !OF_PICTURE.has(id));
  useLentCommands(
    picture === undefined ? takingCommands(ofData) : { ...ofPicture, ...takingCommands(takings) },
    picture?.isDrawn ?? true,
  );
  return (
    <output className="absolute bottom-3 right-3 z-10">
      {said === "" ? null : <Said key={said} said={said} onHush={hush} />}
    </output>
  );
}
