/** Sources in words: what they are, what went wrong and what to do. In: the API's codes; out: sentences. */
import type { Source } from "../query/schema/estate.ts";

const KINDS: Readonly<Record<Source["kind"], string>> = {
  scrape: "scrape",
  otlpHttp: "OTLP/HTTP",
  otlpGrpc: "OTLP/gRPC",
  zipkin: "Zipkin",
  remoteWrite: "remote write",
};

export function sourceKind(kind: Source["kind"]): string {
  return KINDS[kind];
}

const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/timeout|deadline|slow/, "The target answered too late. Look at its load, or raise the interval of this scrape."],
  [
    /refused|unreachable|connect|reset|network/,
    "Nothing listens there. Check that the proxy runs and that the address in the configuration is right.",
  ],
  [/dns|resolve|not_found_host/, "The name does not resolve from here. Check the address in the configuration."],
  [
    /status|http/,
    "The target answered, but not with metrics. Check path and port: Istio prints at :15090/stats/prometheus, Envoy at its admin port.",
  ],
  [
    /content_type|html|not_exposition|malformed|parse|invalid|encoding/,
    "What came is not in the format this source takes. Check what sends it, and to which port.",
  ],
  [
    /sample_limit|series_limit|body_limit|too_large|limit/,
    "It is over a limit. Raise the limit in the configuration, or have the proxy print less.",
  ],
  [/gzip|inflate|compress/, "The compressed body is broken or too large when opened. Check the sender's compression."],
  [
    /type_changed|counter|gauge/,
    "A metric changed its type. Restart the proxy, or report the name to whoever ships it.",
  ],
  [
    /busy|full|overload/,
    "The collector is behind. Senders that retry lose nothing; give it more memory or fewer sources.",
  ],
];

/** What to do about an error of a source, by its code; a code of no known family gets the log. */
export function sourceAdvice(code: string): string {
  return ADVICE.find(([pattern]) => pattern.test(code))?.[1] ?? "The collector's log has more on this code.";
}

export type SourceState = "up" | "down" | "waiting";

/** A receiver that nothing was sent to yet waits; a target that never answered is down. */
export function sourceState(source: Source): SourceState {
  if (!source.up) return "down";
  return source.ageMs === null ? "waiting" : "up";
}

export interface SourceTotals {
  readonly targets: number;
  readonly down: number;
  readonly receivers: number;
  readonly dropped: number;
}

export function sourceTotals(sources: readonly Source[]): SourceTotals {
  const targets = sources.filter((source) => source.kind === "scrape");
  return {
    targets: targets.length,
    down: targets.filter((source) => !source.up).length,
    receivers: sources.length - targets.length,
    dropped: sources.reduce((sum, source) => sum + droppedItems(source), 0),
  };
}

export function droppedItems(source: Source): number {
  return Object.values(source.drops).reduce((sum, items) => sum + items, 0);
}
