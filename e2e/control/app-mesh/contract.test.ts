/** The drivers' contract against moto's App Mesh; skipped, loudly, where there is none. Credentials are the test's own. */
import { afterAll, beforeAll, describe, expect, type TestContext, test, vi } from "vitest";
import { withBench } from "../../../collector/actuators/driver-bench.ts";
import { driverContract } from "../../../collector/actuators/driver-contract.ts";
import { openAppMeshBench } from "./bench.ts";
import { findMoto, type MotoFolder } from "./binary.ts";
import { type MotoServer, startMoto } from "./server.ts";

let moto: MotoFolder | undefined;
let server: MotoServer | undefined;
let reason = "not started";

beforeAll(async () => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  const found = await findMoto();
  if ("skip" in found) reason = found.skip;
  else {
    moto = found;
    server = await startMoto(found);
  }
  if (server === undefined) console.warn(`SKIPPED: no moto: ${reason}`);
}, 400_000);
afterAll(async () => {
  await server?.stop();
  vi.unstubAllEnvs();
});

const here = (context: TestContext): { server: MotoServer; moto: MotoFolder } =>
  server !== undefined && moto !== undefined ? { server, moto } : context.skip(`no moto: ${reason}`);

describe("the drivers' contract", () => {
  for (const { name, run } of driverContract(["dangling", "byHand"])) {
    test(name, async (context) => {
      const { server: one, moto: packages } = here(context);
      await withBench(() => openAppMeshBench(one, packages), run);
    });
  }
  test("is run with all cases", () => expect(driverContract([]).length).toBeGreaterThan(15));
});
