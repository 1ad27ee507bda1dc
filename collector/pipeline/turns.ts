/**
 * Work that comes in bursts, a little of it in each turn of the event loop. In: who asks for a turn, and how long what was
 * done in one took. Out: turns, in the order in which they were asked for; once those of one turn of the event loop took 3 ms
 * in all the rest waits until timers and other connections had theirs. Nothing is made for a turn that is there at once.
 */
const TURN_MS = 3;

export class Turns {
  private readonly waiting: (() => void)[] = [];
  private usedMs = 0;
  private ending = false;

  /** Undefined: it is there at once. The work is to be done before anything else is waited for. */
  next(): Promise<void> | undefined {
    if (this.waiting.length === 0 && this.usedMs < TURN_MS) return undefined;
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.endOfTurn();
    });
  }

  /** What was done in a turn took so long. */
  worked(ms: number): void {
    this.usedMs += ms;
    this.endOfTurn();
  }

  private endOfTurn(): void {
    if (this.ending) return;
    this.ending = true;
    setImmediate(() => {
      this.ending = false;
      this.usedMs = 0;
      this.give();
    });
  }

  /** One after another: who has the turn works in the microtask before the next is asked for. */
  private give(): void {
    const go = this.waiting.shift();
    if (go === undefined) return;
    go();
    queueMicrotask(() =>
      queueMicrotask(() => {
        if (this.usedMs < TURN_MS) this.give();
        else this.endOfTurn();
      }),
    );
  }
}
