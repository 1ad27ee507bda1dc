/**
 * Which attributes somebody will read, told from their keys' bytes. In: keys, all ASCII. Out: for the bytes of a key the key
 * itself, or undefined at the cost of a look at its length, first and last byte. A span has twenty attributes of which
 * a reader of calls wants five; the text of the others need not be made.
 */
const BUCKETS = 1_024;

function bucketOf(length: number, first: number, last: number): number {
  return (length * 37 + first * 11 + last * 5) & (BUCKETS - 1);
}

export class WantedKeys {
  readonly keys: readonly string[];
  private readonly buckets: (readonly number[] | undefined)[] = new Array(BUCKETS);

  constructor(keys: readonly string[]) {
    this.keys = keys;
    keys.forEach((key, place) => {
      const at = bucketOf(key.length, key.charCodeAt(0), key.charCodeAt(key.length - 1));
      this.buckets[at] = [...(this.buckets[at] ?? []), place];
    });
  }

  /** Place among `keys` of the key that stands in `bytes[from, to)`; −1: it is not wanted. */
  place(bytes: Uint8Array, from: number, to: number): number {
    const candidates = this.buckets[bucketOf(to - from, bytes[from] ?? 0, bytes[to - 1] ?? 0)];
    if (candidates === undefined) return -1;
    for (const place of candidates) if (matches(this.keys[place] ?? "", bytes, from, to)) return place;
    return -1;
  }

  find(bytes: Uint8Array, from: number, to: number): string | undefined {
    return this.keys[this.place(bytes, from, to)];
  }
}

function matches(key: string, bytes: Uint8Array, from: number, to: number): boolean {
  if (key.length !== to - from) return false;
  for (let i = 0; i < key.length; i++) if (key.charCodeAt(i) !== bytes[from + i]) return false;
  return true;
}
