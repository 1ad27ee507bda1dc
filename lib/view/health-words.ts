/** Health states and their reasons in words. In: the API's codes; out: text, a mark and the name of a colour token. */
import type { Health, HealthState } from "../query/schema/common.ts";
import { codeWords, type WordTable } from "./code-words.ts";
import { count, percent, plain } from "./format.ts";

export interface StateLook {
  readonly words: string;
  /** A sign that does not need colour. */
  readonly mark: string;
  readonly token: "healthy" | "degraded" | "failing" | "idle" | "unknown";
}

const LOOKS: Readonly<Record<HealthState, StateLook>> = {
  failure: { words: "failing", mark: "!", token: "failing" },
  degraded: { words: "degraded", mark: "~", token: "degraded" },
  notReady: { words: "not ready", mark: "…", token: "degraded" },
  healthy: { words: "healthy", mark: "●", token: "healthy" },
  noTraffic: { words: "no traffic", mark: "○", token: "idle" },
  unknown: { words: "not known", mark: "?", token: "unknown" },
};

export function stateLook(state: HealthState): StateLook {
  return LOOKS[state];
}

const RANK: readonly HealthState[] = ["failure", "degraded", "notReady", "unknown", "healthy", "noTraffic"];

/** 0 is worst: for "worst first". */
export function stateRank(state: HealthState): number {
  return RANK.indexOf(state);
}

export const HEALTH_REASON_WORDS: WordTable = {
  client_errors: "requests refused as the client's error",
  errors: "requests failed",
  few_requests: "too few requests for a verdict",
  not_observed: "not observed in this window",
  not_readable: "part of what is told of it makes no sense, and counts as not known",
};

/** Of whom a reason's figures are, where they are not of all requests of the edge or node. */
const OF_WORDS: WordTable = {
  caller: ", as the caller saw it",
  callee: ", as the called side saw it",
  http: ", of its HTTP requests",
  grpc: ", of its gRPC requests",
};

/** "9.4 % of 6,390 requests failed, as the caller saw it". */
export function healthReasons(health: Health): readonly string[] {
  return health.reasons.map(({ code, ratio, requests, of: whose }) => {
    const share = ratio === undefined ? "" : `${plain(percent(ratio))} `;
    const of = requests === undefined ? "" : `of ${plain(count(requests))} `;
    const by = whose === undefined ? "" : codeWords(OF_WORDS, whose);
    return `${share}${of}${codeWords(HEALTH_REASON_WORDS, code)}${by}`;
  });
}
