/**
 * What a simulated App Mesh keeps: routes of virtual routers with versions, and the nodes they may send to. In: whole specs,
 * as UpdateRoute takes them; out: the route, or an exception by name. There is no compare-and-set: a client token only makes
 * a repetition harmless, and a conflict when it comes with another spec.
 */
import { err, ok, type Result } from "../../../lib/base/result.ts";
import { at, isSame, type Json, type JsonObject, listOf, numberAt, objectOf, textAt, withMember } from "./document.ts";

export interface AppMeshFault {
  readonly type: "BadRequestException" | "NotFoundException" | "ConflictException" | "ForbiddenException";
  readonly message: string;
}

export interface AppMeshOptions {
  readonly mesh: string;
  readonly now: () => number;
  readonly nodes: readonly string[];
}

const ACCOUNT = "123456789012";
const REGION = "eu-central-1";
const PROTOCOLS = ["httpRoute", "http2Route", "grpcRoute", "tcpRoute"] as const;
const MOST_TARGETS = 10;
const WHOLE = 100;

interface Resource {
  readonly mesh: string;
  /** `virtualRouter/offers/route/offers`. */
  readonly path: string;
  readonly nowMs: number;
}

export function metadataOf({ mesh, path, nowMs }: Resource, version: number): JsonObject {
  const seconds = nowMs / 1000;
  return {
    arn: `arn:aws:appmesh:${REGION}:${ACCOUNT}:mesh/${mesh}/${path}`,
    createdAt: seconds,
    lastUpdatedAt: seconds,
    meshOwner: ACCOUNT,
    resourceOwner: ACCOUNT,
    uid: `simulated-${path.replaceAll("/", "-")}`,
    version,
  };
}

function actionFault(spec: JsonObject, nodes: readonly string[]): string | undefined {
  const given = PROTOCOLS.filter((protocol) => spec[protocol] !== undefined);
  const [protocol] = given;
  if (protocol === undefined || given.length > 1)
    return "a route has exactly one of httpRoute, http2Route, grpcRoute, tcpRoute";
  const targets = listOf(at(spec, protocol, "action", "weightedTargets"));
  if (targets.length < 1 || targets.length > MOST_TARGETS) return "weightedTargets must have between 1 and 10 members";
  const weights = targets.map((target) => numberAt(target, "weight") ?? Number.NaN);
  const odd = weights.findIndex((weight) => !(Number.isInteger(weight) && weight >= 0 && weight <= WHOLE));
  if (odd >= 0) return `weightedTargets.${odd + 1}.weight must be a whole number between 0 and 100`;
  if (weights.reduce((sum, weight) => sum + weight, 0) > WHOLE)
    return "the total weight of targets must not be above 100";
  const unknown = targets.map((target) => textAt(target, "virtualNode")).find((node) => !nodes.includes(node));
  return unknown === undefined ? undefined : `virtual node ${unknown} does not exist`;
}

export class AppMeshStore {
  readonly mesh: string;
  readonly nodes: readonly string[];
  private readonly now: () => number;
  private readonly kept = new Map<string, JsonObject>();
  private readonly tokens = new Map<string, Json>();
  private changes = 0;

  constructor({ mesh, now, nodes }: AppMeshOptions) {
    this.mesh = mesh;
    this.now = now;
    this.nodes = nodes;
  }

  /** Grows with every change. */
  get revision(): number {
    return this.changes;
  }

  resource(path: string): Resource {
    return { mesh: this.mesh, path, nowMs: this.now() };
  }

  get routers(): readonly string[] {
    return [...new Set([...this.kept.keys()].map((key) => key.split("/")[0] ?? ""))];
  }

  routes(router: string): readonly JsonObject[] {
    return [...this.kept.values()].filter((route) => route["virtualRouterName"] === router);
  }

  route(router: string, name: string): JsonObject | undefined {
    return this.kept.get(`${router}/${name}`);
  }

  add(router: string, name: string, spec: JsonObject): JsonObject {
    const route = {
      meshName: this.mesh,
      virtualRouterName: router,
      routeName: name,
      spec,
      status: { status: "ACTIVE" },
      metadata: metadataOf(this.resource(`virtualRouter/${router}/route/${name}`), 1),
    };
    this.kept.set(`${router}/${name}`, route);
    this.changes++;
    return route;
  }

  update(router: string, name: string, spec: JsonObject, token: string): Result<JsonObject, AppMeshFault> {
    const route = this.route(router, name);
    if (route === undefined) {
      return err({ type: "NotFoundException", message: `route ${name} of virtual router ${router} not found` });
    }
    const asked = { router, name, spec };
    const before = token === "" ? undefined : this.tokens.get(token);
    if (before !== undefined) {
      const message = "The client token was used for a previous update with different specifications";
      return isSame(before, asked) ? ok(route) : err({ type: "ConflictException", message });
    }
    const fault = actionFault(spec, this.nodes);
    if (fault !== undefined) return err({ type: "BadRequestException", message: fault });
    if (token !== "") this.tokens.set(token, asked);
    const version = (numberAt(route, "metadata", "version") ?? 0) + 1;
    const metadata = { ...objectOf(route["metadata"]), version, lastUpdatedAt: this.now() / 1000 };
    const next = withMember({ ...route, spec }, ["metadata"], metadata);
    this.kept.set(`${router}/${name}`, next);
    this.changes++;
    return ok(next);
  }
}
