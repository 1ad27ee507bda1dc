"use client";
/** What a comparison cannot say, since a window or a part of it was not observed. Nothing where it can say all. */
import type { CompareAnswer } from "../../lib/query/schema/compare.ts";
import { notKnownWords } from "../../lib/view/compare-view.ts";
import { useCompare } from "./use-compare.ts";

const MARKED = { a: "window A", b: "window B" } as const;
const UNMARKED = { a: "the earlier window", b: "this window" } as const;

export function NotKnown({ answer, isMarked }: { readonly answer: CompareAnswer; readonly isMarked: boolean }) {
  const words = notKnownWords(answer, isMarked ? MARKED : UNMARKED);
  return words === null ? null : <p className="pb-1 text-quiet">{words}</p>;
}

/** The same beside the picture and the table. */
export function NotKnownNote() {
  const { answer, base } = useCompare();
  const words = answer === undefined ? null : notKnownWords(answer, base === null ? UNMARKED : MARKED);
  if (words === null) return null;
  return (
    <p role="status" className="max-w-120 rounded-md border border-line bg-panel px-2.5 py-1 text-sm text-quiet">
      {words}
    </p>
  );
}
