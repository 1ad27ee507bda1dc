/** Numbers of a slot are the same packed and not, to the bit, whoever writes in between. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { SlotNumbers, within } from "./slot-numbers.ts";
import { SlotTable } from "./slot-table.ts";
import { SLOT_MS, sharesOf } from "./spread.ts";

const T0 = 1_700_000_000_000;

interface Numbers {
  readonly all: readonly (readonly [number, readonly number[]])[];
  readonly got: readonly (readonly number[] | undefined)[];
  readonly added: readonly (readonly number[])[];
  readonly held: readonly boolean[];
}

const ROWS = 70;

function numbersOf(slot: SlotNumbers): Numbers {
  const all: (readonly [number, readonly number[]])[] = [];
  slot.each((index, values, at, size) => all.push([index, [...values.subarray(at, at + size)]]));
  const rows = Array.from({ length: ROWS }, (_, index) => index);
  const got = rows.map((index) => slot.get(index)).map((values) => values && [...values]);
  const added = rows.map((index) => {
    // Shorter than some rows, longer than others.
    const total = new Float64Array(20).fill(0.1);
    slot.addTo(total, index);
    return [...total];
  });
  return { all, got, added, held: rows.map((index) => slot.has(index)) };
}

const addArbitrary = fc.record({
  index: fc.nat(ROWS - 1),
  size: fc.integer({ min: 1, max: 75 }),
  column: fc.nat(74),
  part: fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant(1 / 3), fc.constant(0)),
  packs: fc.boolean(),
});

test("a slot that is packed at any time holds what one holds that never is", () => {
  fc.assert(
    fc.property(fc.array(addArbitrary, { maxLength: 60 }), (adds) => {
      const [plain, packed] = [new SlotNumbers(), new SlotNumbers()];
      const sizes = new Map<number, number>();
      for (const { index, size, column, part, packs } of adds) {
        // Columns of a row only grow.
        const columns = Math.max(size, sizes.get(index) ?? 0);
        sizes.set(index, columns);
        if (packs) packed.pack();
        for (const slot of [plain, packed]) slot.add(index, columns, [column % columns], part);
      }
      packed.pack();
      expect(packed.isPacked).toBe(true);
      expect(numbersOf(packed)).toEqual(numbersOf(plain));
    }),
  );
});

test("whoever remembers a place is told that it is one no more", () => {
  const slot = new SlotNumbers();
  slot.add(3, 4, [1], 5);
  const { serial } = slot;
  slot.pack();
  expect(slot.serial).not.toBe(serial);
  const between = slot.serial;
  const place = slot.place(3, 4);
  expect(slot.isPacked).toBe(false);
  expect(slot.serial).not.toBe(between);
  expect([...slot.block(place).subarray(within(place), within(place) + 4)]).toEqual([0, 5, 0, 0]);
});

test("a slot with a fifth of its columns in use takes a third of the room at most", () => {
  const slot = new SlotNumbers();
  for (let index = 0; index < 2_000; index++) slot.add(index, 20, [0, 5, 6, 19], 1 / 3);
  const before = slot.bytes;
  slot.pack();
  expect(slot.bytes).toBeLessThan(before / 2.4);
});

test("the table packs a slot at each closing, once it is older than the default window, and a late part is added all the same", () => {
  const slots = new SlotTable();
  const end = { cluster: "c1", namespace: "shop", kind: "workload", mesh: "istio" } as const;
  const edge = {
    source: { ...end, name: "web" },
    target: { ...end, name: "cart" },
    protocol: "http",
    layer: "L7",
  } as const;
  const row = slots.table.row({ edge, reporter: "destination", job: "j", transport: false }, T0);
  const columns = Array.from({ length: 40 }, (_, i) => row.class(`${200 + i}`, ""));
  for (let n = 0; n < 80; n++) {
    slots.add(row, [columns[0] ?? 0], 7, sharesOf(T0 + n * SLOT_MS, T0 + (n + 1) * SLOT_MS));
    slots.observed(T0 + (n + 1) * SLOT_MS);
  }
  const nowMs = T0 + 80 * SLOT_MS;
  const sum = () => slots.read(T0, nowMs).rows.map(({ values }) => [...values]);
  const before = { bytes: slots.numberBytes, sum: sum() };
  for (let n = 0; n < 80; n++) slots.close(nowMs);
  // 36 slots of six minutes stay as they are.
  expect(slots.numberBytes).toBeLessThan(0.5 * before.bytes);
  expect(sum()).toEqual(before.sum);
  slots.add(row, [columns[1] ?? 0], 3, sharesOf(T0, T0 + SLOT_MS));
  slots.observed(nowMs);
  expect(sum()[0]?.slice(0, 2)).toEqual([560, 3]);
  expect([...(slots.held(T0, row.index) ?? [])].slice(0, 2)).toEqual([7, 3]);
});
