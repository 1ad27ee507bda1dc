/** Blocks of rollup numbers: what goes in comes out, whatever it is, and sums do not depend on their order. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { addBlock, BlockEncoder, QUANTUM } from "./kernel-block.ts";

interface BlockRow {
  readonly id: number;
  readonly values: Float64Array;
}

const encoder = new BlockEncoder();

function encodeBlock(rows: readonly BlockRow[], covered: readonly (readonly [number, number])[]): Uint8Array {
  for (const { id, values } of rows) encoder.add(id, values);
  return encoder.take(covered);
}

type Read = { rows: Record<string, number[]>; covered: Record<string, number> };

function read(blocks: readonly Uint8Array[], skip: (id: number) => boolean = () => false): Read {
  const rows = new Map<number, Float64Array>();
  const covered: Record<string, number> = {};
  for (const block of blocks) {
    addBlock(block, {
      row: (id) => {
        if (skip(id)) return null;
        const known = rows.get(id) ?? new Float64Array(40);
        rows.set(id, known);
        return known;
      },
      covered: (group, ms) => {
        covered[group] = (covered[group] ?? 0) + ms;
      },
    });
  }
  return { rows: Object.fromEntries([...rows].map(([id, values]) => [id, [...values]])), covered };
}

const quanta = fc.oneof(
  fc.constant(0),
  fc.nat(1_000_000),
  fc.nat(2 ** 30).map((n) => n * QUANTUM),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const rowsOf = fc
  .uniqueArray(fc.tuple(fc.nat(100_000), fc.array(quanta, { maxLength: 40 })), {
    selector: ([id]) => id,
    maxLength: 20,
  })
  .map((rows) =>
    rows.sort((a, b) => a[0] - b[0]).map(([id, values]): BlockRow => ({ id, values: Float64Array.from(values) })),
  );

test("every number comes back as it was, zeros and huge ones too", () => {
  fc.assert(
    fc.property(rowsOf, (rows) => {
      const expected = rows.map(({ id, values }) => [
        String(id),
        Array.from({ length: 40 }, (_, i) => (values[i] ?? 0) + 0),
      ]);
      expect(read([encodeBlock(rows, [])]).rows).toEqual(Object.fromEntries(expected));
    }),
  );
});

test("rows that are passed over leave the others where they are", () => {
  fc.assert(
    fc.property(rowsOf, (rows) => {
      const all = read([encodeBlock(rows, [[1, 10_000]])]);
      const some = read([encodeBlock(rows, [[1, 10_000]])], (id) => id % 2 === 0);
      const odd = Object.entries(all.rows).filter(([id]) => Number(id) % 2 === 1);
      expect(some).toEqual({ rows: Object.fromEntries(odd), covered: { "1": 10_000 } });
    }),
  );
});

test("sums of quanta are the same in any order", () => {
  const block = fc.array(fc.nat(2 ** 40), { minLength: 1, maxLength: 20 }).map((numbers) => {
    return encodeBlock([{ id: 3, values: Float64Array.from(numbers, (n) => n * QUANTUM) }], [[2, 10_000.5]]);
  });
  fc.assert(
    fc.property(fc.array(block, { minLength: 2, maxLength: 8 }), (blocks) => {
      expect(read([...blocks].reverse())).toEqual(read(blocks));
    }),
  );
});

test("small whole numbers take a byte and fractions three", () => {
  const whole = encodeBlock([{ id: 0, values: new Float64Array(16).fill(60) }], []);
  const parts = encodeBlock([{ id: 0, values: new Float64Array(16).fill(60.5) }], []);
  expect([whole.length, parts.length]).toEqual([6 + 16, 6 + 16 * 3]);
});
