/** What a past window says does not depend on when it is asked for. Through the whole chain, as golden tests. */
import { expect, test } from "vitest";
import { silentFromMs } from "../../lib/query/edge-choice.ts";
import type { EdgeDetail } from "../../lib/query/schema/graph.ts";
import { istio, lines, Rig, T0 } from "./truth-rig.ts";

const MINUTE = 60_000;
const ASKED = [10, 80, 100, 180];

/** The destination fails every other request and is gone after 10 minutes; its caller sees none of it and lives on. */
async function answers(window: { start: number; end: number }): Promise<unknown[]> {
  const rig = new Rig();
  const told: unknown[] = [];
  for (let i = 0; i <= 185 * 6; i++) {
    const at = T0 + i * 10_000;
    rig.scrape(at, istio(i * 1000, { reporter: "source" }), { pod: "web-1" });
    if (i <= 60) rig.scrape(at, lines(istio(i * 500), istio(i * 500, { code: "503" })), { pod: "api-1" });
    await rig.pipeline.tick();
    if (ASKED.some((minutes) => i === minutes * 6 + 1)) told.push(said(await rig.edge("web", "api", window)));
  }
  return told;
}

function said({ requestsPerSec, errorRatio, mtls, evidence, stale, health }: EdgeDetail): unknown {
  const { reporters, note } = evidence;
  return { requestsPerSec, errorRatio, mutual: mtls?.mutual, reporters, note, stale, state: health.state };
}

test("a window in which a destination spoke says the same after the destination is gone, for hours", async () => {
  const told = await answers({ start: T0 + 2 * MINUTE, end: T0 + 7 * MINUTE });
  expect(told).toEqual(ASKED.map(() => told[0]));
  expect(told[0]).toMatchObject({ requestsPerSec: 100, errorRatio: 0.5, mutual: 1, state: "failure" });
});

test("a window in which a destination fell silent says the same once the destination is forgotten", async () => {
  const told = (await answers({ start: T0 + 2 * MINUTE, end: T0 + 20 * MINUTE })).slice(1);
  expect(told).toEqual(told.map(() => told[0]));
  expect(told[0]).toMatchObject({ requestsPerSec: 100, errorRatio: 0, note: "no_destination_report" });
});

test("a group that nobody remembers is judged by what the window covered, not taken for silent", () => {
  const nobody = { groupLastMs: () => null, groupIntervalMs: () => 0 };
  expect(silentFromMs("g", nobody)).toBeGreaterThan(T0);
});
