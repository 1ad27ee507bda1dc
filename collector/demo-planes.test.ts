/** The drivers' contract over the demo's control planes: what is promised of real ones holds for what stands in for them. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, test } from "vitest";
import { KUBERNETES_DRIVERS, type KubernetesDriver } from "../lib/control/traffic/kubernetes.ts";
import { withBench } from "./actuators/driver-bench.ts";
import { driverContract } from "./actuators/driver-contract.ts";
import type { Offer } from "./actuators/driver-contract-offers.ts";
import { openKubernetesBench } from "./actuators/kubernetes-bench.ts";
import { ApiServer } from "./demo/control/api-server.ts";
import { kubernetesApi } from "./demo/control/kubernetes-api.ts";
import { ObjectStore } from "./demo/control/object-store.ts";

const folder = mkdtempSync(join(tmpdir(), "meshscope-demo-planes-"));
const readerTokenFile = join(folder, "reader");
beforeAll(() => writeFileSync(readerTokenFile, "viewer"));
afterAll(() => rmSync(folder, { recursive: true }));

let store: ObjectStore;
let server: ApiServer;
let url: string;
beforeEach(async () => {
  store = new ObjectStore(() => Date.now());
  server = new ApiServer(kubernetesApi(store));
  url = await server.listen();
});
afterEach(() => server.close());

/** Watches end, and what they resume from is gone. */
async function forget(): Promise<void> {
  await server.setUp(false);
  store.forget();
  await server.setUp(true);
}

const OFFERS: readonly Offer[] = ["reader", "dangling", "owned", "watch", "byHand"];

describe.each(KUBERNETES_DRIVERS)("%s over the demo's Kubernetes", (driver: KubernetesDriver) => {
  // Which instances a Consul subset has, only Consul can say.
  const offers: readonly Offer[] = driver === "consulCrd" ? OFFERS : [...OFFERS, "endpoints"];
  const open = () =>
    openKubernetesBench({
      ...{ driver, hasCore: true, forget },
      ...{ direct: { url }, upstream: { url }, reader: { url, tokenFile: readerTokenFile } },
    });
  for (const { name, run } of driverContract(offers)) test(name, () => withBench(open, run));
});
