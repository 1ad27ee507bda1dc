/**
 * A turn of the event loop for each: what takes long and comes in crowds goes one at a time, and whoever else waits for
 * the loop is heard in between. In: nothing. Out: promises that resolve in the order of the calls, one a turn.
 */
export class Turns {
  private last: Promise<void> = Promise.resolve();

  next(): Promise<void> {
    this.last = this.last.then(() => new Promise<void>((resolve) => setImmediate(resolve)));
    return this.last;
  }
}
