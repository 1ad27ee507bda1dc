/**
 * AWS App Mesh routes through the AWS API (a service at its end: kept for meshes and emulators that still answer). In:
 * routes to read, plans to send; out: states and outcomes. The API has no compare-and-set: the version is read before and
 * after a write, writes of this process to one route wait for each other, and a foreign write in between is told as a
 * conflict and never repaired. Readiness behind a virtual node is not the API's to say.
 */
import { err, ok, type Result } from "../../lib/base/result.ts";
import { detectOwners, NO_CLAIMANTS, type Ownership } from "../../lib/control/owners/detect.ts";
import { isUndisturbed, readRoute, weightsFault } from "../../lib/control/traffic/app-mesh.ts";
import type { ApplyResult, NativeRequest, Plan, TargetRef, TrafficState } from "../../lib/control/traffic/contract.ts";
import { at, holds, type Json, objectOf, textOf } from "../../lib/control/traffic/document.ts";
import { absentState } from "../../lib/control/traffic/rules.ts";
import { AppMeshCalls, type AppMeshOptions, type RouteName } from "./app-mesh-client.ts";
import type { AwsFailure } from "./app-mesh-failures.ts";
import { shellWord } from "./shell-word.ts";
import type { BackendFacts, ReadFailure, TrafficApi } from "./traffic-api.ts";

const READ_CODES = {
  notFound: "not_found",
  forbidden: "forbidden",
  conflict: "unavailable",
  invalid: "unreadable",
  unavailable: "unavailable",
} as const;

function readFailure({ kind, message }: AwsFailure): ReadFailure {
  return { code: READ_CODES[kind], message };
}

function nameOf({ namespace, name }: TargetRef): RouteName {
  const [virtualRouterName = "", routeName = ""] = name.split("/");
  return { meshName: namespace, virtualRouterName, routeName };
}

/** `web-v1` of `web-v1:8080`. */
function nodeOf(backend: string): string {
  return backend.split(":")[0] ?? backend;
}

type Operation = Extract<NativeRequest, { readonly api: "appMesh" }>["operation"];

const COMMANDS = { UpdateRoute: "update-route", CreateRoute: "create-route", DeleteRoute: "delete-route" } as const;

interface Sent {
  readonly intentId: string;
  /** Of the route that it was sent to. */
  readonly revision: string;
}

export class AppMeshTraffic implements TrafficApi {
  private readonly options: AppMeshOptions;
  private readonly calls: AppMeshCalls;
  /** The last write of each route: the next one waits for it. */
  private readonly writing = new Map<string, Promise<unknown>>();
  /** What was sent last to each route: the API gives a token back to nobody. */
  private readonly sent = new Map<string, Sent>();

  constructor(options: AppMeshOptions) {
    this.options = options;
    this.calls = new AppMeshCalls(options);
  }

  private async meshNames(): Promise<Result<readonly string[], ReadFailure>> {
    if (this.options.mesh !== undefined) return ok([this.options.mesh]);
    const meshes = await this.calls.meshes();
    return meshes.ok ? ok(namesOf(meshes.value, "meshName")) : err(readFailure(meshes.error));
  }

  async list(): Promise<Result<readonly TargetRef[], ReadFailure>> {
    const meshes = await this.meshNames();
    if (!meshes.ok) return meshes;
    const found: TargetRef[] = [];
    for (const mesh of meshes.value) {
      const routers = await this.calls.virtualRouters(mesh);
      if (!routers.ok) return err(readFailure(routers.error));
      for (const router of namesOf(routers.value, "virtualRouterName")) {
        const routes = await this.calls.routes(mesh, router);
        if (!routes.ok) return err(readFailure(routes.error));
        const names = namesOf(routes.value, "routeName").map((route) => `${router}/${route}`);
        found.push(
          ...names.map((name) => ({ driver: "appMesh", cluster: this.options.name, namespace: mesh, name }) as const),
        );
      }
    }
    return ok(found);
  }

  async read(target: TargetRef): Promise<Result<TrafficState, ReadFailure>> {
    const answer = await this.calls.route(nameOf(target));
    if (!answer.ok) return err(readFailure(answer.error));
    return stateOf(target, answer.value);
  }

  async owners(state: TrafficState): Promise<Result<Ownership, ReadFailure>> {
    return ok(detectOwners(state.raw, "Route", NO_CLAIMANTS));
  }

  async backends(state: TrafficState, routeKey: string): Promise<Result<readonly BackendFacts[], ReadFailure>> {
    const facts: BackendFacts[] = [];
    for (const { id } of state.routes.find(({ key }) => key === routeKey)?.backends ?? []) {
      const node = await this.calls.virtualNode(state.target.namespace, nodeOf(id));
      if (!node.ok && node.error.kind !== "notFound") return err(readFailure(node.error));
      const status = node.ok ? textOf(at(node.value, "status", "status")) : "DELETED";
      const exists = status !== "DELETED" && status !== "INACTIVE";
      facts.push({ id, exists, readyEndpoints: exists ? null : 0, pods: [] });
    }
    return ok(facts);
  }

