/** The only place that reads the wall clock, so that tests can pass a clock of their own. Unix milliseconds. */
export interface Clock {
  nowMs(): number;
}

export const systemClock: Clock = { nowMs: () => Date.now() };
