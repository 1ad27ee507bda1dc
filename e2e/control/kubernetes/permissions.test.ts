/**
 * The rights that the guide gives, on a real kube-apiserver: with a mesh's block an account does all that a rollout does to a
 * route of it; without the block it is forbidden. Without that server in the cache all of it is skipped, by name.
 */

import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { benchIntent, planBench, withBench } from "../../../collector/actuators/driver-bench.ts";
import { KubernetesTraffic } from "../../../collector/actuators/kubernetes.ts";
import { openKubernetesBench } from "../../../collector/actuators/kubernetes-bench.ts";
import { KUBERNETES_DRIVERS, type KubernetesDriver } from "../../../lib/control/traffic/kubernetes.ts";
import { guideBlock } from "../guide.ts";
import { findKubernetes } from "./binaries.ts";
import { ACCOUNTS, type KubernetesServer, startKubernetes } from "./server.ts";

const binaries = await findKubernetes();
const isFull = "kind" in binaries && binaries.kind === "kube-apiserver";
if (!isFull) process.stderr.write("the rights of the guide are not tested: there is no kube-apiserver\n");

const BLOCKS: Readonly<Record<KubernetesDriver, string>> = {
  istio: "kubernetes-istio",
  httpRoute: "kubernetes-gateway",
  grpcRoute: "kubernetes-gateway",
  linkerdRoute: "kubernetes-gateway",
  trafficSplit: "kubernetes-smi",
  consulCrd: "kubernetes-consul",
  appMeshCrd: "kubernetes-app-mesh",
};

const RBAC = "rbac.authorization.k8s.io";

describe.skipIf(!isFull)("the rights of the guide", () => {
  let server: KubernetesServer;
  beforeAll(async () => {
    if ("kind" in binaries) server = await startKubernetes(binaries);
  });
  afterAll(() => server?.stop());

  /** A Role of the blocks in the namespace of the tests, bound to the account. */
  async function grant(account: string, blocks: readonly string[]): Promise<void> {
    const [apiVersion, path] = [`${RBAC}/v1`, `/apis/${RBAC}/v1/namespaces/shop`];
    const name = `${account}-${blocks.length}`;
    const rules = blocks.flatMap((block) => parse(guideBlock(block)));
    const role = await server.admin.create(`${path}/roles`, { apiVersion, kind: "Role", metadata: { name }, rules });
    const roleRef = { apiGroup: RBAC, kind: "Role", name };
    const subjects = [{ apiGroup: RBAC, kind: "User", name: account }];
    const binding = { apiVersion, kind: "RoleBinding", metadata: { name }, roleRef, subjects };
    const bound = await server.admin.create(`${path}/rolebindings`, binding);
    if (!role.ok || !bound.ok) throw new Error(JSON.stringify([role, bound]));
  }

  test.each(KUBERNETES_DRIVERS)("a %s is moved with its block and not without", async (driver) => {
    const account = ACCOUNTS[KUBERNETES_DRIVERS.indexOf(driver)] ?? "";
    const { cert, key } = server.certificate;
    const open = async () =>
      openKubernetesBench({
        driver,
        ...(driver === "trafficSplit" ? { version: "v1alpha2" } : {}),
        direct: { kubeconfig: server.kubeconfig },
        upstream: { url: server.url, certificate: { cert: await readFile(cert), key: await readFile(key) } },
        hasCore: true,
      });
    await withBench(open, async ({ split }) => {
      const reached = await server.account(account);
      const traffic = new KubernetesTraffic({ name: "c1", mesh: "istio", namespaces: ["shop"], ...reached });
      expect(await traffic.read(split.target)).toMatchObject({ ok: false, error: { code: "forbidden" } });
      await grant(account, ["kubernetes-common"]);
      expect(await traffic.read(split.target)).toMatchObject({ ok: false, error: { code: "forbidden" } });
      expect(await traffic.mayWrite(split.target)).toEqual({ ok: true, value: false });
      await grant(account, ["kubernetes-common", BLOCKS[driver]]);
      await expect.poll(() => traffic.mayWrite(split.target)).toEqual({ ok: true, value: true });
      const list = await traffic.list();
      expect(list.ok && list.value).toContainEqual(split.target);
      const read = await traffic.read(split.target);
      if (!read.ok) throw new Error(read.error.message);
      expect(await traffic.owners(read.value)).toEqual({ ok: true, value: { writers: [], reverters: [] } });
      const facts = await traffic.backends(read.value, split.routeKey);
      expect(facts.ok && facts.value.map(({ exists }) => exists)).toEqual([true, true]);
      expect((await traffic.hazards(read.value, split.routeKey)).ok).toBe(true);
      const intentId = benchIntent();
      const plan = planBench(read.value, split, 2_500, intentId);
      expect((await traffic.dryRun(plan))?.ok).toBe(true);
      expect((await traffic.apply(plan, intentId)).kind).toBe("applied");
    });
  });
});
