/** The growing columns of one reading: ids with their values. Reused scrape after scrape. */
export class Columns {
  ids = new Int32Array(256);
  values = new Float64Array(256);
  size = 0;

  clear(): void {
    this.size = 0;
  }

  push(id: number, value: number): void {
    if (this.size === this.ids.length) this.grow();
    this.ids[this.size] = id;
    this.values[this.size] = value;
    this.size++;
  }

  private grow(): void {
    const ids = new Int32Array(this.ids.length * 2);
    const values = new Float64Array(this.values.length * 2);
    ids.set(this.ids);
    values.set(this.values);
    this.ids = ids;
    this.values = values;
  }
}
