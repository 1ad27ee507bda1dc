/**
 * The drivers behind Kubernetes against a real API server with a real etcd: the whole contract for each kind of split, and
 * what only a real server shows. Without a server in the cache all of it is skipped, by name.
 */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type DriverBench, planned, withBench } from "../../../collector/actuators/driver-bench.ts";
import { driverContract } from "../../../collector/actuators/driver-contract.ts";
import type { Offer } from "../../../collector/actuators/driver-contract-offers.ts";
import { openKubernetesBench } from "../../../collector/actuators/kubernetes-bench.ts";
import { KubernetesOwners } from "../../../collector/actuators/kubernetes-owners.ts";
import { at, listOf } from "../../../lib/control/traffic/document.ts";
import { KUBERNETES_DRIVERS, type KubernetesDriver } from "../../../lib/control/traffic/kubernetes.ts";
import { findKubernetes } from "./binaries.ts";
import { type KubernetesServer, startKubernetes } from "./server.ts";

const binaries = await findKubernetes();
if ("skip" in binaries) process.stderr.write(`no real Kubernetes API server is tested: ${binaries.skip}\n`);
const hasCore = "kind" in binaries && binaries.kind === "kube-apiserver";

/** Versions that the definitions of the tests have. */
const VERSIONS: Readonly<Partial<Record<KubernetesDriver, string>>> = { trafficSplit: "v1alpha2" };

function offersOf(driver: KubernetesDriver): readonly Offer[] {
  const always: readonly Offer[] = ["owned", "watch", "byHand"];
  const knows = driver === "istio" || driver === "consulCrd" || driver === "appMeshCrd";
  return [
    ...always,
    // Without Services nobody can say that one is missing.
    ...(hasCore || knows ? (["dangling"] as const) : []),
    ...(hasCore ? (["reader"] as const) : []),
    ...(hasCore && driver !== "consulCrd" ? (["endpoints"] as const) : []),
  ];
}

describe.skipIf("skip" in binaries)(`a real ${"kind" in binaries ? binaries.kind : "API server"}`, () => {
  let server: KubernetesServer;
  beforeAll(async () => {
    if ("skip" in binaries) return;
    server = await startKubernetes(binaries);
  });
  afterAll(() => server?.stop());

  async function open(driver: KubernetesDriver): Promise<DriverBench> {
    const { cert, key } = server.certificate;
    const version = VERSIONS[driver];
    return openKubernetesBench({
      driver,
      ...(version === undefined ? {} : { version }),
      direct: { kubeconfig: server.kubeconfig },
      upstream: { url: server.url, certificate: { cert: await readFile(cert), key: await readFile(key) } },
      ...(server.reader === undefined ? {} : { reader: server.reader }),
      hasCore,
    });
  }

  describe.each(KUBERNETES_DRIVERS)("%s", (driver) => {
    for (const { name, run } of driverContract(offersOf(driver))) test(name, () => withBench(() => open(driver), run));
  });

  test("who wrote last is in managedFields, under our name", () =>
    withBench(
      () => open("istio"),
      async (bench) => {
        const { plan, intentId } = await planned(bench, 2_500);
        expect((await bench.traffic.apply(plan, intentId)).kind).toBe("applied");
        const managers = listOf(at(await bench.raw(), "metadata", "managedFields")).map((entry) =>
          at(entry, "manager"),
        );
        expect(managers).toContain("meshscope");
      },
    ));

  test("members that the schema does not know are refused, not dropped, where the schema is closed", () =>
    withBench(
      () => open("istio"),
      async (bench) => {
        const { plan, intentId } = await planned(bench, 2_500);
        if (plan.request.api !== "kubernetes") throw new Error(plan.request.api);
        const body = [...listOf(plan.request.body), { op: "add", path: "/metadata/nonsense", value: "x" }];
        const result = await bench.traffic.apply({ ...plan, request: { ...plan.request, body } }, intentId);
        expect(result).toMatchObject({ kind: "invalid", message: expect.stringContaining("nonsense") });
      },
    ));

  test("a watch goes on over a restart of the server, which forgets what watches resume from", () =>
    withBench(
      () => open("istio"),
      async (bench) => {
        let seen = 0;
        const watching = await bench.watch?.start(({ name }) => {
          if (name === bench.split.target.name) seen++;
        });
        try {
          await server.restart();
          const before = seen;
          await bench.foreignWrite(30);
          await expect.poll(() => seen, { timeout: 60_000 }).toBeGreaterThan(before);
        } finally {
          await watching?.stop();
        }
      },
    ));

  test("an owner's object is patched with its revision, and not with an old one", () =>
    withBench(
      () => open("istio"),
      async (bench) => {
        const owners = new KubernetesOwners(server.admin);
        const target = await bench.owned?.find(({ name }) => name === "Argo Rollouts")?.make();
        const name = { namespace: "shop", name: `${target?.name}-rollout` };
        const read = await owners.read("Rollout", name.namespace, name.name);
        if (!read.ok) throw new Error(read.error.message);
        const resourceVersion = at(read.value, "metadata", "resourceVersion") ?? null;
        const paused = { metadata: { resourceVersion }, spec: { paused: true } };
        expect((await owners.patch("Rollout", name, null, paused)).ok).toBe(true);
        const again = await owners.patch("Rollout", name, "status", { ...paused, status: { abort: true } });
        expect(again).toMatchObject({ ok: false, error: { code: "conflict" } });
        const gone = await owners.patch("Rollout", { ...name, name: "nobody" }, null, paused);
        expect(gone).toMatchObject({ ok: false, error: { code: "not_found" } });
        expect((await owners.list("Rollout")).ok).toBe(true);
      },
    ));

  test.runIf(hasCore)("who may not patch is told by a review of rights", () =>
    withBench(
      () => open("httpRoute"),
      async ({ traffic, reader, split }) => {
        expect(await traffic.mayWrite?.(split.target)).toEqual({ ok: true, value: true });
        expect(await reader?.mayWrite?.(split.target)).toEqual({ ok: true, value: false });
      },
    ),
  );
});
