/**
 * What was seen in each step of a window and of the time before it. In: a snapshot and the rows that matter; out: a bit per
 * step: of a row whether it counted anything, of a group whether it was observed. Reads each live slot once and asks the
 * store for each step that was closed, and adds nothing up: a row that was seen in a step is not looked at again.
 */
import type { RollupRow, SlotSum } from "../../model/rollup-row.ts";
import { layoutOf } from "../row-layout.ts";
import type { Snapshot } from "../snapshot.ts";
import type { Breathe, StepSpan } from "../step-reading.ts";
import { MOVING } from "../view-graph.ts";
import { addStep, addSteps, hasStep, type StepBits, wordsFor } from "./step-bits.ts";

export interface SeenSteps {
  /** Adds the steps in which a row counted anything; nothing of one that was not asked about. */
  addSeen(row: RollupRow, into: StepBits): void;
  /** Adds those in which a group was observed. */
  addObserved(group: string, into: StepBits): void;
  /** Whether any group was observed. */
  readonly any: Uint8Array;
}

const moving: ReadonlySet<string> = new Set(MOVING);
const ROWS_PER_BREATH = 8_192;
/** Each holds every row. */
const SLOTS_PER_BREATH = 2;

function columnsOf(row: RollupRow): number[] {
  const { classes, counters } = layoutOf(row);
  return [...classes.map(({ at }) => at), ...counters.filter(({ name }) => moving.has(name)).map(({ at }) => at)];
}

/**
 * Marks what it is shown. Rows and groups have numbers: millions of numbers are looked at for one answer, and an array of its own
 * for each row costs more than all the rest.
 */
class Watch implements SeenSteps {
  readonly any: Uint8Array;
  private readonly numbers = new Map<string, number>();
  /** By index in the live table; 0 = none, else one more than its number. */
  private byIndex = new Int32Array(0);
  /** Of each row, where its columns begin in `columns`; they end where those of the next begin. */
  private readonly begins: number[] = [0];
  private readonly columns: number[] = [];
  private readonly groupNumbers = new Map<string, number>();
  private seen: StepBits = new Int32Array(0);
  private observed: StepBits = new Int32Array(0);
  private readonly words: number;

  constructor(length: number) {
    this.words = wordsFor(length);
    this.any = new Uint8Array(length);
  }

  add(row: RollupRow): void {
    const { key, index, group } = row;
    if (this.numbers.has(key)) return;
    this.numbers.set(key, this.numbers.size);
    if (index >= this.byIndex.length) {
      const longer = new Int32Array(Math.max(1024, 2 * index));
      longer.set(this.byIndex);
      this.byIndex = longer;
    }
    this.byIndex[index] = this.numbers.size;
    this.columns.push(...columnsOf(row));
    this.begins.push(this.columns.length);
    if (!this.groupNumbers.has(group)) this.groupNumbers.set(group, this.groupNumbers.size);
  }

  /** All rows are known. */
  begin(): void {
    this.seen = new Int32Array(this.numbers.size * this.words);
    this.observed = new Int32Array(this.groupNumbers.size * this.words);
  }

  get groups(): Iterable<string> {
    return this.groupNumbers.keys();
  }

  readonly isWatched = (row: RollupRow): boolean => this.numbers.has(row.key);

  see(step: number, index: number, values: Float64Array, at: number, size: number): void {
    const number = (this.byIndex[index] ?? 0) - 1;
    if (number >= 0) this.mark(step, number, values, at, size);
  }

  seeStored(step: number, { row, values }: SlotSum["rows"][number]): void {
    const number = this.numbers.get(row.key);
    if (number !== undefined) this.mark(step, number, values, 0, values.length);
  }

  private mark(step: number, number: number, values: Float64Array, at: number, size: number): void {
    const { begins, columns, seen, words } = this;
    if (hasStep(seen, number * words, step)) return;
    const end = begins[number + 1] ?? 0;
    for (let i = begins[number] ?? end; i < end; i++) {
      const column = columns[i] ?? 0;
      if (column >= size || !((values[at + column] ?? 0) > 0)) continue;
      addStep(seen, number * words, step);
      return;
    }
  }

  observe(group: string, step: number): void {
    const number = this.groupNumbers.get(group);
    if (number === undefined) return;
    addStep(this.observed, number * this.words, step);
    this.any[step] = 1;
  }

