"use client";
/** The judge's verdict per metric: counts of both versions, both over time, the ratio, and what is still needed. */
import type { MetricVerdictAnswer, RolloutDetail } from "../../lib/query/schema/rollouts.ts";
import { codeWords } from "../../lib/view/code-words.ts";
import { count, durationMs, percent, plain, sig3 } from "../../lib/view/format.ts";
import { GUARD_WORDS, VERDICT_LOOKS, WITHHELD_WORDS } from "../../lib/view/rollout/words.ts";
import { Sparkline } from "../ui/Sparkline.tsx";
import { LookMark } from "../ui/StateMark.tsx";

type Arm = MetricVerdictAnswer["canary"];

function armText(name: string, { requests, bad }: Arm): string {
  const share =
    requests === 0 ? "no requests" : `${plain(percent(bad / requests))} of ${plain(count(Math.round(requests)))}`;
  return `${name} ${share}`;
}

function ratioText({ ratio }: MetricVerdictAnswer): string {
  if (ratio.low === 0 && ratio.high === null) return "nothing is ruled out yet";
  if (ratio.high === null) return `at least ${sig3(ratio.low)} × the old version's`;
  if (ratio.low === 0) return `at most ${sig3(ratio.high)} × the old version's`;
  return `${sig3(ratio.low)}–${sig3(ratio.high)} × the old version's`;
}

function neededText({ state, needed }: MetricVerdictAnswer): string {
  if (state !== "inconclusive") return "";
  if (needed.secToPass !== null) return `about ${plain(durationMs(needed.secToPass * 1000))} more at this rate to pass`;
  return needed.toPass === null ? "" : `about ${plain(count(needed.toPass))} more requests to pass`;
}

interface MetricProps {
  readonly metric: MetricVerdictAnswer;
  readonly series: RolloutDetail["series"];
}

function Lines({ metric, series }: MetricProps) {
  const [start, end] = [series.timesMs[0], series.timesMs.at(-1)];
  if (start === undefined || end === undefined) return null;
  const isErrors = metric.name === "errors";
  const pick = (arm: RolloutDetail["series"]["canary"]) => (isErrors ? arm.errorRatio : arm.p99Ms);
  const format = isErrors ? percent : durationMs;
  const floor = Math.max(0, ...[...pick(series.canary), ...pick(series.stable)].map((value) => value ?? 0));
  const window = { start, end };
  return (
    <div className="w-full sm:w-48">
      <Sparkline
        label={`${metric.name}, new version`}
        xMs={series.timesMs}
        values={pick(series.canary)}
        window={window}
        format={format}
        floor={floor}
        tone={metric.state === "fail" ? "failing" : "accent"}
      />
      <Sparkline
        label={`${metric.name}, old version`}
        xMs={series.timesMs}
        values={pick(series.stable)}
        window={window}
        format={format}
        floor={floor}
        tone="quiet"
      />
    </div>
  );
}

function Metric({ metric, series }: MetricProps) {
  const { evidence } = metric;
  const exact = `evidence of failure ${evidence.fail} of ${evidence.failBound}, of passing ${evidence.pass} of ${evidence.passBound}${metric.dispersion === null ? "" : `, dispersion ${metric.dispersion}`}`;
  return (
    <li className="flex flex-col gap-2 border-b border-line py-2 last:border-b-0 sm:flex-row sm:items-center">
      <div className="min-w-0 flex-1">
        <p className="font-medium first-letter:uppercase">{metric.name}</p>
        <p className="text-sm text-quiet">
          {armText("new", metric.canary)} · {armText("old", metric.primary)}
        </p>
      </div>
      <Lines metric={metric} series={series} />
      <div className="w-full sm:w-52" title={exact}>
        <LookMark look={VERDICT_LOOKS[metric.state]} />
        <p className="text-sm text-quiet">{ratioText(metric)}</p>
        <p className="text-sm text-quiet">{neededText(metric)}</p>
      </div>
    </li>
  );
}

export function Evidence({ rollout }: { readonly rollout: RolloutDetail }) {
  const { metrics, guards, withheld, series } = rollout;
  if (metrics.length === 0)
    return <p className="text-quiet">The judge has not looked yet: it does while a step of analysis runs.</p>;
  return (
    <div className="flex flex-col">
      <ul className="flex flex-col">
        {metrics.map((metric) => (
          <Metric key={metric.name} metric={metric} series={series} />
        ))}
      </ul>
      {guards.map(({ code, effect, figure, bound }) => (
        <p key={code} className={effect === "fail" ? "text-failing-text" : "text-degraded-text"}>
          {codeWords(GUARD_WORDS, code)}: {sig3(figure)}, bound {sig3(bound)}
        </p>
      ))}
      {withheld.length === 0 ? null : (
        <p className="text-quiet">No pass yet: {withheld.map((code) => codeWords(WITHHELD_WORDS, code)).join("; ")}.</p>
      )}
    </div>
  );
}
