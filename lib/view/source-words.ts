/** Sources in words: what they are, how they are, and their sums. */
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
