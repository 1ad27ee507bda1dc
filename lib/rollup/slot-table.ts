/**
 * The live table: rows and what they added in each of the last 90 slots of 10 s, with the time each group was observed.
 * In: parts of increases; out: sums over slots, and slots that have grown too old and go to the store. A slot stays here
 * 15 minutes, longer than any gap that is still an increase for scrapes of up to 5 minutes, so that late parts find it;
 * what comes later still is handed over as a further delta of its closed slot. No clock: the caller says what time it is.
 */
import { finish, type Sliced } from "../base/sliced.ts";
import type {
  ClosedSlot,
  ListenerState,
  RollupRow,
  RowValues,
  Settling,
  SlotSum,
  TlsState,
} from "../model/rollup-row.ts";
import { coveredMs, type Step, TargetCoverage } from "./coverage.ts";
import { DepartedGroups } from "./departed-groups.ts";
import type { MutableRow } from "./mutable-row.ts";
import { NumberBlocks } from "./number-blocks.ts";
import { OpenSlots } from "./open-slots.ts";
import type { Visit } from "./packed-numbers.ts";
import { EDGE_LIMIT, RowTable } from "./row-table.ts";
import { RunningSums } from "./running-sum.ts";
import { SlotNumbers, within } from "./slot-numbers.ts";
import { addPart, increasesIn, type Run, type Share, SLOT_MS, slotOf, spread } from "./spread.ts";

export const LIVE_SLOTS = 90;
/** How long after closing a slot its coverage is remembered, for deltas that come later still. */
const LATE_MS = 3_600_000;

export class SlotTable extends OpenSlots {
  readonly slotMs = SLOT_MS;
  readonly table: RowTable;
  /** Moves with every change that a reader could see. */
  generation = 0;
  private horizon = Number.NEGATIVE_INFINITY;
  /** Slots before this went out of an earlier process's table, with their coverage. */
  private resumedMs = Number.NEGATIVE_INFINITY;
  private lastAtMs: number | null = null;
  readonly groups = new Map<string, Set<TargetCoverage>>();
  private readonly departed = new DepartedGroups();
  readonly targets = new Map<string, TargetCoverage>();
  private readonly listenerStates = new Map<string, Map<string, ListenerState>>();
  private readonly leftOut = new Map<string, number>();
  private readonly emitted = new Map<number, ReadonlyMap<string, number>>();
  readonly sums = new RunningSums(() => {
    const { generation, slots, writes, writtenAt } = this;
    return { generation, slots, writes, writtenAt, rows: this.table.rows };
  }, SLOT_MS);

  constructor(edgeLimit = EDGE_LIMIT) {
    super();
    this.table = new RowTable(edgeLimit);
  }

  /** Slots from here on are this table's, earlier ones the store's. */
  get horizonMs(): number {
    return this.horizon;
  }

  get lastObservationMs(): number | null {
    return this.lastAtMs;
  }

  get openSlots(): number {
    return this.slots.size;
  }

  get rows(): readonly RollupRow[] {
    return this.table.rows;
  }

  /** By workload key, then by target and listener. */
  get listeners(): ReadonlyMap<string, ReadonlyMap<string, ListenerState>> {
    return this.listenerStates;
  }

  get dropped(): Readonly<Record<string, number>> {
    const edges = this.table.overflowEdges;
    return { ...(edges === 0 ? {} : { edge_limit: edges }), ...Object.fromEntries(this.leftOut) };
  }

  /** Counts what a row had no room for, or cannot count. */
  leaveOut(code: "latency_schemes" | "negative_counter" | "principals", count: number): void {
    this.leftOut.set(code, (this.leftOut.get(code) ?? 0) + count);
  }

  target(key: string, intervalMs: number): TargetCoverage {
    const known = this.targets.get(key);
    if (known !== undefined) return known;
    const made = new TargetCoverage(key, intervalMs);
    this.targets.set(key, made);
    return made;
  }

  join(group: string, target: TargetCoverage): void {
    const members = this.groups.get(group);
    if (members === undefined) this.groups.set(group, new Set([target]));
    else members.add(target);
  }

