/**
 * What the collector and the store's process say to each other. The peer is our own program of the same build: messages
 * are told apart by `type` and not validated further. Typed arrays, maps, sets and bigints cross as they are.
 */

import type { Result } from "../../../lib/base/result.ts";
import type { TraceId } from "../../../lib/model/span.ts";
import type { ExemplarQuery } from "../../../lib/query/exemplar-query.ts";
import type { RollupTier } from "../../../lib/query/rollup-store.ts";
import type { ApiError } from "../../../lib/query/schema/common.ts";
import type { Exemplar } from "../../../lib/query/schema/heatmap.ts";
import type { StoreFacts } from "../../../lib/query/schema/store.ts";
import type { TracePage, TraceQuery } from "../../../lib/query/span-store.ts";
import type { LogPosition } from "../../../lib/query/store-engine.ts";
import type { Retention, StoreConfig } from "../../config/config.ts";
import type { Unnamed } from "./span-names.ts";
import type { WireSum } from "./sum-codec.ts";

export interface HostSettings {
  readonly store: StoreConfig;
  readonly dataFolder: string;
  readonly retention: Retention;
  /** Name of this collector among those that share a store. */
  readonly member?: string;
}

/** A slot, or a piece of one: slots of many rows come in several. */
export interface WireSlot {
  readonly startMs: number;
  readonly sum: WireSum;
}

/** Which rows a read is for: the verdicts on the rows that the asker has met, by their number; it sifts the rest itself. */
export interface WireWanted {
  readonly epoch: number;
  readonly known: number;
  readonly bits: Uint8Array;
}

export type Call =
  | { readonly method: "trace"; readonly traceId: TraceId }
  | { readonly method: "tracesByLowBits"; readonly low: string }
  | { readonly method: "search"; readonly asked: Unnamed<TraceQuery> }
  | { readonly method: "exemplars"; readonly asked: Unnamed<ExemplarQuery> }
  | { readonly method: "values" }
  | {
      readonly method: "read";
      readonly tierMs: number;
      readonly fromMs: number;
      readonly toMs: number;
      readonly wanted?: WireWanted;
    }
  | { readonly method: "append"; readonly writeId: string }
  | { readonly method: "checkpoint"; readonly writeId: string; readonly marks: Readonly<Record<string, string>> }
  | { readonly method: "restore" };

export type Part =
  /** As `encodeSpans` writes them. */
  | { readonly of: "spans"; readonly text: string }
  | { readonly of: "sum"; readonly sum: WireSum }
  | { readonly of: "slot"; readonly slot: WireSlot };

export type Answer =
  | { readonly of: "ids"; readonly ids: readonly TraceId[] }
  | { readonly of: "page"; readonly page: Result<TracePage, ApiError> }
  | { readonly of: "exemplars"; readonly exemplars: readonly Exemplar[] }
  | {
      readonly of: "values";
      readonly values: readonly { readonly name: string; readonly operations: readonly string[] }[];
    }
  | { readonly of: "marks"; readonly marks: Readonly<Record<string, string>> }
  /** Everything went in parts, or there is nothing to say. */
  | { readonly of: "done" };

export type ToHost =
  | { readonly type: "open"; readonly settings: HostSettings }
  | { readonly type: "appended"; readonly log: string; readonly through: LogPosition }
  /** What belongs to a call that is still to come. */
  | { readonly type: "part"; readonly id: number; readonly part: Part }
  | { readonly type: "call"; readonly id: number; readonly call: Call }
  /** Nobody waits for the answer any more. */
  | { readonly type: "cancel"; readonly id: number }
  | { readonly type: "stop" };

export type FromHost =
  | {
      readonly type: "opened";
      readonly ingested: readonly (readonly [string, LogPosition])[];
      readonly tiers: readonly RollupTier[];
      readonly facts: StoreFacts;
    }
  | { readonly type: "refused"; readonly code: string; readonly message: string }
  | { readonly type: "part"; readonly id: number; readonly part: Part }
  | { readonly type: "done"; readonly id: number; readonly answer: Answer }
  | { readonly type: "failed"; readonly id: number; readonly code: string; readonly message: string }
  | { readonly type: "ingested"; readonly log: string; readonly through: LogPosition }
  | { readonly type: "facts"; readonly facts: StoreFacts };