  addSeen(row: RollupRow, into: StepBits): void {
    const number = this.numbers.get(row.key);
    if (number !== undefined) addSteps(into, this.seen, number * this.words);
  }

  addObserved(group: string, into: StepBits): void {
    const number = this.groupNumbers.get(group);
    if (number !== undefined) addSteps(into, this.observed, number * this.words);
  }
}

/** Steps asked of the store before they are needed. */
const AHEAD = 8;

/** Up to where a span is closed, as things stand: the end of a slot, or its start where all of it is live. */
function closedUntil({ window: { slotMs }, estate }: Snapshot, { start, end }: StepSpan): number {
  return Math.max(start, Math.ceil(Math.min(end, estate.live.horizonMs) / slotMs) * slotMs);
}

/** What was closed of a span when it was asked for, and until when. */
interface Closed {
  readonly untilMs: number;
  readonly sum: Promise<SlotSum> | null;
}

function readClosed(snapshot: Snapshot, watch: Watch, span: StepSpan): Closed {
  const untilMs = closedUntil(snapshot, span);
  if (untilMs <= span.start) return { untilMs, sum: null };
  const { estate, window } = snapshot;
  const sum = estate.store.read(window.slotMs, span.start, untilMs, watch.isWatched);
  // Whoever gives up at the first that fails never sees the others.
  sum.catch(() => {});
  return { untilMs, sum };
}

/** What closed slots add to each span, in order, asked for ahead of its turn. */
function* closedParts(snapshot: Snapshot, watch: Watch, spans: readonly StepSpan[]) {
  const asked: Closed[] = [];
  for (const [at, span] of spans.entries()) {
    for (const next of spans.slice(at + asked.length, at + AHEAD)) asked.push(readClosed(snapshot, watch, next));
    yield { span, closed: asked.shift() ?? readClosed(snapshot, watch, span) };
  }
}

async function seeClosed({ rows, coveredMs }: SlotSum, watch: Watch, step: number, breathe: Breathe): Promise<void> {
  for (let at = 0; at < rows.length; at++) {
    const sum = rows[at];
    if (sum !== undefined) watch.seeStored(step, sum);
    if (at % ROWS_PER_BREATH === ROWS_PER_BREATH - 1) await breathe();
  }
  for (const [group, ms] of coveredMs) if (ms > 0) watch.observe(group, step);
}

/** Live slots of a step, a few at a time. */
async function seeLive(
  { estate: { live } }: Snapshot,
  watch: Watch,
  { start, end }: StepSpan,
  step: number,
  breathe: Breathe,
): Promise<void> {
  const most = SLOTS_PER_BREATH * live.slotMs;
  const first = Math.max(start, live.horizonMs);
  for (let at = first; at < end; at += most) {
    if (at > first) await breathe();
    const until = Math.min(end, at + most);
    live.scan(at, until, (index, values, from, size) => watch.see(step, index, values, from, size));
  }
}

/**
 * `spans` before the window too, of its slots. Other work comes in after each: what was seen in one stays so, and a slot
 * that is closed meanwhile and read twice is seen all the same.
 */
export async function seenSteps(
  snapshot: Snapshot,
  rows: readonly RollupRow[],
  spans: readonly StepSpan[],
  breathe: Breathe,
): Promise<SeenSteps> {
  const watch = new Watch(spans.length);
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at];
    if (row !== undefined) watch.add(row);
    if (at % ROWS_PER_BREATH === ROWS_PER_BREATH - 1) await breathe();
  }
  watch.begin();
  const { live } = snapshot.estate;
  const groups = [...watch.groups];
  for (let at = 0; at < groups.length; at += ROWS_PER_BREATH) {
    if (at > 0) await breathe();
    live.observedSteps(spans, groups.slice(at, at + ROWS_PER_BREATH), (group, step) => watch.observe(group, step));
  }
  let step = 0;
  for (const { span, closed } of closedParts(snapshot, watch, spans)) {
    if (closed.sum !== null) await seeClosed(await closed.sum, watch, step, breathe);
    await seeLive(snapshot, watch, span, step, breathe);
    // Slots that were closed since it was asked for are in neither.
    const { untilMs } = closed;
    const { sum } = closedUntil(snapshot, span) > untilMs ? readClosed(snapshot, watch, span) : { sum: null };
    if (sum !== null) await seeClosed(await sum, watch, step, breathe);
    step++;
    await breathe();
  }
  return watch;
}
