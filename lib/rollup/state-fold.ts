/**
 * States of one reading (TLS evidence, active connections, open circuit breakers, listeners): gathered while the reading
 * is read, put in place at its end. Several series of one kind add up, `circuitOpen` holds if any does. A state never
 * makes a row: it describes rows that counters made.
 */
import type { EdgeRef } from "../model/identity.ts";
import type { ListenerMeasure, Reporter, SeriesMeaning, StateMeasure } from "../model/meaning.ts";
import { type ListenerState, type TlsState, workloadKey } from "../model/rollup-row.ts";
import type { SlotTable } from "./slot-table.ts";

type Numbers<K extends string> = Partial<Record<K, number>>;

const STATE_FIELDS = {
  upstreamHandshakes: "handshakes",
  upstreamConnections: "connections",
  upstreamConnectFailures: "connectFailures",
  activeConnections: "activeConnections",
  circuitOpen: "circuitOpen",
} as const satisfies Record<StateMeasure["kind"], keyof TlsState>;
type StateField = (typeof STATE_FIELDS)[StateMeasure["kind"]];

interface EdgeState {
  readonly edge: EdgeRef;
  readonly reporter: Reporter;
  /** The family that speaks of TLS, where one does. */
  family: string;
  readonly numbers: Numbers<StateField>;
}

export class StateFold {
  private readonly edges = new Map<EdgeRef, Map<Reporter, EdgeState>>();
  private readonly listeners = new Map<string, Map<string, Numbers<ListenerMeasure["kind"]>>>();
  private readonly slots: SlotTable;
  private readonly target: string;
  private readonly job: string;
  private readonly atMs: number;

  constructor(slots: SlotTable, target: string, job: string, atMs: number) {
    this.slots = slots;
    this.target = target;
    this.job = job;
    this.atMs = atMs;
  }

  take(meaning: SeriesMeaning, value: number): void {
    if (meaning.kind === "state") this.takeState(meaning, value);
    else if (meaning.kind === "listener") {
      const workload = workloadKey(meaning.workload);
      const key = `${this.target}/${meaning.listener ?? ""}`;
      const states = this.listeners.get(workload) ?? new Map<string, Numbers<ListenerMeasure["kind"]>>();
      const numbers = states.get(key) ?? {};
      numbers[meaning.measure.kind] = (numbers[meaning.measure.kind] ?? 0) + value;
      states.set(key, numbers);
      this.listeners.set(workload, states);
    }
  }

  private takeState(meaning: SeriesMeaning & { kind: "state" }, value: number): void {
    const byReporter = this.edges.get(meaning.edge) ?? new Map<Reporter, EdgeState>();
    this.edges.set(meaning.edge, byReporter);
    const { edge, reporter, family } = meaning;
    const state = byReporter.get(reporter) ?? { edge, reporter, family, numbers: {} };
    byReporter.set(reporter, state);
    const field = STATE_FIELDS[meaning.measure.kind];
    const hasHandshakes = state.numbers.handshakes !== undefined;
    if (field === "handshakes" || (field === "connections" && !hasHandshakes)) state.family = family;
    const before = state.numbers[field] ?? 0;
    state.numbers[field] = field === "circuitOpen" ? Math.max(before, value === 0 ? 0 : 1) : before + value;
  }

  finish(): void {
    const byRow = new Map<
      ReturnType<SlotTable["table"]["find"]>[number],
      { family: string; numbers: Numbers<StateField> }
    >();
    for (const byReporter of this.edges.values()) {
      for (const { edge, reporter, family, numbers } of byReporter.values()) {
        for (const row of this.slots.table.find(edge, reporter, this.job)) {
          const known = byRow.get(row) ?? { family, numbers: {} };
          mergeNumbers(known.numbers, numbers);
          byRow.set(row, known);
        }
      }
    }
    for (const [row, { family, numbers }] of byRow) {
      this.slots.setTls(row, this.target, { atMs: this.atMs, family, ...numbers });
    }
    for (const [workload, states] of this.listeners) {
      const made = new Map<string, ListenerState>();
      for (const [key, numbers] of states) made.set(key, { atMs: this.atMs, ...numbers });
      this.slots.setListeners(workload, made);
    }
  }
}

/** Edges that are equal but not the same object meet in one row. */
function mergeNumbers(into: Numbers<StateField>, from: Numbers<StateField>): void {
  for (const field of Object.values(STATE_FIELDS)) {
    const value = from[field];
    if (value === undefined) continue;
    const before = into[field] ?? 0;
    into[field] = field === "circuitOpen" ? Math.max(before, value) : before + value;
  }
}
