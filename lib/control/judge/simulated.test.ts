/** What the sequential judge does with canaries of known quality: a few runs of each here, many in the long suite. */
import { expect, test } from "vitest";
import { ratesOf, SCENARIOS } from "./simulated.ts";

const RUNS = 8;

test.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))("%s is judged as it is", (_, scenario) => {
  const { fail, pass } = ratesOf(scenario, RUNS, 4);
  // Of 8 runs at a true rate of 1 % two or more are met once in 370.
  if (scenario.ratio === 1) expect(fail * RUNS).toBeLessThanOrEqual(1);
  else expect([fail >= 0.75, pass]).toEqual([true, 0]);
});
