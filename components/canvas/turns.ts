/**
 * Sliced work between what else the page has to do: a turn at a time, input and frames in between. Only the newest work is
 * carried on; what was under way is dropped.
 */
import type { Sliced } from "../../lib/base/sliced.ts";

/** Of a frame of 16 ms, so much is left to everything else. */
const TURN_MS = 8;

export interface Pace {
  /** ms, of any origin. */
  readonly now: () => number;
  /** Calls once what waits has had its turn. */
  readonly later: (turn: () => void) => void;
}

/** A message is a task of its own, and unlike a timer it waits for nothing else. */
const PAGE: Pace = {
  now: () => performance.now(),
  later(turn) {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      turn();
    };
    port2.postMessage(null);
  },
};

export class Turns {
  readonly #pace: Pace;
  #newest: object | null = null;

  constructor(pace: Pace = PAGE) {
    this.#pace = pace;
  }

  /** `done` has a turn of its own: what it begins is not part of this. */
  run<T>(work: Sliced<T>, done: (made: T) => void): void {
    this.#newest = work;
    const turn = (): void => {
      if (this.#newest !== work) return;
      const endMs = this.#pace.now() + TURN_MS;
      do {
        const step = work.next();
        if (step.done === true) {
          const { value } = step;
          this.#pace.later(() => this.#newest === work && this.#end(value, done));
          return;
        }
      } while (this.#pace.now() < endMs);
      this.#pace.later(turn);
    };
    this.#pace.later(turn);
  }

  #end<T>(made: T, done: (made: T) => void): void {
    this.#newest = null;
    done(made);
  }

  /** Drops what is under way. */
  stop(): void {
    this.#newest = null;
  }
}
