import { describe, expect, test } from "vitest";
import type { IncidentName } from "../../../lib/world/incidents.ts";
import { World } from "../../../lib/world/world.ts";
import { ControlWorld } from "./control-world.ts";
import { at, type Json, type JsonObject, listOf, objectOf, textAt, withMember } from "./document.ts";
import { OPEN_ROUTES } from "./intruders.ts";
import { KINDS } from "./kubernetes-kinds.ts";

const START = Date.UTC(2026, 0, 5, 9);
const ROLLOUT = { kind: KINDS.rollout, namespace: "shop", name: "suggest" };
const CANARY = { kind: KINDS.canary, namespace: "orders", name: "notices" };
const SUGGEST = { kind: KINDS.virtualService, namespace: "shop", name: "suggest" };

/** A clock that is moved, and who says yes at Flagger's gates. */
function open() {
  let now = START;
  const asked: string[] = [];
  const yes = new Set<string>();
  const active = new Set<IncidentName>();
  const control = new ControlWorld({
    world: new World({ seed: 1, startMs: START }),
    now: () => now,
    ask: async (url) => {
      asked.push(url);
      return yes.has(url);
    },
  });
  /** Half a second at a time, as the demo's timer does. */
  const pass = async (seconds: number): Promise<void> => {
    for (let i = 0; i < seconds * 2; i++) {
      now += 500;
      control.step(active);
      await Promise.resolve();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const { cluster } = control.stores;
  const merge = (key: typeof ROLLOUT, path: readonly string[], value: Json | undefined, status = true): void => {
    const next = withMember(cluster.read(key), path, value);
    const stored = cluster.replace(key, next, { manager: "someone", subresource: status ? "status" : null });
    expect(stored.ok).toBe(true);
  };
  const share = (service: string): number => {
    const weights = [...(control.splits().get(service)?.values() ?? [])];
    return (weights[1] ?? 0) / weights.reduce((sum, weight) => sum + weight, 0);
  };
  return { control, cluster, pass, merge, share, asked, yes, active };
}

const OPEN_SERVICES = ["payments", "fulfilment", "rates", "offers"];

const statusOf = (object: JsonObject | undefined): JsonObject => objectOf(object?.["status"]);

describe("the simulated control planes", () => {
  test("begin with a tenth at every open route, a fifth at the owned ones, and move with what is stored", () => {
    const { control, cluster, share } = open();
    for (const service of ["payments", "fulfilment", "rates", "offers"])
      expect(share(service), service).toBeCloseTo(0.1);
    for (const service of ["suggest", "notices"]) expect(share(service), service).toBeCloseTo(0.2);
    const { istio, linkerd } = OPEN_ROUTES;
    const move = (key: typeof istio | typeof linkerd, list: readonly (string | number)[]): void => {
      const half = withMember(cluster.read(key), [...list, 0, "weight"], 50);
      expect(cluster.replace(key, withMember(half, [...list, 1, "weight"], 50), { manager: "x" }).ok).toBe(true);
    };
    move(istio, ["spec", "http", 0, "route"]);
    move(linkerd, ["spec", "rules", 0, "backendRefs"]);
    const splitter = withMember(control.stores.consul.read("service-splitter", "rates"), ["Splits", 0, "Weight"], 50);
    expect(control.stores.consul.put(withMember(splitter, ["Splits", 1, "Weight"], 50), null).ok).toBe(true);
    const list = ["httpRoute", "action", "weightedTargets"];
    const spec = withMember(control.stores.appMesh.route("offers", "offers")?.["spec"], [...list, 0, "weight"], 50);
    expect(control.stores.appMesh.update("offers", "offers", withMember(spec, [...list, 1, "weight"], 50), "").ok).toBe(
      true,
    );
    for (const service of ["payments", "fulfilment", "rates", "offers"]) expect(share(service), service).toBe(0.5);
  });

  test("have an endpoint for each ready pod behind every service that is split", () => {
    const { cluster } = open();
    const count = (name: string, namespace: string): number =>
      cluster
        .list(KINDS.endpointSlice, namespace)
        .filter((slice) => textAt(slice, "metadata", "labels", "kubernetes.io/service-name") === name)
        .reduce((sum, slice) => sum + listOf(slice["endpoints"]).length, 0);
    expect(count("payments", "finance")).toBe(3);
    expect(count("fulfilment", "orders")).toBe(2);
    expect(count("fulfilment-v2", "orders")).toBe(1);
    expect(count("notices-primary", "orders")).toBe(1);
    expect(count("notices-canary", "orders")).toBe(1);
  });
});

describe("the simulated Argo Rollouts", () => {
  test("waits at its pause until somebody lifts it, and goes on to the next", async () => {
    const { cluster, pass, merge, share } = open();
    await pass(20);
    expect(statusOf(cluster.read(ROLLOUT))).toMatchObject({
      phase: "Paused",
      currentStepIndex: 1,
      controllerPause: true,
    });
    expect(share("suggest")).toBeCloseTo(0.2);
    merge(ROLLOUT, ["status", "pauseConditions"], undefined);
    await pass(3);
    expect(statusOf(cluster.read(ROLLOUT))).toMatchObject({ phase: "Paused", currentStepIndex: 3 });
    expect(share("suggest")).toBeCloseTo(0.5);
  });

  test("promoted fully makes the new version the stable one, to which all traffic goes", async () => {
    const { control, cluster, pass, merge } = open();
    await pass(1);
    merge(ROLLOUT, ["status", "promoteFull"], true);
    await pass(3);
    const status = statusOf(cluster.read(ROLLOUT));
    expect(status).toMatchObject({ phase: "Healthy", stableRS: status["currentPodHash"] });
    expect(status["promoteFull"]).toBeUndefined();
    expect(control.splits().get("suggest")).toEqual(new Map([["suggest-v2", 100]]));
  });

  test("aborted sends all traffic back at once, and retried begins anew", async () => {
    const { cluster, pass, merge, share } = open();
    await pass(1);
    merge(ROLLOUT, ["status", "abort"], true);
    await pass(1);
    expect(statusOf(cluster.read(ROLLOUT))).toMatchObject({ phase: "Degraded", abort: true });
    expect(share("suggest")).toBe(0);
    merge(ROLLOUT, ["status", "abort"], false);
    await pass(3);
    expect(statusOf(cluster.read(ROLLOUT))).toMatchObject({ phase: "Paused", currentStepIndex: 1 });
    expect(share("suggest")).toBeCloseTo(0.2);
  });

  test("holds while a person has paused it, passes a step that is skipped, and puts back what others write", async () => {
    const { cluster, pass, merge, share } = open();
    await pass(1);
    merge(ROLLOUT, ["spec", "paused"], true, false);
    merge(ROLLOUT, ["status", "pauseConditions"], undefined);
    await pass(3);
    expect(statusOf(cluster.read(ROLLOUT))).toMatchObject({
      phase: "Paused",
      message: "manually paused",
      currentStepIndex: 1,
    });
    merge(ROLLOUT, ["spec", "paused"], false, false);
    merge(ROLLOUT, ["status", "currentStepIndex"], 2);
    await pass(2);
    expect(share("suggest")).toBeCloseTo(0.5);
    merge(SUGGEST, ["spec", "http"], at(cluster.read(SUGGEST), "spec", "http"), false);
    const foreign = withMember(cluster.read(SUGGEST), ["spec", "http", 0, "route", 1, "weight"], 99);
    cluster.replace(SUGGEST, foreign, { manager: "kubectl-edit" });
    await pass(1);
    expect(share("suggest")).toBeCloseTo(0.5);
  });
});

describe("the simulated Flagger", () => {
  const HOOKS = {
    "confirm-traffic-increase": "up",
    "confirm-promotion": "promote",
    rollback: "back",
  } as const;

  test("does nothing before there is a gate, asks once an interval, and holds without failing", async () => {
    const { control, cluster, pass, asked } = open();
    await pass(25);
    expect(asked).toEqual([]);
    control.setHooks(HOOKS);
    await pass(21);
    expect(asked).toEqual(["back", "up", "back", "up"]);
    expect(statusOf(cluster.read(CANARY))).toMatchObject({ phase: "Progressing", failedChecks: 0, canaryWeight: 20 });
  });

  test("goes up while its gate is open, waits for promotion, and then has all traffic on the primary", async () => {
    const { control, cluster, pass, share, yes } = open();
    control.setHooks(HOOKS);
    yes.add("up");
    await pass(31);
    expect(share("notices")).toBeCloseTo(0.6);
    expect(statusOf(cluster.read(CANARY))).toMatchObject({ phase: "WaitingPromotion", canaryWeight: 0 });
    yes.add("promote");
    await pass(41);
    expect(statusOf(cluster.read(CANARY))).toMatchObject({ phase: "Succeeded" });
    expect(share("notices")).toBe(0);
  });

  test("rolls back when it is told so, and starts over with a new template once that is confirmed", async () => {
    const { control, cluster, pass, share, yes } = open();
    control.setHooks({ ...HOOKS, "confirm-rollout": "start" });
    yes.add("back");
    await pass(11);
    expect(statusOf(cluster.read(CANARY))).toMatchObject({ phase: "Failed", canaryWeight: 0 });
    expect(share("notices")).toBe(0);
    yes.delete("back");
    const deployment = { kind: KINDS.deployment, namespace: "orders", name: "notices" };
    const template = ["spec", "template", "metadata", "annotations"];
    cluster.replace(deployment, withMember(cluster.read(deployment), template, { again: "1" }), { manager: "x" });
    await pass(11);
    expect(statusOf(cluster.read(CANARY))).toMatchObject({ phase: "Waiting" });
    yes.add("start");
    yes.add("up");
    await pass(21);
    expect(share("notices")).toBeCloseTo(0.2);
  });

  test("suspended does not look", async () => {
    const { control, pass, merge, asked } = open();
    control.setHooks(HOOKS);
    merge(CANARY, ["spec", "suspend"], true, false);
    await pass(25);
    expect(asked).toEqual([]);
  });
});

describe("an incident of the control planes", () => {
  test("second operator: every open route moves by a percent to and fro, under another name", async () => {
    const { cluster, pass, share, active } = open();
    active.add("second-operator");
    await pass(1);
    for (const service of ["payments", "fulfilment", "rates", "offers"])
      expect(share(service), service).toBeCloseTo(0.11);
    await pass(10);
    for (const service of ["payments", "fulfilment", "rates", "offers"])
      expect(share(service), service).toBeCloseTo(0.1);
    expect(JSON.stringify(at(cluster.read(OPEN_ROUTES.istio), "metadata", "managedFields"))).toContain("kubectl-edit");
  });

  test("GitOps reverts: what changes is put back after three seconds by Argo CD, whose marks go with it", async () => {
    const { cluster, pass, share, active } = open();
    active.add("gitops-revert");
    await pass(1);
    const tracking = ["metadata", "annotations", "argocd.argoproj.io/tracking-id"];
    expect(textAt(cluster.read(OPEN_ROUTES.istio), ...tracking)).toContain("VirtualService:finance/payments");
    expect(cluster.list(KINDS.application, "argocd")).toHaveLength(2);
    const moved = withMember(cluster.read(OPEN_ROUTES.istio), ["spec", "http", 0, "route", 1, "weight"], 90);
    cluster.replace(OPEN_ROUTES.istio, moved, { manager: "meshscope" });
    await pass(2);
    expect(share("payments")).toBeCloseTo(0.5);
    await pass(3);
    expect(share("payments")).toBeCloseTo(0.1);
    const managers = listOf(at(cluster.read(OPEN_ROUTES.istio), "metadata", "managedFields")).map((one) =>
      textAt(one, "manager"),
    );
    expect(managers).toContain("argocd-application-controller");
    expect(managers).not.toContain("meshscope");
    active.clear();
    await pass(1);
    expect(at(cluster.read(OPEN_ROUTES.istio), ...tracking)).toBeUndefined();
    expect(cluster.list(KINDS.application, "argocd")).toEqual([]);
  });

  test.each([
    ["control-plane-down", ["istio", "linkerd", "consul", "appMesh"]],
    ["istio-api-down", ["istio"]],
    ["linkerd-api-down", ["linkerd"]],
    ["consul-api-down", ["consul"]],
    ["app-mesh-api-down", ["appMesh"]],
  ] as const)("%s: %j take no connection, and answer again after it", async (name, down) => {
    const { control, pass, active } = open();
    const urls = await control.listen();
    const silent = async (): Promise<readonly string[]> => {
      const tries = Object.entries(urls).map(async ([plane, url]) => {
        const answered = await fetch(url).then(
          (answer) => answer.arrayBuffer().then(() => true),
          () => false,
        );
        return answered ? [] : [plane];
      });
      return (await Promise.all(tries)).flat();
    };
    expect(await silent()).toEqual([]);
    active.add(name);
    await pass(1);
    await expect.poll(silent).toEqual(down);
    active.clear();
    await pass(1);
    await expect.poll(silent).toEqual([]);
    await control.close();
  });

  test("are reset to what they were at the start: routes, owners' releases, and gates that are still asked", async () => {
    const { control, cluster, pass, merge, share, asked, yes } = open();
    const { consul, appMesh } = control.stores;
    control.setHooks({ "confirm-traffic-increase": "http://gate" });
    yes.add("http://gate");
    merge(ROLLOUT, ["status", "pauseConditions"], undefined);
    for (const key of [OPEN_ROUTES.istio, OPEN_ROUTES.linkerd]) {
      const list = key === OPEN_ROUTES.istio ? ["spec", "http", 0, "route"] : ["spec", "rules", 0, "backendRefs"];
      cluster.replace(key, withMember(cluster.read(key), [...list, 0, "weight"], 10), { manager: "me" });
    }
    const splitter = consul.read("service-splitter", "rates");
    consul.put(withMember(withMember(splitter, ["Splits", 0, "Weight"], 40), ["Splits", 1, "Weight"], 60), null);
    const spec = objectOf(appMesh.route("offers", "offers")?.["spec"]);
    const targets = ["httpRoute", "action", "weightedTargets", 0, "weight"];
    appMesh.update("offers", "offers", withMember(spec, targets, 5), "");
    await pass(12);
    expect(share("suggest")).toBeCloseTo(0.5);
    expect(share("notices")).toBeCloseTo(0.4);
    for (const service of OPEN_SERVICES) expect(share(service), service).toBeGreaterThan(0.3);
    yes.clear();
    control.reset();
    for (const service of OPEN_SERVICES) expect(share(service), service).toBeCloseTo(0.1);
    for (const service of ["suggest", "notices"]) expect(share(service), service).toBeCloseTo(0.2);
    const before = asked.length;
    await pass(24);
    expect(asked.length).toBeGreaterThan(before);
    for (const service of ["suggest", "notices"]) expect(share(service), service).toBeCloseTo(0.2);
    expect(statusOf(cluster.read(ROLLOUT))["phase"]).toBe("Paused");
  });
});
