/**
 * Benches of the drivers' contract over any Kubernetes API: in memory, a real server, the demo's. In: where it is and what it
 * can do; out: a bench with fresh objects, behind a proxy that can fail. For tests.
 */
import { deepEqual, equal, match } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import type { Ownership } from "../../lib/control/owners/detect.ts";
import type { Plan, TargetRef } from "../../lib/control/traffic/contract.ts";
import { at, type Json, type JsonObject, listOf, objectOf, textOf } from "../../lib/control/traffic/document.ts";
import { planSplit, readSplit } from "../../lib/control/traffic/drivers.ts";
import {
  isKubernetesDriver,
  KINDS,
  type KubernetesDriver,
  listPath,
  withoutRevision,
} from "../../lib/control/traffic/kubernetes.ts";
import type { KubernetesControl } from "../config/config.ts";
import type { BenchSplit, DriverBench } from "./driver-bench.ts";
import { type ClientCertificate, openFaultProxy } from "./fault-proxy.ts";
import { KubernetesTraffic } from "./kubernetes.ts";
import {
  apiObject,
  coreObjects,
  type Made,
  meshObjects,
  NAMESPACE,
  rolloutFor,
  splitObject,
} from "./kubernetes-bench-objects.ts";
import type { KubernetesClient } from "./kubernetes-client.ts";

export interface KubernetesBenchOptions {
  readonly driver: KubernetesDriver;
  /** Default: the first that is understood. */
  readonly version?: string;
  /** How the API is reached past the proxy, by somebody who may do all. */
  readonly direct: Pick<KubernetesControl, "kubeconfig" | "url" | "tokenFile">;
  /** Where the proxy passes requests on to, and as whom where the API asks for a certificate. */
  readonly upstream: { readonly url: string; readonly certificate?: ClientCertificate };
  /** How somebody who may read and not write reaches it. */
  readonly reader?: Pick<KubernetesControl, "url" | "tokenFile" | "caFile">;
  /** Whether it has Services, pods and endpoints. */
  readonly hasCore: boolean;
  /** Cuts watches off and makes the API forget what they resume from. */
  readonly forget?: () => Promise<void>;
}

const OWN =
  /^(?:metadata\.(?:resourceVersion|generation|managedFields\b.*|annotations\.meshscope\.dev\/intent)|status\b.*)$/;
/** Names are unique also among the runs against one server. */
let names = 0;
const RUN = Math.random().toString(36).slice(2, 7);

/** The client's own answer, or an error that says what the API said. */
async function made(client: KubernetesClient, { resource, object }: Made): Promise<JsonObject> {
  const apiVersion = textOf(at(object, "apiVersion")) ?? "v1";
  const namespace = textOf(at(object, "metadata", "namespace")) ?? NAMESPACE;
  const path = `${apiVersion.includes("/") ? "/apis" : "/api"}/${apiVersion}/namespaces/${namespace}/${resource}`;
  const created = await client.create(path, object);
  if (!created.ok) throw new Error(`${path}: ${created.error.message}`);
  if (at(object, "status") !== undefined)
    await sent(client, `${path}/${at(object, "metadata", "name")}/status`, { status: at(object, "status") ?? null });
  return created.value;
}

async function sent(client: KubernetesClient, path: string, body: Json, type = "merge-patch"): Promise<void> {
  const contentType = `application/${type}+json`;
  const answer = await client.send({ method: "PATCH", path, contentType, body: JSON.stringify(body) });
  if (!("status" in answer) || answer.status !== 200) throw new Error(`${path}: ${JSON.stringify(answer)}`);
}

/** The plan with other weights in it. */
function withWeights(plan: Plan, weight: Json): Plan {
  if (plan.request.api !== "kubernetes") throw new Error(plan.request.api);
  const body = listOf(plan.request.body).map((one) =>
    /\/weight$/.test(textOf(at(one, "path")) ?? "") ? { ...objectOf(one), value: weight } : one,
  );
  return { ...plan, request: { ...plan.request, body } };
}

function invalidFor(driver: KubernetesDriver): DriverBench["invalid"] {
  const wrongType = {
    name: "a weight that is no number",
    plan: (plan: Plan) => withWeights(plan, "much"),
    says: /weight/,
  };
  if (driver === "appMeshCrd")
    return [
      wrongType,
      { name: "a weight of 101", plan: (plan) => withWeights(plan, 101), says: /less than or equal to 100/ },
    ];
  if (driver === "httpRoute" || driver === "grpcRoute" || driver === "linkerdRoute")
    return [
      wrongType,
      {
        name: "a weight of 1000001",
        plan: (plan) => withWeights(plan, 1_000_001),
        says: /less than or equal to 1000000/,
      },
    ];
  return [wrongType];
}

