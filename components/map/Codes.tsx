"use client";
/** Rates by status code, gRPC status, response flag and host; flags with their meaning. Most first. */
import type { MergedDetail } from "../../lib/query/schema/graph.ts";
import { flagWords, grpcWords } from "../../lib/view/flag-words.ts";
import { ratePerSec } from "../../lib/view/format.ts";
import { Num } from "../ui/Num.tsx";
import { Fact, Section } from "../ui/Section.tsx";

type Rates = Readonly<Record<string, number>>;

function byRate(rates: Rates | undefined): readonly (readonly [string, number])[] {
  return Object.entries(rates ?? {}).sort(([, a], [, b]) => b - a);
}

/** Spans of calls that are not HTTP say only how they ended. */
const codeTable: Readonly<Record<string, string>> = {
  none: "no response",
  ok: "ended well, no code",
  error: "failed, no code",
};

function codeWords(code: string): string {
  return codeTable[code] ?? code;
}

function List({
  title,
  rates,
  words,
  detail,
}: {
  readonly title: string;
  readonly rates: Rates | undefined;
  readonly words?: (key: string) => string;
  readonly detail?: (key: string) => string;
}) {
  const entries = byRate(rates);
  if (entries.length === 0) return null;
  return (
    <Section title={title}>
      {entries.map(([key, rate]) => (
        <Fact
          key={key}
          name={
            <span className="break-all">
              <span className="font-medium">{words === undefined ? key : words(key)}</span>
            </span>
          }
        >
          {detail === undefined ? null : <span className="pr-2 text-quiet">{detail(key)}</span>}
          <Num figure={ratePerSec(rate)} />
        </Fact>
      ))}
    </Section>
  );
}

export function Codes({ edge }: { readonly edge: MergedDetail }) {
  return (
    <>
      <List title="Status codes" rates={edge.statusCodes} words={codeWords} />
      <List title="gRPC status" rates={edge.grpcStatuses} detail={grpcWords} />
      <List title="Response flags" rates={edge.responseFlags} detail={flagWords} />
      <List title="Hosts asked for" rates={edge.hosts} />
    </>
  );
}
