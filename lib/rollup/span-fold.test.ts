/** Calls folded by number: each is counted once, in its slot, by its outcome, whatever else happens to its row meanwhile. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Endpoint } from "../model/identity.ts";
import { SideBook } from "./side-book.ts";
import { SlotJournal } from "./slot-journal.ts";
import { LIVE_SLOTS, SlotTable } from "./slot-table.ts";
import { bucketOf, SPAN_BOUNDS_MS, SpanFold } from "./span-fold.ts";

const START = 1_700_000_000_000;
const SLOT_MS = 10_000;

const service = (name: string): Endpoint => {
  return { cluster: "c", namespace: "n", kind: "service", name, mesh: null, service: name };
};

const call = fc.record({
  source: fc.constantFrom("a", "b", "c", "d"),
  target: fc.constantFrom("a", "b", "c", "d"),
  isGrpc: fc.boolean(),
  code: fc.constantFrom("200", "404", "500", "502", "503", "none"),
  flags: fc.constantFrom<readonly string[]>([], [], ["UH"], ["UF", "DC"]),
  sampled: fc.constantFrom(null, null, 0.5),
  slot: fc.integer({ min: 0, max: 2 }),
  durationMs: fc.constantFrom(0.05, 3, 250, 1_000_000),
});
const step = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant("call" as const), call }) },
  fc.record({ kind: fc.constantFrom("take" as const, "fail" as const) }),
);

/** Counts by slot and code, and the latency's count and sum. */
function totals(table: SlotTable): Map<string, number> {
  const found = new Map<string, number>();
  const add = (key: string, more: number): void => void (more > 0 && found.set(key, (found.get(key) ?? 0) + more));
  for (let slot = 0; slot < 3; slot++) {
    const from = START + slot * SLOT_MS;
    for (const { row, values } of table.read(from, from + SLOT_MS).rows) {
      row.columns.forEach((column, at) => {
        const value = values[at] ?? 0;
        if (column.kind === "class") add(`${slot} ${column.code}`, value);
        else if (column.kind === "bucket") add(`${slot} latency`, value);
        else if (column.kind === "latencySum") add(`${slot} ms`, value);
        else if (column.kind === "flag") add(`${slot} ${column.flag}`, value);
        else if (column.kind === "counter") add(`${slot} ${column.name}`, value);
      });
    }
  }
  return found;
}

test("sums are those of the calls, with too many edges, rows that grow, and checkpoints between", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), fc.constantFrom(1, 2, 100), (steps, edgeLimit) => {
      const slots = new SlotTable(edgeLimit);
      const journal = new SlotJournal();
      slots.journal = journal;
      const fold = new SpanFold(slots);
      const wanted = new Map<string, number>();
      const kept = new Map<string, number>();
      const add = (to: Map<string, number>, key: string, more: number): void =>
        void to.set(key, (to.get(key) ?? 0) + more);
      // So small that it begins anew all the time: an end then has many numbers.
      const book = new SideBook(3, 3);
      for (const one of steps) {
        if (one.kind === "call") {
          const { source, target, isGrpc, code, flags, sampled, slot, durationMs } = one.call;
          const facts = { shared: false, role: "server", own: service(target), code, grpcStatus: "", flags } as const;
          const by = book.reading({ ...facts, protocol: isGrpc ? "grpc" : "http", sampled });
          const endMs = START + slot * SLOT_MS + 5;
          fold.call(
            { source: book.end(service(source)), target: by.own, isGrpc, by, sampled, endMs, durationMs },
            START,
          );
          add(wanted, `${slot} ${code}`, 1);
          add(wanted, `${slot} latency`, 1);
          add(wanted, `${slot} ms`, durationMs);
          for (const flag of flags) add(wanted, `${slot} ${flag}`, 1);
          if (sampled !== null) add(wanted, `${slot} sampledSpans`, 1);
          if (sampled !== null) add(wanted, `${slot} sampledFrom`, 1 / sampled);
        } else {
          const valuesOf = (slotMs: number, index: number) => slots.held(slotMs, index);
          const gains = journal.take(valuesOf);
          if (one.kind === "fail") journal.giveBack(gains, valuesOf);
          else count(gains, kept);
        }
      }
      const rounded = (some: Map<string, number>) => [...some].map(([key, n]) => [key, Number(n.toFixed(6))]).sort();
      expect(rounded(totals(slots))).toEqual(rounded(wanted));
      count(
        journal.take((slotMs, index) => slots.held(slotMs, index)),
        kept,
      );
      const all = new Map<string, number>();
      slots.scan(START, START + 3 * SLOT_MS, (_index, values, at, size) => {
        for (let i = at; i < at + size; i++) add(all, "all", values[i] ?? 0);
      });
      expect(kept.get("all") ?? 0).toBeCloseTo(all.get("all") ?? 0, 4);
    }),
    { numRuns: 300 },
  );
});

function count(gains: ReturnType<SlotJournal["take"]>, into: Map<string, number>): void {
  for (const rows of gains.values()) {
    for (const gained of rows.values()) for (const value of gained) into.set("all", (into.get("all") ?? 0) + value);
  }
}

test("a slot that was closed and rows that were given up are not written to any more", () => {
  const slots = new SlotTable();
  const fold = new SpanFold(slots);
  const book = new SideBook();
  const facts = { shared: false, role: "server", own: service("b"), code: "200", grpcStatus: "", flags: [] } as const;
  const by = book.reading({ ...facts, protocol: "http", sampled: null });
  const tell = (endMs: number): void => {
    const source = book.end(service("a"));
    fold.call({ source, target: by.own, isGrpc: false, by, sampled: null, endMs, durationMs: 1 }, endMs);
  };
  tell(START);
  const laterMs = START + LIVE_SLOTS * SLOT_MS;
  expect(slots.close(laterMs).flatMap(({ rows }) => rows)).toHaveLength(1);
  tell(START);
  const deltas = slots.close(laterMs);
  expect(deltas.flatMap(({ rows }) => [...(rows[0]?.values ?? [])]).reduce((a, b) => a + b, 0)).toBe(3);
  const goneMs = START + 3 * 3_600_000;
  slots.close(goneMs);
  expect(slots.rows).toHaveLength(0);
  tell(goneMs);
  expect(slots.rows).toHaveLength(1);
  expect(slots.read(goneMs, goneMs + SLOT_MS).rows).toHaveLength(1);
});

test("a duration lies in the bucket of the first bound that is not below it", () => {
  const near = SPAN_BOUNDS_MS.flatMap((bound) => [bound, bound * (1 - 2 ** -52), bound * (1 + 2 ** -52)]);
  const powers = Array.from({ length: 40 }, (_, n) => 2 ** (n - 20)).flatMap((power) => [power, 1.5 * power]);
  const odd = [0, -1, Number.NaN, Number.MIN_VALUE, Number.MAX_VALUE, Number.POSITIVE_INFINITY];
  const check = (durationMs: number): void => {
    const first = SPAN_BOUNDS_MS.findIndex((bound) => !(bound < durationMs));
    expect(bucketOf(durationMs), `${durationMs} ms`).toBe(first < 0 ? SPAN_BOUNDS_MS.length : first);
  };
  for (const durationMs of [...near, ...powers, ...odd]) check(durationMs);
  fc.assert(fc.property(fc.double(), check), { numRuns: 2_000 });
  fc.assert(fc.property(fc.double({ min: 0.01, max: 200_000, noNaN: true }), check), { numRuns: 2_000 });
});
