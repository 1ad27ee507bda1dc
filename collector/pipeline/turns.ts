/**
 * Work that comes in bursts, a little of it in each turn of the event loop. In: who asks for a turn. Out: turns, in the
 * order in which they were asked for; what is done in one before the next `await` counts, and once it took 5 ms in all the
 * rest waits until timers and other connections had theirs. While nobody waits a turn costs a microtask.
 */
import { setImmediate } from "node:timers/promises";

const TURN_MS = 5;

export class Turns {
  private readonly waiting: (() => void)[] = [];
  private running = false;
  private usedMs = 0;
  private ending = false;

  next(): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      if (!this.running) void this.run();
    });
  }

  private async run(): Promise<void> {
    this.running = true;
    for (let go = this.waiting.shift(); go !== undefined; go = this.waiting.shift()) {
      if (this.usedMs >= TURN_MS) {
        await setImmediate();
        this.usedMs = 0;
      }
      const began = performance.now();
      go();
      // Who has the turn works in the microtask before this one.
      await undefined;
      this.usedMs += performance.now() - began;
      void this.endOfTurn();
    }
    this.running = false;
  }

  /** Bodies that end in the same turn share it, though each finds nobody before it. */
  private async endOfTurn(): Promise<void> {
    if (this.ending) return;
    this.ending = true;
    await setImmediate();
    this.ending = false;
    this.usedMs = 0;
  }
}
