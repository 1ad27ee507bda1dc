/**
 * What one slot holds: the numbers of each row, by row index. They lie in few long arrays, in the order in which rows were
 * first written to, and no row has an object of its own: an array for each of a hundred thousand rows in each of ninety
 * slots costs more than its twenty numbers, in memory and in the time to reach them. A slot to which nearly nobody writes
 * any more is packed; whoever does write to it unpacks it.
 */
import { PackedNumbers, type Visit } from "./packed-numbers.ts";

const SHIFT = 13;
const BLOCK = 1 << SHIFT;
const MASK = BLOCK - 1;

const NOTHING = new Float64Array(0);

/** Where in its block a row's numbers begin. */
export const within = (place: number): number => (place - 1) & MASK;

let serials = 0;

/** No other has it, and none has 0. */
function nextSerial(): number {
  serials = serials >= 0x7fff_ffff ? 1 : serials + 1;
  return serials;
}

export class SlotNumbers {
  /** Another one whenever numbers of a row moved: whoever remembers a place remembers this beside it. */
  serial = nextSerial();
  private blocks: Float64Array[] = [];
  private used = BLOCK;
  /** By row index: one more than where its numbers begin, counted over all blocks; 0 = the row holds nothing. */
  private places = new Int32Array(0);
  private sizes = new Uint16Array(0);
  private packed: PackedNumbers | null = null;

  get isPacked(): boolean {
    return this.packed !== null;
  }

  /** Bytes that its numbers take. */
  get bytes(): number {
    const own = this.places.byteLength + this.sizes.byteLength + (this.packed?.bytes ?? 0);
    return this.blocks.reduce((sum, block) => sum + block.byteLength, own);
  }

  /** Leaves out the zeros. */
  pack(): void {
    if (this.packed !== null) return;
    let rows = this.places.length;
    while (rows > 0 && this.places[rows - 1] === 0) rows--;
    this.packed = new PackedNumbers((visit) => this.each(visit), rows);
    this.clear();
  }

  private unpack(): void {
    const { packed } = this;
    if (packed === null) return;
    this.packed = null;
    packed.each((index, values, at, size) => {
      const place = this.place(index, size);
      this.block(place).set(values.subarray(at, at + size), within(place));
    });
    this.serial = nextSerial();
  }

  private clear(): void {
    this.blocks = [];
    this.used = BLOCK;
    this.places = new Int32Array(0);
    this.sizes = new Uint16Array(0);
    this.serial = nextSerial();
  }

  has(index: number): boolean {
    if (this.packed !== null) return this.packed.has(index);
    return (this.places[index] ?? 0) > 0;
  }

  /** Where the numbers of a row begin that has `size` columns by now, made where it holds fewer: see `block`. */
  place(index: number, size: number): number {
    if (this.packed !== null) this.unpack();
    const known = this.places[index] ?? 0;
    return known > 0 && (this.sizes[index] ?? 0) >= size ? known : this.grow(index, size);
  }

  /** The array in which a row's numbers lie; they begin at `within(place)`. */
  block(place: number): Float64Array {
    return this.blocks[(place - 1) >>> SHIFT] ?? NOTHING;
  }

  /** Adds to some of a row's numbers; the row has `size` columns by now. */
  add(index: number, size: number, columns: readonly number[], part: number): void {
    const place = this.place(index, size);
    const block = this.block(place);
    const from = within(place);
    for (let i = 0; i < columns.length; i++) {
      const at = from + (columns[i] ?? 0);
      block[at] = (block[at] ?? 0) + part;
    }
  }

  /** The numbers of a row, not a copy where it is not packed; as many as it had columns when it was last written to. */
  get(index: number): Float64Array | undefined {
    if (this.packed !== null) return this.packed.get(index);
    const place = this.places[index] ?? 0;
    if (place === 0) return undefined;
    const from = (place - 1) & MASK;
    return this.blocks[(place - 1) >>> SHIFT]?.subarray(from, from + (this.sizes[index] ?? 0));
  }

  /** Adds the row's numbers to `total`, as far as both reach. */
  addTo(total: Float64Array, index: number): void {
    if (this.packed !== null) {
      this.packed.addTo(total, index);
      return;
    }
    const place = this.places[index] ?? 0;
    const block = this.blocks[(place - 1) >>> SHIFT];
    if (place === 0 || block === undefined) return;
    const from = (place - 1) & MASK;
    const size = Math.min(this.sizes[index] ?? 0, total.length);
    for (let i = 0; i < size; i++) total[i] = (total[i] ?? 0) + (block[from + i] ?? 0);
  }

  /** All rows by index; their numbers are `size` from `at`, and only lent. */
  each(visit: Visit): void {
    if (this.packed !== null) {
      this.packed.each(visit);
      return;
    }
    for (let index = 0; index < this.places.length; index++) {
      const place = this.places[index] ?? 0;
      const block = this.blocks[(place - 1) >>> SHIFT];
      if (place > 0 && block !== undefined) visit(index, block, (place - 1) & MASK, this.sizes[index] ?? 0);
    }
  }

  private grow(index: number, size: number): number {
    if (index >= this.places.length) {
      const length = Math.max(64, 2 * this.places.length, index + 1);
      const places = new Int32Array(length);
      const sizes = new Uint16Array(length);
      places.set(this.places);
      sizes.set(this.sizes);
      this.places = places;
      this.sizes = sizes;
    }
    const before = this.get(index);
    if (this.used + size > BLOCK) {
      this.blocks.push(new Float64Array(Math.max(BLOCK, size)));
      this.used = 0;
    }
    const place = ((this.blocks.length - 1) << SHIFT) + this.used + 1;
    this.used += size;
    this.places[index] = place;
    this.sizes[index] = size;
    if (before !== undefined) {
      this.get(index)?.set(before);
      this.serial = nextSerial();
    }
    return place;
  }
}
