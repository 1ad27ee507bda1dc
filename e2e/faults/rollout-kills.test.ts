/** kill -9 of a collector at random moments of a release, 200 rounds in the long suite: no write twice, none lost. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { RolloutCrash } from "../support/rollout-crash.ts";
import { FULL, sized } from "./size.ts";

const ROUNDS = sized(1, 200);
/** A release takes about so long when nobody kills it. */
const MAX_LIFE_MS = 400;

/** What the short suite leaves out: the start, later writes and acts, the end. */
const PLACES = [
  ...[1, 2, 3, 5, 6, 8, 11].map((nth) => `before-journal-append:${nth}`),
  ...[2, 3, 7, 9, 12, 17].map((nth) => `after-journal-append:${nth}`),
  ...["before-mesh-write:2", "after-mesh-write:3", "before-act:3", "after-act:2"],
];

test.runIf(FULL).each(PLACES)("a collector that dies at %s goes on where it was", async (place) => {
  const data = mkdtempSync(join(tmpdir(), "meshscope-rollout-place-"));
  const crash = new RolloutCrash(data);
  await crash.consul.open();
  await crash.start({ MESHSCOPE_FAILPOINT: place, MESHSCOPE_FAILPOINT_MARK: join(data, "reached") });
  expect(await crash.drive(false)).toBe(false);
  expect(existsSync(join(data, "reached"))).toBe(true);
  expect(await crash.drive(true)).toBe(true);
  await crash.check();
  await crash.stop();
  rmSync(data, { recursive: true, force: true });
});

test(
  `a release ends with each write once over ${ROUNDS} rounds of kills`,
  async () => {
    let kills = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const data = mkdtempSync(join(tmpdir(), "meshscope-rollout-kills-"));
      const crash = new RolloutCrash(data);
      await crash.consul.open();
      await crash.start();
      const driven = crash.drive(true);
      for (let i = 0; i < 2; i++) {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * MAX_LIFE_MS));
        if (crash.isRunning) {
          await crash.kill();
          kills++;
        }
      }
      expect(await driven, `round ${round}`).toBe(true);
      // The last kill may have come after the end: then what it left is what the next process finds.
      if (!crash.isRunning) await crash.start();
      await crash.check();
      await crash.stop();
      rmSync(data, { recursive: true, force: true });
      if (FULL && (round + 1) % 20 === 0) process.stderr.write(`${round + 1} rounds, ${kills} kills\n`);
    }
    expect(kills).toBeGreaterThanOrEqual(ROUNDS);
  },
  // A starved machine takes a minute a round; what hangs is told by the round's own limit.
  ROUNDS * 60_000 + 600_000,
);
