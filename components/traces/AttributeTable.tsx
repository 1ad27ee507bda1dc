"use client";
/** Attributes with their types. A click on a value searches for it; what no search can find is shown without a link. */
import Link from "next/link";
import { Fragment } from "react";
import type { AttributeRow } from "../../lib/view/trace/attribute-text.ts";
import { CopyButton } from "./CopyButton.tsx";

interface AttributeTableProps {
  readonly rows: readonly AttributeRow[];
  readonly label: string;
  /** The page that lists spans with this condition. */
  readonly hrefOf: (condition: string) => string;
}

/** Longer values wrap in a box of their own. */
const BLOCK_LENGTH = 60;

export function AttributeTable({ rows, label, hrefOf }: AttributeTableProps) {
  if (rows.length === 0) return <p className="py-1 text-xs text-quiet">None.</p>;
  return (
    <table className="w-full table-fixed border-collapse text-xs">
      <caption className="sr-only">{label}</caption>
      <colgroup>
        <col className="w-[42%]" />
        <col />
        <col className="w-7" />
      </colgroup>
      <thead className="sr-only">
        <tr>
          <th scope="col">Key</th>
          <th scope="col">Value</th>
          <th scope="col">Copy</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.key} className="border-b border-line align-top last:border-b-0">
            <th scope="row" className="break-words py-1 pr-2 text-left font-normal text-quiet">
              <BreakableKey text={row.key} />
            </th>
            <td className="break-words py-1 font-mono">
              <AttributeValue row={row} hrefOf={hrefOf} />
            </td>
            <td>
              <CopyButton text={row.text} what={row.key} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Breaks after dots and underscores before it breaks words. */
function BreakableKey({ text }: { readonly text: string }) {
  return text.split(/(?<=[._/-])/).map((part, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: parts never move
    <Fragment key={index}>
      {part}
      <wbr />
    </Fragment>
  ));
}

function AttributeValue({
  row,
  hrefOf,
}: {
  readonly row: AttributeRow;
  readonly hrefOf: (condition: string) => string;
}) {
  const text = row.text === "" ? "empty string" : row.text;
  const isBlock = text.length > BLOCK_LENGTH || text.includes("\n");
  const shown = <span className={isBlock ? "block max-h-40 overflow-auto whitespace-pre-wrap" : ""}>{text}</span>;
  return (
    <>
      {row.condition === undefined || isBlock ? (
        shown
      ) : (
        <Link
          href={hrefOf(row.condition)}
          title={`Find spans with ${row.condition}`}
          className="underline decoration-line-strong decoration-dotted underline-offset-2 hover:text-accent"
        >
          {shown}
        </Link>
      )}
      {row.type === "string" ? null : <span className="ml-1.5 font-sans text-2xs text-quiet">{row.type}</span>}
    </>
  );
}
