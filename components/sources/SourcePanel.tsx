"use client";
/** One source: when it last worked, what it left out and why, its last error with what to do, its notes. */
import type { Source } from "../../lib/query/schema/estate.ts";
import { dropWords } from "../../lib/view/drop-words.ts";
import { age, count, durationMs, plain } from "../../lib/view/format.ts";
import { sourceAdvice } from "../../lib/view/source-advice.ts";
import { sourceKind, sourceState } from "../../lib/view/source-words.ts";
import { instant } from "../../lib/view/time.ts";
import { useNow } from "../data/use-now.ts";
import { Fact, Section } from "../ui/Section.tsx";

interface LastErrorProps {
  readonly error: NonNullable<Source["lastError"]>;
  readonly kind: Source["kind"];
}

function LastError({ error, kind }: LastErrorProps) {
  const now = useNow(5_000);
  return (
    <Section title="Last error" aside={<span title={instant(error.atMs)}>{plain(age(now - error.atMs))} ago</span>}>
      <p className="break-words text-failing-text">{error.message}</p>
      <p className="pt-1">{sourceAdvice(error.code, kind)}</p>
      <code className="pt-1 font-mono text-xs text-quiet">{error.code}</code>
    </Section>
  );
}

export function SourcePanel({ source }: { readonly source: Source }) {
  const drops = Object.entries(source.drops).filter(([, items]) => items > 0);
  return (
    <>
      <header>
        <h2 className="break-all pr-8 text-lg font-semibold">
          {source.workload ?? source.job ?? sourceKind(source.kind)}
        </h2>
        <p className="break-all font-mono text-xs text-quiet">{source.address}</p>
      </header>
      <Section title={sourceKind(source.kind)} aside={sourceState(source)}>
        <Fact name="last success">{source.ageMs === null ? "never" : `${plain(age(source.ageMs))} ago`}</Fact>
        {source.intervalMs === undefined ? null : (
          <Fact name="interval · took">
            {plain(durationMs(source.intervalMs))} · {plain(durationMs(source.lastDurationMs))}
          </Fact>
        )}
        {source.version === undefined ? null : <Fact name="version">{source.version}</Fact>}
        {typeof source.certificateExpiresInSec === "number" ? (
          <Fact name="certificate expires">
            {source.certificateExpiresInSec > 0
              ? `in ${plain(age(source.certificateExpiresInSec * 1000))}`
              : `expired ${plain(age(-source.certificateExpiresInSec * 1000))} ago`}
          </Fact>
        ) : null}
        <Fact name={source.items.unit === "series" ? "series in the last scrape" : "spans since start"}>
          {plain(count(source.items.count))}
        </Fact>
      </Section>
      {source.lastError === null ? null : <LastError error={source.lastError} kind={source.kind} />}
      <Section title="Left out" aside={drops.length === 0 ? "nothing" : undefined}>
        {drops.map(([code, items]) => (
          <Fact key={code} name={dropWords(code)}>
            {plain(count(items))} <code className="font-mono text-2xs text-quiet">{code}</code>
          </Fact>
        ))}
      </Section>
      {source.notes.length === 0 ? null : (
        <Section title="Notes">
          {source.notes.map((note) => (
            <p key={note.code} className="border-b border-line py-1 last:border-b-0">
              {note.message} <code className="font-mono text-2xs text-quiet">{note.code}</code>
            </p>
          ))}
        </Section>
      )}
    </>
  );
}
