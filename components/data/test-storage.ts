/** A browser's storage for tests: bounded, and refused at will. */
export class TestStorage {
  readonly items = new Map<string, string>();
  refuses = (_key: string): boolean => false;

  get length(): number {
    return this.items.size;
  }

  key(i: number): string | null {
    return [...this.items.keys()][i] ?? null;
  }

  getItem(key: string): string | null {
    return this.items.get(key) ?? null;
  }

  setItem(key: string, text: string): void {
    if (this.refuses(key)) throw new Error("the quota is exceeded");
    this.items.set(key, text);
  }

  removeItem(key: string): void {
    this.items.delete(key);
  }
}
