/** The drivers behind Kubernetes against an API server in memory: the whole contract, for each kind of split. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { at, type Json, type JsonObject, listOf, numberOf } from "../../lib/control/traffic/document.ts";
import { KUBERNETES_DRIVERS, type KubernetesDriver } from "../../lib/control/traffic/kubernetes.ts";
import { benchIntent, type DriverBench, planBench, planned, readBench, withBench } from "./driver-bench.ts";
import { driverContract } from "./driver-contract.ts";
import type { Offer } from "./driver-contract-offers.ts";
import { type FakeKubernetes, READER_TOKEN, startFakeKubernetes, statusOf } from "./fake-kubernetes.ts";
import { KubernetesTraffic } from "./kubernetes.ts";
import { openKubernetesBench } from "./kubernetes-bench.ts";

let cluster: FakeKubernetes;
const folder = mkdtempSync(join(tmpdir(), "meshscope-kubernetes-"));
const readerTokenFile = join(folder, "reader");
beforeAll(() => writeFileSync(readerTokenFile, READER_TOKEN));
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(async () => {
  cluster = await startFakeKubernetes();
  cluster.validate = refuseWeights;
});
afterEach(() => cluster.close());

/** Weights anywhere in an object. */
function weightsOf(value: Json | undefined): readonly Json[] {
  if (Array.isArray(value)) return listOf(value).flatMap(weightsOf);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => (key === "weight" ? [member] : weightsOf(member)));
}

/** As a schema does. */
function refuseWeights(object: JsonObject) {
  const most = at(object, "kind") === "VirtualRouter" ? 100 : 1_000_000;
  const wrong = weightsOf(at(object, "spec")).find((weight) => !((numberOf(weight) ?? Number.NaN) <= most));
  if (wrong === undefined) return undefined;
  const message = `weight: Invalid value: ${String(wrong)}: should be less than or equal to ${most}`;
  return { status: 422, body: statusOf(422, message, { details: { causes: [{ field: "spec.weight", message }] } }) };
}

const open = (driver: KubernetesDriver) => () =>
  openKubernetesBench({
    driver,
    direct: { url: cluster.url },
    upstream: { url: cluster.url },
    reader: { url: cluster.url, tokenFile: readerTokenFile },
    hasCore: true,
    forget: async () => cluster.forget(),
  });

const OFFERS: readonly Offer[] = ["reader", "dangling", "owned", "watch", "byHand"];

describe.each(KUBERNETES_DRIVERS)("%s over Kubernetes", (driver) => {
  // Which instances a Consul subset has, only Consul can say.
  const offers: readonly Offer[] = driver === "consulCrd" ? OFFERS : [...OFFERS, "endpoints"];
  for (const { name, run } of driverContract(offers)) test(name, () => withBench(open(driver), run));
});

function run(driver: KubernetesDriver, body: (bench: DriverBench) => Promise<void>): Promise<void> {
  return withBench(open(driver), body);
}

