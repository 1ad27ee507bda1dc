/** What was read last stays, up to so many bytes; what was not asked for longest goes first. */
export class WeightedCache<V> {
  private readonly entries = new Map<string, { readonly value: V; readonly weight: number }>();
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
    this.entries.delete(key);
    this.entries.set(key, entry);
    return entry.value;
  }

  set(key: string, value: V, weight: number): void {
    this.delete(key);
    this.entries.set(key, { value, weight });
    this.weight += weight;
    for (const oldest of this.entries.keys()) {
      if (this.weight <= this.most || oldest === key) return;
      this.delete(oldest);
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
