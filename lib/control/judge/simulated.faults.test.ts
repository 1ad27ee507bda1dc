/** The table of docs/guide/judge.md, made anew: 300 runs of each scenario, looked at every window. Prints its rates. */
import { expect, test } from "vitest";
import { ratesOf, SCENARIOS } from "./simulated.ts";

const RUNS = 300;
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

test("canaries of known quality are judged as the guide says", { timeout: 1_800_000 }, () => {
  for (const scenario of SCENARIOS) {
    const { fail, pass, minutes } = ratesOf(scenario, RUNS);
    process.stdout.write(`${scenario.name}: fail ${percent(fail)}, pass ${percent(pass)}, in ${minutes ?? "–"} min\n`);
    if (scenario.ratio === 1) expect(fail).toBeLessThanOrEqual(0.02);
    else {
      expect(fail).toBeGreaterThanOrEqual(0.85);
      expect(pass).toBeLessThanOrEqual(0.01);
    }
  }
});
