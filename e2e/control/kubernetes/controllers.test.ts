/** The controllers that could be built run here. Those that are not in the cache are skipped, by name. */
import { expect, test } from "vitest";
import { run } from "../../real/envoy/binary.ts";
import { type ControllerKind, findController } from "./controllers.ts";

const VERSION_FLAGS: Readonly<Record<ControllerKind, readonly string[]>> = {
  "rollouts-controller": ["version"],
  flagger: ["-version"],
};

test.for(["flagger", "rollouts-controller"] as const)("%s says its version", async (kind, { skip }) => {
  const found = await findController(kind);
  if (typeof found !== "string") return skip(found.skip);
  const ran = await run(found, VERSION_FLAGS[kind], 20_000);
  expect(ran.text).toMatch(/1\.\d+\.\d+|unknown/);
});
