/** The drivers' contract against a real Consul with access control on; skipped, loudly, where there is none. */
import { afterAll, beforeAll, describe, expect, type TestContext, test } from "vitest";
import { withBench } from "../../../collector/actuators/driver-bench.ts";
import { driverContract } from "../../../collector/actuators/driver-contract.ts";
import { run } from "../../real/envoy/binary.ts";
import { openConsulBench } from "./bench.ts";
import { findConsul } from "./binary.ts";
import { type ConsulServer, startConsul } from "./server.ts";

let server: ConsulServer | undefined;
let reason = "not started";

beforeAll(async () => {
  const found = await findConsul();
  if ("skip" in found) reason = found.skip;
  else server = await startConsul(found);
  if (server === undefined) console.warn(`SKIPPED: no Consul: ${reason}`);
}, 300_000);
afterAll(() => server?.stop());

const here = (context: TestContext): ConsulServer => server ?? context.skip(`no Consul: ${reason}`);

describe("the drivers' contract", () => {
  for (const { name, run: promise } of driverContract([
    "reader",
    "dangling",
    "endpoints",
    "owned",
    "watch",
    "byHand",
  ])) {
    test(name, async (context) => {
      const consul = here(context);
      if (name.includes("by hand") && !(await run("curl", ["--version"], 5_000)).ok) context.skip("there is no curl");
      await withBench(() => openConsulBench(consul), promise);
    });
  }
  test("is run with all cases", () => expect(driverContract(["watch"]).length).toBeGreaterThan(15));
});
