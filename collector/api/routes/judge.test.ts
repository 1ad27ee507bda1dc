/** How long the judge needs, asked over HTTP before anything runs. */
import { describe, expect, test } from "vitest";
import { neededParametersSchema, neededSchema } from "../../../lib/query/schema/needed.ts";
import { judgeRoutes } from "./judge.ts";

async function ask(query: Record<string, unknown>) {
  const [route] = judgeRoutes();
  if (route === undefined) throw new Error("there is no route");
  const subject = { name: "ann", grants: [] };
  const answer = await route.handle({
    ...{ query: neededParametersSchema.parse(query), params: {}, body: undefined, subject },
    ...{ headers: {}, signal: new AbortController().signal },
  });
  return neededSchema.parse("body" in answer ? answer.body : null);
}

describe("minutes needed", () => {
  test("a doubling at a tenth of fifty requests a second is seen after about 26 min", async () => {
    const { shares } = await ask({ share: "0.1", requestsPerSec: "50", badShare: "0.005" });
    expect(shares[0]?.minutes).toBeGreaterThan(24);
    expect(shares[0]?.minutes).toBeLessThan(28);
    expect(shares[0]?.requests).toBeCloseTo((shares[0]?.minutes ?? 0) * 3000, 0);
  });

  test("a larger share needs less, in the order that was asked", async () => {
    const { shares } = await ask({ share: ["0.05", "0.5"], requestsPerSec: "50", badShare: "0.005" });
    expect(shares.map(({ share }) => share)).toEqual([0.05, 0.5]);
    expect(shares[1]?.minutes ?? 0).toBeLessThan(shares[0]?.minutes ?? 0);
  });

  test("none or all of the traffic, and no errors, are refused: there is nothing to compare", () => {
    const ok = { share: "0.1", requestsPerSec: "50", badShare: "0.005" };
    for (const bad of [{ share: "0" }, { share: "1" }, { badShare: "0" }, { requestsPerSec: "0" }, { ratio: "1.1" }])
      expect(neededParametersSchema.safeParse({ ...ok, ...bad }).success, JSON.stringify(bad)).toBe(false);
  });
});
