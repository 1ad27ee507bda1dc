/**
 * Versions of a service side by side: what a canary does otherwise than the version that has most of the traffic. In:
 * versions as the API gives them, busiest first; out: a sentence for each other version that took requests.
 */
import type { EntityVersion } from "../../query/schema/entity.ts";
import { durationMs, percent, plain, quantileMs } from "../format.ts";

export function versionName({ version }: Pick<EntityVersion, "version">): string {
  return version ?? "no version";
}

/** Fewer requests than this are no base for a comparison. */
const ENOUGH = 30;

function latencyWords(a: EntityVersion, b: EntityVersion): string {
  const [own, other] = [a.latencyMs, b.latencyMs];
  if (own === null || other === null || own.p95 === null || other.p95 === null) return "";
  const figure = ({ p95, known }: typeof own): string => plain(quantileMs(p95, known["p95"]));
  const [low, high] = [own.known["p95"], other.known["p95"]];
  // Read from one bucket, two quantiles differ by no more than its width: that is not a difference that is known.
  const isSame = low !== undefined && high !== undefined && low[0] === high[0] && low[1] === high[1];
  return `p95 ${figure(own)} against ${figure(other)}${isSame ? ", within one bucket" : ""}`;
}

export interface VersionSentence {
  readonly version: string;
  readonly text: string;
}

export function versionSentences(versions: readonly EntityVersion[]): readonly VersionSentence[] {
  const [base, ...others] = versions;
  if (base === undefined) return [];
  return others.flatMap((other): VersionSentence[] => {
    if (other.share === null || other.share === 0) return [];
    const name = versionName(other);
    const share = `takes ${plain(percent(other.share))} of the requests`;
    if (other.health.requests < ENOUGH) {
      return [{ version: name, text: `${share}: too few yet to compare` }];
    }
    const failures = `fails ${plain(percent(other.errorRatio))} of them against ${plain(percent(base.errorRatio))} of ${versionName(base)}`;
    return [
      { version: name, text: [share, failures, latencyWords(other, base)].filter((part) => part !== "").join(", ") },
    ];
  });
}

/** "83 ms", "≥ 1 s", with its bucket on hover; why there is none otherwise. */
export function versionQuantile({ latencyMs, absent }: EntityVersion, name: "p50" | "p95" | "p99") {
  const reason = absent?.["latencyMs"];
  return latencyMs === null ? durationMs(null, reason) : quantileMs(latencyMs[name], latencyMs.known[name], reason);
}
