/**
 * What was read lately stays, up to so many bytes. What has not been asked for since it was last considered goes first: to
 * ask costs a look-up and nothing else.
 */
interface Entry<V> {
  readonly value: V;
  readonly weight: number;
  asked: boolean;
}

export class WeightedCache<V> {
  private readonly entries = new Map<string, Entry<V>>();
  private readonly most: number;
  private readonly dropped: ((value: V) => void) | undefined;
  weight = 0;

  constructor(most: number, dropped?: (value: V) => void) {
    this.most = most;
    this.dropped = dropped;
  }

  get(key: string): V | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    entry.asked = true;
    return entry.value;
  }

  set(key: string, value: V, weight: number): void {
    this.delete(key);
    this.entries.set(key, { value, weight, asked: false });
    this.weight += weight;
    for (const [oldest, entry] of this.entries) {
      if (this.weight <= this.most || oldest === key) return;
      if (entry.asked) {
        entry.asked = false;
        this.entries.delete(oldest);
        this.entries.set(oldest, entry);
      } else this.delete(oldest);
    }
  }

  delete(key: string): void {
    const entry = this.entries.get(key);
    if (entry === undefined) return;
    this.entries.delete(key);
    this.weight -= entry.weight;
    this.dropped?.(entry.value);
  }

  clear(): void {
    for (const key of [...this.entries.keys()]) this.delete(key);
  }
}
