/**
 * How complete an answer is, and how final. In: a snapshot and what the sources say of themselves; out: `completeness` as every
 * answer of a window has it. Unix ms.
 */
import type { EdgeFact } from "./edge-facts.ts";
import { notCollected } from "./not-collected.ts";
import { digits4 } from "./numbers.ts";
import { type Sampling, samplingOf } from "./sampling.ts";
import type { AbsentReason, Completeness, Window } from "./schema/common.ts";
import type { Snapshot } from "./snapshot.ts";
import { isActive } from "./view-graph.ts";
import type { Estate } from "./window.ts";

export function observedShare(facts: readonly EdgeFact[], window: Window): number {
  const told = facts.filter((fact) => isActive(fact) || fact.lastSeenMs >= window.start);
  const length = window.end - window.start;
  if (told.length === 0 || length <= 0) return 0;
  const share = told.reduce((sum, fact) => sum + Math.min(1, fact.coveredMs / length), 0) / told.length;
  return digits4(share);
}

export interface SpanCounts {
  /** Spans seen so far. */
  readonly spans: number;
  /** Share of server spans whose caller's span did not come; null until one is old enough to say. */
  readonly unpairedShare: number | null;
}

/** What the collector's sources say of themselves. */
export interface TargetCounts {
  /** What time it is; when the snapshot was made, where nobody says. */
  readonly nowMs?: number;
  readonly up: number;
  readonly down: number;
  /** What sources left out, by code. */
  readonly dropped?: Readonly<Record<string, number>>;
  readonly spans?: SpanCounts;
  /** Other collectors whose part of the estate is shown too. */
  readonly others?: NonNullable<Completeness["others"]>;
}

/** Without spans there is nothing to pair; with none of them old enough, nothing is known yet. */
function unpairedOf(spans: SpanCounts | undefined): { value: number | null; absent?: AbsentReason } {
  if (spans === undefined || spans.spans === 0) return { value: null, absent: "notCollected" };
  if (spans.unpairedShare === null) return { value: null, absent: "unknown" };
  return { value: digits4(spans.unpairedShare) };
}

interface Observed {
  readonly share: number;
  readonly sampling: Sampling;
}

function partOf(facts: readonly EdgeFact[], window: Window): Observed {
  return { share: observedShare(facts, window), sampling: samplingOf(facts.map(({ counts }) => counts)) };
}

const whole = new WeakMap<Snapshot, Observed>();

/** Of all facts: many queries ask the same of one snapshot. */
function wholeOf(snapshot: Snapshot): Observed {
  const known = whole.get(snapshot) ?? partOf(snapshot.facts, snapshot.window);
  whole.set(snapshot, known);
  return known;
}

type Settled = Pick<Completeness, "settling" | "settlingBy">;
type Others = NonNullable<Completeness["others"]>;

/** Members whose slots of before `endMs` are not here: not handed over since, or waiting for spans while they are silent. */
function notHanded(others: Others, endMs: number, nowMs: number): number {
  return others.filter(({ state, ageMs }) => state === "silent" || ageMs === null || nowMs - ageMs < endMs).length;
}

const TO_COME: Settled = { settling: 1, settlingBy: { targets: 0, services: 0, members: 0, clock: 1 } };

/**
 * Who may change the figures of a window whose end was past at `atMs`: they are of whole slots. There are fewer by time
 * alone, where nothing is read any more. Slots that were closed are each member's own to store. An end that was asked for
 * and is still to come is no more final than the time until then.
 */
export function settlingAt(window: Window, { live }: Estate, others: Others = [], atMs: number, nowMs = atMs): Settled {
  const { requested, slotMs, endToCome } = window;
  if (endToCome !== undefined) return TO_COME;
  if (requested.end >= atMs) return {};
  const endMs = Math.ceil(requested.end / slotMs) * slotMs;
  const members = endMs > live.horizonMs ? notHanded(others, endMs, nowMs) : 0;
  const settlingBy = { ...live.settling(endMs, nowMs), members };
  const settling = settlingBy.targets + settlingBy.services + members;
  return settling === 0 ? {} : { settling, settlingBy };
}

/** What an answer of the snapshot says of it; nothing of one that is final. */
export function settlingOf({ window, estate, madeMs }: Snapshot, { nowMs, others }: TargetCounts): Settled {
  return settlingAt(window, estate, others, madeMs, nowMs);
}

/**
 * Age at the window's end of the newest observation in it, ms. It may have gone on after a window that ended before; where
 * nobody looked in all of it there is none.
 */
function newestIn(snapshot: Snapshot, lastMs: number): number | null {
  const { end } = snapshot.window.requested;
  if (end >= lastMs) return end - lastMs;
  return wholeOf(snapshot).share > 0 ? 0 : null;
}

export function completenessOf(snapshot: Snapshot, targets: TargetCounts, facts = snapshot.facts): Completeness {
  const { window, estate } = snapshot;
  const last = estate.live.lastObservationMs;
  const unpaired = unpairedOf(targets.spans);
  const { share, sampling } = facts === snapshot.facts ? wholeOf(snapshot) : partOf(facts, window);
  const newestAgeMs = last === null ? null : newestIn(snapshot, last);
  return {
    observedShare: share,
    targets: { up: targets.up, down: targets.down },
    newestAgeMs,
    unpairedSpanShare: unpaired.value,
    sampledShare: sampling.share,
    dropped: { ...targets.dropped, ...estate.live.dropped },
    notCollected: notCollected(snapshot.told, targets.dropped),
    ...settlingOf(snapshot, targets),
    ...(targets.others === undefined ? {} : { others: targets.others }),
    absent: {
      ...(newestAgeMs === null ? { newestAgeMs: "unknown" as const } : {}),
      ...(unpaired.absent === undefined ? {} : { unpairedSpanShare: unpaired.absent }),
      ...(sampling.absent === undefined ? {} : { sampledShare: sampling.absent }),
    },
  };
}