describe("what an API server says beside yes and no", () => {
  test.each([
    [400, 'admission webhook "validation.istio.io" denied the request: total destination weight = 0', "invalid"],
    [403, 'admission webhook "policy.example.com" denied the request: not on a Friday', "invalid"],
    [403, 'reviews is forbidden: User "m" cannot patch resource', "forbidden"],
    [401, "Unauthorized", "forbidden"],
    [429, "too many requests", "unavailable"],
    [500, 'failed calling webhook "validation.istio.io": connection refused', "unavailable"],
    [503, "apiserver is shutting down", "unavailable"],
    [500, "etcdserver: request timed out", "unknown"],
    [504, "Timeout: request did not complete within requested timeout", "unknown"],
    [400, 'strict decoding error: unknown field "spec.htp"', "invalid"],
  ])("%s %s is %s", (status, message, kind) =>
    run("istio", async (bench) => {
      cluster.validate = () => ({ status, body: statusOf(status, message) });
      const { plan, intentId } = await planned(bench, 2_500);
      const result = await bench.traffic.apply(plan, intentId);
      expect(result).toMatchObject(
        "message" in result ? { kind, message: expect.stringContaining(message) } : { kind },
      );
    }),
  );

  test("a status that was written meanwhile is no conflict", () =>
    run("httpRoute", async (bench) => {
      const { plan, intentId } = await planned(bench, 2_500);
      const path = plan.request.api === "kubernetes" ? plan.request.path : "";
      const written = cluster.writes;
      cluster.touch(path, { ...cluster.get(path), status: { parents: [{ conditions: [] }] } });
      expect((await bench.traffic.dryRun(plan))?.ok).toBe(true);
      expect((await bench.traffic.apply(plan, intentId)).kind).toBe("applied");
      expect(cluster.writes).toBe(written + 1);
    }));

  test("who may not patch is told before the click", () =>
    run("istio", async ({ traffic, reader, split }) => {
      expect(await traffic.mayWrite?.(split.target)).toEqual({ ok: true, value: true });
      expect(await reader?.mayWrite?.(split.target)).toEqual({ ok: true, value: false });
    }));

  test("a kubeconfig that is not there is said at each call, and one that comes is used", () =>
    run("istio", async ({ split }) => {
      const kubeconfig = join(folder, "kubeconfig");
      const traffic = new KubernetesTraffic({ name: "c1", mesh: "istio", kubeconfig });
      expect(await traffic.read(split.target)).toMatchObject({ ok: false, error: { code: "unavailable" } });
      const named = (kind: string, of: JsonObject) => [{ name: "a", [kind]: of }];
      const server = { server: cluster.url, "insecure-skip-tls-verify": true };
      const content = {
        clusters: named("cluster", server),
        users: named("user", { token: READER_TOKEN }),
        contexts: named("context", { cluster: "a", user: "a" }),
        "current-context": "a",
      };
      writeFileSync(kubeconfig, JSON.stringify(content));
      const plan = planBench(await readBench({ traffic, split }), split, 2_500, benchIntent());
      expect((await traffic.apply(plan, benchIntent())).kind).toBe("forbidden");
      expect(traffic.breakGlass(plan)).toMatch(
        `kubectl --kubeconfig=${kubeconfig} --namespace=shop patch virtualservices.v1.networking.istio.io`,
      );
    }));
});

describe("what stands beside a route", () => {
  async function hazards({ traffic, split }: DriverBench) {
    const found = await traffic.hazards?.(await readBench({ traffic, split }), split.routeKey);
    if (found?.ok !== true) throw new Error(JSON.stringify(found));
    return found.value;
  }

  test("another VirtualService of the host and a rule of a caller's namespace without the subset are told", () =>
    run("istio", async (bench) => {
      expect(await hazards(bench)).toEqual([]);
      const { name } = bench.split.target;
      const host = `${name}.shop.svc.cluster.local`;
      const istio = (kind: string, namespace: string, spec: JsonObject): JsonObject => ({
        ...{ apiVersion: "networking.istio.io/v1", kind, metadata: { name: `${name}-x`, namespace }, spec },
      });
      cluster.put("virtualservices", istio("VirtualService", "other", { hosts: [host] }));
      cluster.put("destinationrules", istio("DestinationRule", "client", { host, subsets: [{ name: "v1" }] }));
      const found = await hazards(bench);
      expect(found.map(({ code }) => code)).toEqual(["route_beside", "subset_shadowed"]);
      expect(found[1]?.message).toContain("callers in client");
    }));

  test("a consumer's route, a route of Linkerd's own group and a TrafficSplit on the same Service are told", () =>
    run("httpRoute", async (bench) => {
      expect(await hazards(bench)).toEqual([]);
      const { name } = bench.split.target;
      const spec = { parentRefs: [{ kind: "Service", group: "", name, namespace: "shop" }] };
      const route = (apiVersion: string, namespace: string): JsonObject => ({
        ...{ apiVersion, kind: "HTTPRoute", metadata: { name: `${name}-x`, namespace }, spec },
      });
      cluster.put("httproutes", route("gateway.networking.k8s.io/v1", "client"));
      cluster.put("httproutes", route("policy.linkerd.io/v1beta3", "shop"));
      const metadata = { name, namespace: "shop" };
      const split = { apiVersion: "split.smi-spec.io/v1alpha2", kind: "TrafficSplit", metadata };
      cluster.put("trafficsplits", { ...split, spec: { service: name } });
      const found = await hazards(bench);
      expect(found.map(({ code }) => code)).toEqual(["route_beside", "route_beside", "route_beside"]);
      expect(found.map(({ message }) => message).join()).toMatch(
        /callers in client.*same parent Service.*TrafficSplit/s,
      );
    }));
});
