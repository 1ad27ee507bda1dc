/** A real Consul for the tests of a file: started before them, stopped after; without one each is skipped, with the reason. */
import { afterAll, beforeAll, type TestContext } from "vitest";
import { findConsul } from "./binary.ts";
import { type ConsulServer, startConsul } from "./server.ts";

export function withConsul(): (context: TestContext) => ConsulServer {
  let server: ConsulServer | undefined;
  let reason = "not started";
  beforeAll(async () => {
    const found = await findConsul();
    if ("skip" in found) reason = found.skip;
    else server = await startConsul(found);
    if (server === undefined) console.warn(`SKIPPED: no Consul: ${reason}`);
  }, 300_000);
  afterAll(() => server?.stop());
  return (context) => server ?? context.skip(`no Consul: ${reason}`);
}