  /** The API has none. */
  async dryRun(): Promise<undefined> {
    return undefined;
  }

  async apply(plan: Plan, intentId: string): Promise<ApplyResult> {
    const key = keyOf(plan.target);
    const before = this.writing.get(key);
    const mine = (async () => {
      await before?.catch(() => undefined);
      return this.write(plan, intentId);
    })();
    this.writing.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.writing.get(key) === mine) this.writing.delete(key);
    }
  }

  private async write(plan: Plan, intentId: string): Promise<ApplyResult> {
    const { request, target, revision } = plan;
    if (request.api !== "appMesh") return { kind: "invalid", message: `a plan for ${request.api} came to App Mesh` };
    const spec = request.operation === "DeleteRoute" ? null : (request.input["spec"] ?? null);
    const fault = spec === null ? undefined : weightsFault(spec);
    if (fault !== undefined) return { kind: "invalid", message: fault };
    const key = keyOf(target);
    const before = await this.now(target);
    if (!before.ok) return notWritten(before.error);
    if (before.value.revision !== revision) {
      const last = this.sent.get(key);
      const isOurs = last?.intentId === intentId && last.revision === revision && isNext(revision, before.value, spec);
      return { kind: isOurs ? "noop" : "conflict", current: before.value };
    }
    this.sent.set(key, { intentId, revision });
    const answer = await this.send(request.operation, target, intentId, spec);
    if (!answer.ok) return this.refused(answer.error, target, intentId);
    const after = await this.now(target);
    // What was written is not known: the next look says.
    if (!after.ok) return { kind: "unknown", intentId };
    if (isNext(revision, after.value, spec)) return { kind: "applied", after: after.value };
    return { kind: "conflict", current: after.value };
  }

  private send(operation: Operation, target: TargetRef, intentId: string, spec: Json) {
    const name = nameOf(target);
    if (operation === "DeleteRoute") return this.calls.deleteRoute(name);
    if (operation === "CreateRoute") return this.calls.createRoute(name, intentId, spec);
    return this.calls.updateRoute(name, intentId, spec);
  }

  /** A route that is not there has revision 0. */
  private async now(target: TargetRef): Promise<Result<TrafficState, ReadFailure>> {
    const read = await this.read(target);
    return !read.ok && read.error.code === "not_found" ? ok(absentState(target)) : read;
  }

  private async refused(failure: AwsFailure, target: TargetRef, intentId: string): Promise<ApplyResult> {
    const { kind, message, maySucceed } = failure;
    if (maySucceed) return { kind: "unknown", intentId };
    if (kind !== "conflict") return { kind: kind === "notFound" ? "invalid" : kind, message };
    const now = await this.now(target);
    return now.ok ? { kind: "conflict", current: now.value } : { kind: "unknown", intentId };
  }

  breakGlass({ request, target }: Plan): string {
    if (request.api !== "appMesh") return "";
    const { meshName, virtualRouterName, routeName } = nameOf(target);
    const { region, endpoint, meshOwner, profile } = this.options;
    const given = [
      ["--profile", profile],
      ["--region", region],
      ["--endpoint-url", endpoint],
      ["--mesh-name", meshName],
      ["--mesh-owner", meshOwner],
      ["--virtual-router-name", virtualRouterName],
      ["--route-name", routeName],
      ["--spec", request.operation === "DeleteRoute" ? undefined : JSON.stringify(request.input["spec"] ?? {})],
    ] as const;
    const words = given.flatMap(([flag, value]) => (value === undefined ? [] : [`${flag} ${shellWord(value)}`]));
    return `aws appmesh ${COMMANDS[request.operation]} ${words.join(" ")}`;
  }

  async close(): Promise<void> {
    await this.calls.close();
  }
}

/** Of a route that is not there: a version is 1 at least. */
const ABSENT = "0";

function keyOf({ namespace, name }: TargetRef): string {
  return `${namespace}/${name}`;
}

/** Whether the route is what one write to `revision` makes of it, and nobody wrote besides; `spec` null: it is gone. */
function isNext(revision: string, state: TrafficState, spec: Json): boolean {
  if (spec === null) return state.revision === ABSENT;
  return isUndisturbed({ revision }, state) && holds(at(state.raw, "spec"), spec);
}

function namesOf(entries: readonly Json[], member: string): readonly string[] {
  return entries.flatMap((entry) => textOf(at(entry, member)) ?? []);
}

/** DescribeRoute's answer is the route itself. */
function stateOf(target: TargetRef, answer: Json): Result<TrafficState, ReadFailure> {
  const route = objectOf(answer);
  if (route === undefined || at(route, "metadata", "version") === undefined)
    return err({ code: "unreadable", message: `${target.name} was answered without a version` });
  return ok(readRoute(target, route));
}

function notWritten({ code, message }: ReadFailure): ApplyResult {
  if (code === "forbidden") return { kind: "forbidden", message };
  return { kind: code === "not_found" ? "invalid" : "unavailable", message };
}
