/**
 * Numbers of a slot's rows without their zeros: most columns of a row (a histogram's buckets, codes, flags) count nothing in
 * ten seconds. In: rows by index; out: their numbers, to the bit. Nothing is added to it.
 */
const WORD = 32;

/** A row's numbers are `size` from `at`. */
export type Visit = (index: number, values: Float64Array, at: number, size: number) => void;
type EachRow = (visit: Visit) => void;

const wordsOf = (size: number): number => Math.ceil(size / WORD);

export class PackedNumbers {
  private readonly sizes: Uint16Array;
  /** By row index: one more than where its words begin; 0 = the row holds nothing. */
  private readonly wordAt: Int32Array;
  private readonly valueAt: Int32Array;
  /** A bit for each column that is not zero. */
  private readonly words: Uint32Array;
  private readonly values: Float64Array;
  private scratch = new Float64Array(0);

  /** `each` is gone through twice, and gives the same rows both times; `rows`: one more than the highest index. */
  constructor(each: EachRow, rows: number) {
    let [words, values] = [0, 0];
    each((_index, numbers, at, size) => {
      words += wordsOf(size);
      for (let i = at; i < at + size; i++) if (numbers[i] !== 0) values++;
    });
    this.sizes = new Uint16Array(rows);
    this.wordAt = new Int32Array(rows);
    this.valueAt = new Int32Array(rows);
    this.words = new Uint32Array(words);
    this.values = new Float64Array(values);
    let [word, value] = [0, 0];
    each((index, numbers, at, size) => {
      this.sizes[index] = size;
      this.wordAt[index] = word + 1;
      this.valueAt[index] = value;
      for (let column = 0; column < size; column++) {
        const number = numbers[at + column] ?? 0;
        if (number === 0) continue;
        const bits = word + (column >>> 5);
        this.words[bits] = (this.words[bits] ?? 0) | (1 << (column & 31));
        this.values[value++] = number;
      }
      word += wordsOf(size);
    });
  }

  has(index: number): boolean {
    return (this.wordAt[index] ?? 0) > 0;
  }

  get(index: number): Float64Array | undefined {
    if (!this.has(index)) return undefined;
    const numbers = new Float64Array(this.sizes[index] ?? 0);
    this.addTo(numbers, index);
    return numbers;
  }

  /** Adds the row's numbers to `total`, as far as both reach. */
  addTo(total: Float64Array, index: number): void {
    const first = (this.wordAt[index] ?? 0) - 1;
    if (first < 0) return;
    const size = this.sizes[index] ?? 0;
    let value = this.valueAt[index] ?? 0;
    for (let word = 0; word < wordsOf(size); word++) {
      let bits = this.words[first + word] ?? 0;
      while (bits !== 0) {
        const column = word * WORD + (31 - Math.clz32(bits & -bits));
        if (column >= total.length) return;
        total[column] = (total[column] ?? 0) + (this.values[value++] ?? 0);
        bits &= bits - 1;
      }
    }
  }

  /** All rows by index; their numbers are only lent. */
  each(visit: Visit): void {
    for (let index = 0; index < this.wordAt.length; index++) {
      if (!this.has(index)) continue;
      const size = this.sizes[index] ?? 0;
      if (this.scratch.length < size) this.scratch = new Float64Array(2 * size);
      this.scratch.fill(0, 0, size);
      this.addTo(this.scratch, index);
      visit(index, this.scratch, 0, size);
    }
  }

  get bytes(): number {
    const { sizes, wordAt, valueAt, words, values } = this;
    return [sizes, wordAt, valueAt, words, values].reduce((sum, { byteLength }) => sum + byteLength, 0);
  }
}
