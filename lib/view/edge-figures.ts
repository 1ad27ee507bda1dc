/**
 * What of an edge is said beside its rates, the same for its row in a table and for its line in a file. In: an edge of an
 * answer; out: words, and the caller's share. What is not known is null or an empty text.
 */
import type { GraphEdge } from "../query/schema/graph.ts";
import { percent, plain, ratePerSec } from "./format.ts";
import { badgeWords } from "./graph/glyph-paths.ts";
import { securityText } from "./graph/present-edge.ts";
import { healthReasons } from "./health-words.ts";

/** "retries 0.04 /s, timeouts 0.01 /s, canary". */
export function badgesText({ badges = [], badgeRates = {} }: GraphEdge): string {
  return badges
    .map((badge) => {
      const rate = badgeRates[badge];
      return rate === undefined ? badgeWords(badge) : `${badgeWords(badge)} ${plain(ratePerSec(rate))}`;
    })
    .join(", ");
}

/** "v1 90 %, seen 89.5 %; v2 10 %, seen 10.5 %". */
export function splitText({ split = [] }: GraphEdge): string {
  return split
    .map(({ version, desired, observed }) => {
      const seen = observed === null ? "not seen yet" : `seen ${plain(percent(observed))}`;
      return `${version} ${plain(percent(desired))}, ${seen}`;
    })
    .join("; ");
}

/** "200 48.5 /s, 503 0.1 /s", most first. */
export function ratesText(rates: Readonly<Record<string, number>> | undefined): string {
  return Object.entries(rates ?? {})
    .sort(([, a], [, b]) => b - a)
    .map(([name, rate]) => `${name} ${plain(ratePerSec(rate))}`)
    .join(", ");
}

/** "2.1 % of 900 requests failed; plaintext; stale": what is to be looked at. */
export function edgeWarnings(edge: GraphEdge): string {
  const isWell = edge.health.state === "healthy" || edge.health.state === "noTraffic";
  const parts = [...(isWell ? [] : healthReasons(edge.health)), securityText(edge), edge.stale === true ? "stale" : ""];
  return parts.filter((part) => part !== "").join("; ");
}
