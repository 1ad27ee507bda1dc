import { expect, test } from "vitest";
import { needsPerson } from "./rollout-attention.ts";

test("a rollout needs a person that waits for one, or that runs and will not get on by itself", () => {
  const running = { state: "running", shift: "shifting", verdict: "inconclusive" } as const;
  expect(needsPerson(running)).toBe(false);
  for (const shift of ["stalled", "partial"] as const) expect(needsPerson({ ...running, shift })).toBe(true);
  expect(needsPerson({ ...running, verdict: "fail" })).toBe(true);
  for (const state of ["waiting", "needsHuman"] as const) expect(needsPerson({ ...running, state })).toBe(true);
  for (const state of ["promoted", "rolledBack", "rollingBack", "paused", "aborted", "unknown"] as const)
    expect(needsPerson({ state, shift: "partial", verdict: "fail" })).toBe(false);
});
