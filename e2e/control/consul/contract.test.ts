/** The drivers' contract against a real Consul with access control on; skipped, loudly, where there is none. */
import { describe, expect, test } from "vitest";
import { withBench } from "../../../collector/actuators/driver-bench.ts";
import { driverContract } from "../../../collector/actuators/driver-contract.ts";
import { run } from "../../real/envoy/binary.ts";
import { openConsulBench } from "./bench.ts";
import { withConsul } from "./with-consul.ts";

const here = withConsul();

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
