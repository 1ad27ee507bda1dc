"use client";
/** What was left out and what is not collected, each with its reason and the setting that would change it. */
import type { Completeness } from "../../lib/query/schema/common.ts";
import { dropWords } from "../../lib/view/drop-words.ts";
import { notCollectedLine } from "../../lib/view/estate.ts";
import { count, plain } from "../../lib/view/format.ts";
import { settlingWords } from "../../lib/view/settling-words.ts";
import { CodeLine } from "../ui/CodeLine.tsx";
import { StatusPart } from "./StatusPart.tsx";

function DroppedPart({ dropped }: Pick<Completeness, "dropped">) {
  const entries = Object.entries(dropped).filter(([, items]) => items > 0);
  if (entries.length === 0) return null;
  const total = entries.reduce((sum, [, items]) => sum + items, 0);
  return (
    <StatusPart
      words={`${plain(count(total))} ${total === 1 ? "item" : "items"} left out`}
      label="Left out of the input"
      tone="degraded"
    >
      <ul className="flex flex-col gap-1">
        {entries.map(([code, items]) => (
          <li key={code} className="flex justify-between gap-3">
            <span>
              {dropWords(code)} <code className="font-mono text-xs text-quiet">{code}</code>
            </span>
            <span>{plain(count(items))}</span>
          </li>
        ))}
      </ul>
    </StatusPart>
  );
}

/** Of a past window: what is shown may still change. */
function SettlingPart({ completeness }: { readonly completeness: Completeness }) {
  const words = settlingWords(completeness);
  if (words.length === 0) return null;
  return (
    <StatusPart words="not final yet" label="Figures that may still change" tone="degraded">
      {words.map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
      <p>The window is asked for again until its figures are final.</p>
    </StatusPart>
  );
}

function NotCollectedPart({ notCollected }: Pick<Completeness, "notCollected">) {
  if (notCollected.length === 0) return null;
  return (
    <StatusPart words={notCollectedLine(notCollected)} label="Not collected" yields>
      <p className="text-quiet">These are not zero: nothing sends them. Each can be turned on at its mesh.</p>
      <ul className="flex flex-col gap-3">
        {notCollected.map((item) => (
          <li key={`${item.mesh} ${item.what}`} className="flex flex-col gap-1">
            <span>
              {item.what} on {item.mesh}
            </span>
            <CodeLine text={item.setting} label={`setting for ${item.what}`} />
          </li>
        ))}
      </ul>
    </StatusPart>
  );
}

export function CollectionParts({ completeness }: { readonly completeness: Completeness }) {
  return (
    <>
      <SettlingPart completeness={completeness} />
      <DroppedPart dropped={completeness.dropped} />
      <NotCollectedPart notCollected={completeness.notCollected} />
    </>
  );
}
