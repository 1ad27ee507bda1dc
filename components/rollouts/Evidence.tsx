"use client";
/** The judge's verdict per metric: counts of both versions, both over time, the ratio, and what is still needed. */
import type { RolloutDetail } from "../../lib/query/schema/rollouts.ts";
import { codeWords } from "../../lib/view/code-words.ts";
import { OVER } from "../../lib/view/rollout/act.ts";
import { askOf, type EvidenceRow, evidenceRows, exactText, guardText } from "../../lib/view/rollout/evidence.ts";
import { VERDICT_LOOKS, WITHHELD_WORDS } from "../../lib/view/rollout/words.ts";
import { LookMark } from "../ui/StateMark.tsx";
import { ArmLines } from "./ArmLines.tsx";
import { Compatible } from "./Compatible.tsx";
import { TimeToTell } from "./TimeToTell.tsx";

interface RowProps {
  readonly row: EvidenceRow;
  readonly series: RolloutDetail["series"];
}

function Row({ row: { name, text, pick, format, verdict, notes }, series }: RowProps) {
  return (
    <li className="grid gap-x-4 gap-y-1 border-b border-line py-2 last:border-b-0 sm:grid-cols-[minmax(0,1fr)_minmax(0,200px)_minmax(0,220px)] sm:items-center">
      <div className="min-w-0">
        <p className="font-medium first-letter:uppercase">{name}</p>
        <p className="text-quiet">{text}</p>
      </div>
      <ArmLines
        name={name}
        timesMs={series.timesMs}
        canary={pick(series.canary)}
        stable={pick(series.stable)}
        format={format}
        isFailing={verdict?.state === "fail"}
      />
      {verdict === null ? null : (
        <div className="min-w-0" title={exactText(verdict)}>
          <LookMark look={VERDICT_LOOKS[verdict.state]} className="font-medium" title="" />
          {notes.map((note) => (
            <p key={note} className="text-xs text-quiet">
              {note}
            </p>
          ))}
        </div>
      )}
    </li>
  );
}

export function Evidence({ rollout }: { readonly rollout: RolloutDetail }) {
  const { metrics, guards, withheld, series, compatible } = rollout;
  const rows = evidenceRows(rollout);
  const isOver = OVER.has(rollout.state);
  const isJudged = metrics.length > 0 || (compatible !== null && compatible !== undefined);
  return (
    <div className="flex flex-col gap-2">
      {guards.map((guard) => (
        <p key={guard.code} className={guard.effect === "fail" ? "text-failing-text" : "text-degraded-text"}>
          <span aria-hidden="true">{guard.effect === "fail" ? "× " : "! "}</span>
          {guardText(guard)}
        </p>
      ))}
      {rows.length === 0 ? null : (
        <div>
          <p className="text-xs text-quiet">
            <span aria-hidden="true" className="mr-1 inline-block w-4 border-t-2 border-accent align-middle" /> new
            version
            <span
              aria-hidden="true"
              className="ml-3 mr-1 inline-block w-4 border-t-2 border-line-strong align-middle"
            />{" "}
            old version
          </p>
          <ul className="flex flex-col">
            {rows.map((row) => (
              <Row key={row.name} row={row} series={series} />
            ))}
          </ul>
        </div>
      )}
      {compatible === null || compatible === undefined ? null : <Compatible compatible={compatible} />}
      {isJudged || isOver ? null : (
        <p className="text-quiet">
          {rollout.owned === undefined
            ? "The judge has not looked yet: it does once a share was written."
            : "Its owner judges it: what it says stands below."}
        </p>
      )}
      <TimeToTell {...askOf(rollout)} />
      {withheld.length === 0 || isOver ? null : (
        <p className="text-quiet">No pass yet: {withheld.map((code) => codeWords(WITHHELD_WORDS, code)).join("; ")}.</p>
      )}
    </div>
  );
}
