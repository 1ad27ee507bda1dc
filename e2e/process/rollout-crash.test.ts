/** kill -9 of a collector that releases on a Consul, at each named place: no write twice, none lost, all of it audited. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RolloutCrash } from "../support/rollout-crash.ts";

let data = "";
let crash: RolloutCrash;
beforeEach(async () => {
  data = mkdtempSync(join(tmpdir(), "meshscope-rollout-crash-"));
  crash = new RolloutCrash(data);
  await crash.consul.open();
});
afterEach(async () => {
  await crash.stop();
  rmSync(data, { recursive: true, force: true });
});

/** Place and the how manieth time: around the log, the mesh and the act. The long suite has further ones. */
const PLACES = ["after-journal-append:4", "before-mesh-write:1", "after-mesh-write:1", "before-act:1", "after-act:1"];

test.each(PLACES)("a collector that dies at %s goes on where it was", async (place) => {
  const mark = join(data, "reached");
  await crash.start({ MESHSCOPE_FAILPOINT: place, MESHSCOPE_FAILPOINT_MARK: mark });
  expect(await crash.drive(false)).toBe(false);
  expect(existsSync(mark)).toBe(true);
  expect(await crash.drive(true)).toBe(true);
  await crash.check();
  expect(crash.starts).toBe(2);
});