type Owned = NonNullable<DriverBench["owned"]>;

const freshName = (what: string): string => `${what}-${RUN}-${++names}`;

async function annotated(client: KubernetesClient, target: TargetRef, metadata: JsonObject): Promise<TargetRef> {
  const { driver, name } = target;
  if (!isKubernetesDriver(driver)) throw new Error(driver);
  const version = await client.servedVersion(KINDS[driver]);
  const path = listPath(KINDS[driver], (version.ok ? version.value : null) ?? KINDS[driver].versions[0], NAMESPACE);
  await sent(client, `${path}/${name}`, { metadata });
  return target;
}

function writtenBy(kind: string, name: string) {
  return (ownership: Ownership): void => {
    equal(ownership.writers[0]?.kind, kind);
    match(ownership.writers[0]?.ref ?? "", new RegExp(`^${NAMESPACE}/${name}`));
  };
}

function revertedBy(kind: string, ref: string) {
  return ({ writers, reverters }: Ownership): void => {
    deepEqual(writers, []);
    deepEqual(
      reverters.map((one) => [one.kind, one.ref.startsWith(ref), one.reverts]),
      [[kind, true, true]],
    );
  };
}

function ownersFor(
  client: KubernetesClient,
  driver: KubernetesDriver,
  make: (name: string) => Promise<TargetRef>,
): Owned {
  const { group, kind } = KINDS[driver];
  const argo = async (): Promise<TargetRef> => {
    const target = await make(freshName("argo"));
    await made(client, { resource: "rollouts", object: rolloutFor(driver, target.name) });
    return target;
  };
  const flagger = async (): Promise<TargetRef> => {
    const target = await make(freshName("flagger"));
    const spec = { targetRef: { apiVersion: "apps/v1", kind: "Deployment", name: target.name }, analysis: {} };
    await made(client, {
      resource: "canaries",
      object: apiObject("flagger.app/v1beta1", "Canary", target.name, { spec }),
    });
    return target;
  };
  const argoCd = async (): Promise<TargetRef> => {
    const app = freshName("app");
    const spec = { syncPolicy: { automated: { selfHeal: true } } };
    await made(client, {
      resource: "applications",
      object: apiObject("argoproj.io/v1alpha1", "Application", app, { spec }),
    });
    const annotations = { "argocd.argoproj.io/tracking-id": `${app}:${group}/${kind}:shop/x` };
    return annotated(client, await make(freshName("gitops")), { annotations });
  };
  const flux = async (): Promise<TargetRef> => {
    const prefix = "kustomize.toolkit.fluxcd.io";
    const labels = { [`${prefix}/name`]: "apps", [`${prefix}/namespace`]: "flux-system" };
    return annotated(client, await make(freshName("flux")), { labels });
  };
  return [
    { name: "Argo Rollouts", make: argo, says: writtenBy("argoRollouts", "argo-") },
    { name: "Flagger", make: flagger, says: writtenBy("flagger", "flagger-") },
    { name: "Argo CD", make: argoCd, says: revertedBy("argoCd", `${NAMESPACE}/app-`) },
    { name: "Flux", make: flux, says: revertedBy("flux", "flux-system/apps") },
  ];
}

/** What kubectl does with a printed command: one JSON Patch. */
async function runByHand(client: KubernetesClient, command: string): Promise<void> {
  const script = `kubectl() { printf '%s\\0' "$@"; }; ${command}`;
  const words = execFileSync("sh", ["-c", script], { encoding: "utf8" }).split("\0").slice(0, -1);
  const flag = (name: string) => words.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3) ?? "";
  const verb = words.indexOf("patch");
  const [resource = "", version = "", ...group] = (words[verb + 1] ?? "").split(".");
  equal(flag("type"), "json");
  const path = `/apis/${group.join(".")}/${version}/namespaces/${flag("namespace")}/${resource}/${words[verb + 2]}`;
  await sent(client, path, JSON.parse(flag("patch")), "json-patch");
}

interface Ground {
  readonly driver: KubernetesDriver;
  readonly version: string;
  readonly direct: KubernetesTraffic;
  readonly hasCore: boolean;
}

