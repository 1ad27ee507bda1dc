"use client";
/** What a table says of a list that is longer than it takes in: how much is shown, and the way to the rest. */
import { count, plain } from "../../lib/view/format.ts";

interface RestProps {
  readonly shown: number;
  readonly total: number;
  /** The API's page that goes on where the table ends, below `/api/v1`. */
  readonly path: string;
  /** What else brings the rest into the table. */
  readonly hint?: string;
}

export function Rest({ shown, total, path, hint }: RestProps) {
  if (total <= shown) return null;
  return (
    <>
      {" "}
      · showing {plain(count(shown))} of {plain(count(total))}: {hint === undefined ? "" : `${hint}, or `}
      <a href={`/api/v1${path}`} target="_blank" rel="noreferrer" className="underline hover:text-accent">
        read on in the API
      </a>
    </>
  );
}