  /** A reading was folded at `atMs`. */
  observed(atMs: number): void {
    this.lastAtMs = Math.max(this.lastAtMs ?? atMs, atMs);
    this.generation++;
  }

  /** Something moved though nothing was read: a reader looks again. */
  changed(): void {
    this.generation++;
  }

  add(row: MutableRow, columns: readonly number[], increase: number, shares: readonly Share[]): void {
    if (increase === 0) return;
    spread(increase, shares, (slotMs, part) => {
      this.written(slotMs, row.index).add(row.index, row.columns.length, columns, part);
    });
    this.folded++;
  }

  /** Adds a run of increases to as many columns of a row from `first` on, as `add` would one by one. */
  addRun(row: MutableRow, first: number, run: Run, shares: readonly Share[]): void {
    for (let nth = 0; nth < shares.length; nth++) {
      const slot = this.written(shares[nth]?.slotMs ?? 0, row.index);
      const place = slot.place(row.index, row.columns.length);
      addPart(slot.block(place), within(place) + first, run, shares, nth);
    }
    this.folded += increasesIn(run);
  }

  /** What a row holds in an open slot. */
  held(slotMs: number, index: number): Float64Array | undefined {
    return this.slots.get(slotMs)?.get(index);
  }

  /** Goes on where another table ended: what it closed, and the coverage that went out with the last of its slots. */
  resume(horizonMs: number, emitted: ReadonlyMap<number, ReadonlyMap<string, number>>): void {
    this.horizon = horizonMs;
    this.resumedMs = horizonMs;
    for (const [startMs, covered] of emitted) this.emitted.set(startMs, covered);
  }

  setTls(row: MutableRow, target: string, state: TlsState): void {
    row.setTls(target, state);
  }

  setListeners(workload: string, states: ReadonlyMap<string, ListenerState>): void {
    const known = this.listenerStates.get(workload) ?? [];
    this.listenerStates.set(workload, new Map([...known, ...states]));
  }

  /** Sums over the live slots that start in [fromMs, toMs); covered time up to `toMs`. `wanted` narrows the rows. */
  read(fromMs: number, toMs: number, wanted?: (row: RollupRow) => boolean): SlotSum {
    const from = Math.max(fromMs, this.horizon);
    return wanted === undefined ? finish(this.readSteps(from, toMs)) : this.sum(from, toMs, wanted);
  }

  /** `read` in steps; true of the moment at which it ends. Rows that did not change keep the array of the read before. */
  *readSteps(fromMs: number, toMs: number): Sliced<SlotSum> {
    const from = Math.max(fromMs, this.horizon);
    return yield* this.sums.steps(from, toMs, () => this.covered(from, toMs));
  }

  private sum(from: number, to: number, wanted?: (row: RollupRow) => boolean): SlotSum {
    const totals: (RowValues | null | undefined)[] = [];
    const blocks = new NumberBlocks();
    for (const [startMs, slot] of this.slots) {
      if (startMs < from || startMs >= to) continue;
      slot.each((index) => {
        let total = totals[index];
        if (total === undefined) {
          const row = this.table.at(index);
          const given = row === undefined || wanted?.(row) === false;
          total = given ? null : { row, values: blocks.take(row.columns.length) };
          totals[index] = total;
        }
        if (total !== null) slot.addTo(total.values, index);
      });
    }
    const rows = totals.filter((total) => total !== null && total !== undefined);
    return { rows, coveredMs: this.covered(from, to) };
  }

  scan(fromMs: number, toMs: number, visit: Visit): void {
    const from = Math.max(fromMs, this.horizon);
    for (const [startMs, slot] of this.slots) if (startMs >= from && startMs < toMs) slot.each(visit);
  }

  coverage(fromMs: number, toMs: number, groups: Iterable<string> = this.groups.keys()): Map<string, number> {
    const from = Math.max(fromMs, this.horizon);
    return this.covered(from, toMs, groups);
  }

  observedSteps(steps: readonly Step[], groups: Iterable<string>, mark: (group: string, step: number) => void): void {
    for (const group of groups) {
      for (const target of this.groups.get(group) ?? []) {
        target.observedSteps(steps, this.horizon, (step) => mark(group, step));
      }
    }
  }

