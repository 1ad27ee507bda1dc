"use client";
/** A table among other things on a page: a title, and as much height as its rows need, up to a dozen. */
import type { ReactNode } from "react";
import { count, plain } from "../../lib/view/format.ts";

interface TableFrameProps {
  readonly title: string;
  readonly rows: number;
  readonly empty: string;
  /** In words, above the table. */
  readonly head?: ReactNode;
  readonly children: ReactNode;
}

const ROW_PX = 32;
const MOST_ROWS = 12;
/** Tools, head, borders, and a scrollbar along the bottom. */
const REST_PX = 44 + ROW_PX + 14;

export function TableFrame({ title, rows, empty, head, children }: TableFrameProps) {
  return (
    <section aria-label={title} className="flex flex-col">
      <h2 className="pb-1 text-xs font-semibold text-quiet">
        {title} <span className="font-normal">{plain(count(rows))}</span>
      </h2>
      {rows === 0 ? (
        <p className="text-quiet">{empty}</p>
      ) : (
        <>
          {head}
          <div
            className="mt-1 overflow-hidden rounded-md border border-line"
            style={{ height: REST_PX + ROW_PX * Math.min(rows, MOST_ROWS) }}
          >
            {children}
          </div>
        </>
      )}
    </section>
  );
}
