/** The buckets of a histogram in order. In: upper bounds as they came, NaN for none, and their unit. Out: places, bounds. */

export interface BucketOrder {
  /** Places of the finite bounds, lowest first. */
  readonly places: readonly number[];
  /** Their bounds, ms; mostly the very same array for equal bounds. */
  readonly bounds: readonly number[];
  /** Place of the bucket without a bound, -1 for none. */
  readonly open: number;
}

/** Past this many orders the memory starts afresh. */
const LIMIT = 1_000;

/** Equal orders are one object: a mesh has a handful. */
export class BucketOrders {
  readonly none: BucketOrder = { places: [], bounds: [], open: -1 };
  private readonly orders = new Map<string, BucketOrder>();
  private readonly bounds = new Map<string, readonly number[]>();

  of(les: readonly number[], toMs: number): BucketOrder {
    const key = `${toMs}/${les.join()}`;
    const known = this.orders.get(key);
    if (known !== undefined) return known;
    if (this.orders.size >= LIMIT) {
      this.orders.clear();
      this.bounds.clear();
    }
    const order = this.make(les, toMs);
    this.orders.set(key, order);
    return order;
  }

  private make(les: readonly number[], toMs: number): BucketOrder {
    const finite = les.map((le, place) => ({ le, place })).filter(({ le }) => Number.isFinite(le));
    finite.sort((a, b) => a.le - b.le);
    const own = finite.map(({ le }) => Number((le * toMs).toPrecision(12)));
    const key = own.join();
    const bounds = this.bounds.get(key) ?? own;
    this.bounds.set(key, bounds);
    return { places: finite.map(({ place }) => place), bounds, open: les.indexOf(Number.POSITIVE_INFINITY) };
  }
}