async function makeSplit(
  { driver, version, direct, hasCore }: Ground,
  name: string,
  canary = "v2",
): Promise<BenchSplit> {
  const core = hasCore ? coreObjects(driver, name) : [];
  for (const one of [...core, ...meshObjects(driver, name)]) await made(direct.client, one);
  const raw = await made(direct.client, splitObject(driver, version, name, canary));
  const target: TargetRef = { driver, cluster: direct.client.options.name, namespace: NAMESPACE, name };
  const route = readSplit(target, raw).routes.find(({ backends }) => backends.length === 2);
  const [stable, second] = route?.backends ?? [];
  return { target, routeKey: route?.key ?? "", stable: stable?.id ?? "", canary: second?.id ?? "" };
}

async function readRaw(direct: KubernetesTraffic, target: TargetRef): Promise<JsonObject> {
  const read = await direct.read(target);
  if (!read.ok) throw new Error(read.error.message);
  return read.value.raw;
}

/** Writes weights and nothing else, past the guards. */
async function writeBeside(
  direct: KubernetesTraffic,
  { target, routeKey, stable, canary }: BenchSplit,
  percent: number,
) {
  const sharesBp = { [stable]: 10_000 - 100 * percent, [canary]: 100 * percent };
  const plan = planSplit(readSplit(target, await readRaw(direct, target)), { routeKey, sharesBp }, "foreign");
  if (!plan.ok || plan.value.request.api !== "kubernetes") throw new Error(JSON.stringify(plan));
  const { path, body } = withoutRevision(plan.value.request);
  const weights = listOf(body).filter((one) => !(textOf(at(one, "path")) ?? "").startsWith("/metadata"));
  await sent(direct.client, path, weights, "json-patch");
}

/** Its pod is not ready any more, and its slice says so. */
async function emptyCanary({ driver, direct }: Ground, name: string): Promise<void> {
  const base = `/namespaces/${NAMESPACE}`;
  const status = { conditions: [{ type: "Ready", status: "False" }] };
  await sent(direct.client, `/api/v1${base}/pods/${name}-v2-0/status`, { status });
  if (!coreObjects(driver, name).some(({ resource }) => resource === "endpointslices")) return;
  const endpoints = [{ addresses: ["10.0.0.1"], conditions: { ready: false } }];
  await sent(direct.client, `/apis/discovery.k8s.io/v1${base}/endpointslices/${name}-v2-x`, { endpoints });
}

type WatchOffer = NonNullable<DriverBench["watch"]>;

function watchOf({ traffic, split }: Pick<DriverBench, "traffic" | "split">, forget: WatchOffer["forget"]): WatchOffer {
  return {
    forget,
    start: (seen) =>
      new Promise((resolve, reject) => {
        const onFault = () => {};
        const watching = traffic.watch?.((target) => {
          seen(target);
          if (target.name === split.target.name && watching !== undefined) resolve(watching);
        }, onFault);
        if (watching === undefined) reject(new Error("the driver has no watch"));
      }),
  };
}

export async function openKubernetesBench(options: KubernetesBenchOptions): Promise<DriverBench> {
  const { driver, upstream, reader, hasCore } = options;
  const version = options.version ?? KINDS[driver].versions[0];
  const proxy = await openFaultProxy(upstream.url, upstream.certificate);
  const base = { name: "c1", mesh: "istio", namespaces: [NAMESPACE] } as const;
  const direct = new KubernetesTraffic({ ...base, ...options.direct, timeoutMs: 20_000 });
  const traffic = new KubernetesTraffic({ ...base, url: proxy.url, timeoutMs: 20_000, pageSize: 20 });
  const hasty = new KubernetesTraffic({ ...base, url: proxy.url, timeoutMs: 300 });
  const ground: Ground = { driver, version, direct, hasCore };
  const split = await makeSplit(ground, freshName("web"));
  const owner = async (name: string) => (await makeSplit(ground, name)).target;
  return {
    traffic,
    hasty,
    proxy,
    split,
    raw: () => readRaw(direct, split.target),
    foreignWrite: (percent) => writeBeside(direct, split, percent),
    ownMembers: OWN,
    invalid: invalidFor(driver),
    ...(reader === undefined ? {} : { reader: new KubernetesTraffic({ ...base, ...reader, timeoutMs: 20_000 }) }),
    dangling: () => makeSplit(ground, freshName("dangling"), "v9"),
    emptyCanary: () => emptyCanary(ground, split.target.name),
    owned: ownersFor(direct.client, driver, owner),
    watch: watchOf({ traffic, split }, options.forget ?? (() => proxy.set("none"))),
    byHand: (command) => runByHand(direct.client, command),
    close: () => proxy.close(),
  };
}
