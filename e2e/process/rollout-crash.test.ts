/** kill -9 of a collector that releases on a Consul, at each named place: no write twice, none lost, all of it audited. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { RolloutCrash } from "../support/rollout-crash.ts";

/** Place and the how manieth time: each of the names once. The long suite has further times. */
const PLACES = [
  ...["before-journal-append:4", "after-journal-append:4"],
  ...["before-mesh-write:1", "after-mesh-write:1", "before-act:1", "after-act:1"],
];

/** One collector that dies at a place, and the one that goes on after it. */
async function survived(place: string): Promise<string> {
  const data = mkdtempSync(join(tmpdir(), "meshscope-rollout-crash-"));
  const crash = new RolloutCrash(data);
  const mark = join(data, "reached");
  try {
    await crash.consul.open();
    await crash.start({ MESHSCOPE_FAILPOINT: place, MESHSCOPE_FAILPOINT_MARK: mark });
    expect(await crash.drive(false), place).toBe(false);
    expect(existsSync(mark), place).toBe(true);
    expect(await crash.drive(true), place).toBe(true);
    await crash.check();
    expect(crash.starts, place).toBe(2);
    return place;
  } finally {
    await crash.stop();
    rmSync(data, { recursive: true, force: true });
  }
}

test("a collector that dies at any named place goes on where it was", async () => {
  const ended = await Promise.allSettled(PLACES.map(survived));
  const failed = ended.filter(({ status }) => status === "rejected");
  expect(failed).toEqual([]);
  expect(ended).toHaveLength(PLACES.length);
}, 180_000);
