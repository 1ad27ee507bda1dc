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

function readClosed({ window, estate }: Snapshot, watch: Watch, { start, end }: StepSpan): Promise<SlotSum> {
  const { slotMs } = window;
  const until = Math.ceil(Math.min(end, estate.live.horizonMs) / slotMs) * slotMs;
  return estate.store.read(slotMs, start, until, watch.isWatched);
}

/** What closed slots add to each span, in order; null where all of it was live when it was its turn. */
async function* closedParts(snapshot: Snapshot, watch: Watch, spans: readonly StepSpan[]) {
  const ask = (span: StepSpan): Promise<SlotSum> | null => {
    if (span.start >= snapshot.estate.live.horizonMs) return null;
    const sum = readClosed(snapshot, watch, span);
    // Whoever gives up at the first that fails never sees the others.
    sum.catch(() => {});
    return sum;
  };
  const asked: (Promise<SlotSum> | null)[] = [];
  for (let at = 0; at < spans.length; at++) {
    for (let next = at + asked.length; next < Math.min(spans.length, at + AHEAD); next++) {
      const span = spans[next];
      if (span !== undefined) asked.push(ask(span));
    }
    const span = spans[at];
    if (span === undefined) return;
    // One that was live may have been closed since.
    yield { span, closed: await (asked.shift() ?? ask(span)) };
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
  for await (const { span, closed } of closedParts(snapshot, watch, spans)) {
    if (closed !== null) await seeClosed(closed, watch, step, breathe);
    const { horizonMs } = live;
    await seeLive(snapshot, watch, span, step, breathe);
    // Slots that were closed meanwhile are in neither.
    if (live.horizonMs > Math.max(horizonMs, span.start)) {
      await seeClosed(await readClosed(snapshot, watch, span), watch, step, breathe);
    }
    step++;
    await breathe();
  }
  return watch;
}
