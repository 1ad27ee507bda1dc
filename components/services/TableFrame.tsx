"use client";
/** A table among other things on a page: a title, and as much height as its rows need, up to a dozen. */
import type { ReactNode } from "react";
import { count, plain } from "../../lib/view/format.ts";

interface TableFrameProps {
  readonly title: string;
  readonly rows: number;
  readonly empty: string;
  readonly children: ReactNode;
}

const ROW_PX = 32;
const MOST_ROWS = 12;
/** Tools, which may take two lines on a narrow screen, head and borders. */
const REST_PX = 44 + ROW_PX + 18;

export function TableFrame({ title, rows, empty, children }: TableFrameProps) {
  return (
    <section aria-label={title} className="flex flex-col">
      <h2 className="pb-1 text-xs font-semibold text-quiet">
        {title} <span className="font-normal">{plain(count(rows))}</span>
      </h2>
      {rows === 0 ? (
        <p className="text-quiet">{empty}</p>
      ) : (
        <div
          className="overflow-hidden rounded-md border border-line"
          style={{ height: REST_PX + ROW_PX * Math.min(rows, MOST_ROWS) }}
        >
          {children}
        </div>
      )}
    </section>
  );
}