  private covered(from: number, to: number, groups: Iterable<string> = this.groups.keys()): Map<string, number> {
    const covered = new Map<string, number>();
    for (const group of groups) {
      const targets = this.groups.get(group);
      if (targets !== undefined) covered.set(group, coveredMs(targets, from, to));
    }
    return covered;
  }

  /** Slots that end 15 minutes before `nowMs` or earlier leave; each comes once, later deltas of it as further ones. */
  close(nowMs: number): ClosedSlot[] {
    const horizon = slotOf(nowMs) - (LIVE_SLOTS - 1) * SLOT_MS;
    if (this.horizon === Number.NEGATIVE_INFINITY || horizon > this.horizon) {
      const from = this.horizon;
      this.horizon = horizon;
      for (const start of this.covering(from, horizon))
        if (!this.slots.has(start)) this.slots.set(start, new SlotNumbers());
    }
    const closed: ClosedSlot[] = [];
    for (const startMs of [...this.slots.keys()].sort((a, b) => a - b)) {
      if (startMs < this.horizon) closed.push(this.closeSlot(startMs));
    }
    if (closed.length > 0) this.generation++;
    this.packOne(nowMs);
    this.forget();
    return closed;
  }

  /** Slots in [from, to) that were observed though nothing increased in them: zero is data too. */
  private covering(from: number, to: number): number[] {
    const first = Math.min(...[...this.targets.values()].map((target) => target.intervals[0]?.from ?? to));
    const starts: number[] = [];
    for (let start = Math.max(from, slotOf(first)); start < to; start += SLOT_MS) starts.push(start);
    return starts;
  }

  private closeSlot(startMs: number): ClosedSlot {
    const { rows } = this.sum(startMs, startMs + SLOT_MS, ({ member }) => member === undefined);
    this.gone(startMs);
    this.journal?.forget(startMs);
    const before = this.emitted.get(startMs);
    if (before === undefined && startMs < this.resumedMs) return { startMs, rows, coveredMs: new Map() };
    const covered = this.covered(startMs, startMs + SLOT_MS);
    const news = new Map([...covered].map(([group, ms]) => [group, ms - (before?.get(group) ?? 0)] as const));
    this.emitted.set(startMs, covered);
    return { startMs, rows, coveredMs: new Map([...news].filter(([, ms]) => ms > 0)) };
  }

  private forget(): void {
    const before = this.horizon - LATE_MS;
    this.table.prune(before);
    for (const [workload, states] of this.listenerStates) {
      for (const [key, state] of states) if (state.atMs < before) states.delete(key);
      if (states.size === 0) this.listenerStates.delete(workload);
    }
    for (const startMs of this.emitted.keys()) if (startMs < before) this.emitted.delete(startMs);
    for (const [key, target] of this.targets) {
      target.forgetBefore(before);
      if ((target.lastMs ?? 0) >= before) continue;
      this.targets.delete(key);
      for (const [group, members] of this.groups) {
        if (!members.delete(target) || members.size > 0) continue;
        this.groups.delete(group);
        this.departed.add(group, target);
      }
    }
    this.departed.forget(this.horizon);
  }

  /** Who may yet add to a time before `endMs`. What other collectors add to slots that are closed is theirs to store. */
  settling(endMs: number, nowMs: number): Settling {
    let [targets, services] = [0, 0];
    for (const target of this.targets.values()) {
      const isTold = target.handed === null || endMs > this.horizon;
      if (!isTold || !target.maySayOf(endMs, nowMs)) continue;
      if (target.lateMs > 0) services++;
      else targets++;
    }
    return { targets, services };
  }

  /** Time of the newest reading by any target of the group. */
  groupLastMs(group: string): number | null {
    const lasts = [...(this.groups.get(group) ?? [])].map((target) => target.lastMs ?? 0);
    return lasts.length === 0 ? this.departed.lastMs(group) : Math.max(...lasts);
  }

  /** Longest scrape interval in the group, ms. */
  groupIntervalMs(group: string): number {
    const intervals = [...(this.groups.get(group) ?? [])].map((target) => target.intervalMs);
    return Math.max(this.departed.intervalMs(group), ...intervals);
  }
}
