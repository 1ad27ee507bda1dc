/**
 * A release as the form holds it, every field as text, and as the API takes it. In: a draft; out: the body of a preview or a
 * start, or what is missing, by field. Shares are percents in the form and 0..1 in the body; times minutes and seconds. Pure.
 */
import { type DefinitionBody, type DriverKind, definitionSchema } from "../../query/schema/rollout-definition.ts";
import { type DraftPolicy, EMPTY_POLICY, policyOf } from "./draft-policy.ts";
import { type DraftStep, newStep, numberOf, type StepKind, shareOf, stepOf } from "./draft-steps.ts";

export const DRIVER_WORDS: Readonly<Record<DriverKind, string>> = {
  istio: "Istio VirtualService",
  httpRoute: "Gateway API HTTPRoute",
  grpcRoute: "Gateway API GRPCRoute",
  linkerdRoute: "Linkerd HTTPRoute",
  trafficSplit: "SMI TrafficSplit",
  consul: "Consul service-splitter",
  consulCrd: "Consul ServiceSplitter (Kubernetes)",
  appMesh: "App Mesh route (AWS API)",
  appMeshCrd: "App Mesh VirtualRouter (Kubernetes)",
};

const NAME_FIELDS = ["id", "name", "service"] as const;
type NameField = (typeof NAME_FIELDS)[number];
const ROUTE_FIELDS = ["cluster", "namespace", "object", "rule", "stable", "canary"] as const;
export type RouteField = (typeof ROUTE_FIELDS)[number];

export interface DraftRoute extends Readonly<Record<RouteField, string>> {
  readonly key: number;
  readonly driver: DriverKind;
  /** Long streams: an old share that stays is not called stalled. */
  readonly hasStreams: boolean;
}

export interface Draft extends Readonly<Record<NameField, string>> {
  /** In lockstep. */
  readonly routes: readonly DraftRoute[];
  readonly steps: readonly DraftStep[];
  readonly judge: "advisory" | "automatic";
  readonly policy: DraftPolicy;
  /** Minutes after which it goes back by itself; empty: never. */
  readonly revertMin: string;
  /** Percents that the way back stops at, with commas; empty: at once. */
  readonly backShares: string;
  /** Seconds at each of them; empty: 30. */
  readonly backHoldSec: string;
  /** Ids of rollouts that must be promoted before it, with commas. */
  readonly after: string;
}

const STEPS: readonly (readonly [kind: StepKind, value: string])[] = [
  ["gate", ""],
  ["weight", "10"],
  ["analysis", "10"],
  ["weight", "50"],
  ["analysis", "10"],
  ["weight", "100"],
];
const BACK_HOLD_SEC = 30;

const EMPTY_ROUTE: DraftRoute = {
  ...{ key: 0, driver: "istio", hasStreams: false },
  ...{ cluster: "", namespace: "", object: "", rule: "", stable: "", canary: "" },
};

export const EMPTY_DRAFT: Draft = {
  ...{ id: "", name: "", service: "" },
  routes: [EMPTY_ROUTE],
  steps: STEPS.map(([kind, value], key) => newStep(key, kind, value)),
  judge: "advisory",
  policy: EMPTY_POLICY,
  ...{ revertMin: "", backShares: "", backHoldSec: "", after: "" },
};

/** One more, as the last one but on another control plane. */
export function withRoute(draft: Draft): Draft {
  const key = Math.max(-1, ...draft.routes.map((route) => route.key)) + 1;
  return { ...draft, routes: [...draft.routes, { ...(draft.routes.at(-1) ?? EMPTY_ROUTE), key, cluster: "" }] };
}

export type DraftBody =
  | { readonly ok: true; readonly body: DefinitionBody; readonly written: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly missing: readonly string[] };

const FIELD_WORDS: Readonly<Record<NameField | RouteField, string>> = {
  id: "an id",
  name: "a name",
  service: "the service",
  cluster: "the control plane",
  namespace: "the namespace",
  object: "the object",
  rule: "the rule",
  stable: "the old version",
  canary: "the new version",
};

const words = (text: string): readonly string[] => text.split(/[;,\s]+/).filter((word) => word !== "");

function problemsOf({ routes, steps, ...draft }: Draft): readonly string[] {
  const isMissing = (text: string): boolean => text.trim() === "";
  const several = routes.length > 1;
  const ofRoutes = routes.flatMap((route, i) =>
    ROUTE_FIELDS.filter((field) => isMissing(route[field])).map(
      (field) => `${FIELD_WORDS[field]}${several ? ` of route ${i + 1}` : ""}`,
    ),
  );
  const made = steps.map(stepOf);
  const ofSteps = made.flatMap((step, i) => (step.ok ? [] : [`${step.missing} in step ${i + 1}`]));
  const policy = policyOf(draft.policy);
  const isNoNumber = (text: string): boolean => !isMissing(text) && numberOf(text) === null;
  return [
    ...NAME_FIELDS.filter((field) => isMissing(draft[field])).map((field) => FIELD_WORDS[field]),
    ...ofRoutes,
    ...(routes.length === 0 ? ["a route"] : []),
    ...ofSteps,
    ...(steps.length === 0 ? ["a step"] : []),
    ...(policy.ok ? [] : [policy.missing]),
    ...(backSharesOf(draft).some((share) => share === null) ? ["percents of the way back"] : []),
    ...(isNoNumber(draft.backHoldSec) ? ["seconds at each stop of the way back"] : []),
    ...(isNoNumber(draft.revertMin) ? ["minutes of the automatic way back"] : []),
  ];
}

/** Apart by spaces, semicolons, or commas with a space: "12,5" is a number. */
function backSharesOf({ backShares }: Pick<Draft, "backShares">): readonly (number | null)[] {
  return backShares.trim() === ""
    ? []
    : backShares
        .trim()
        .split(/[;\s]+|,\s+/)
        .map(numberOf);
}

/** By control plane where that tells them apart. */
function idsOf(routes: readonly DraftRoute[]): readonly string[] {
  if (routes.length === 1) return ["main"];
  const clusters = routes.map(({ cluster }) => cluster.trim());
  return clusters.map((cluster, i) =>
    clusters.filter((one) => one === cluster).length === 1 ? cluster : `${cluster}-${i + 1}`,
  );
}

function writtenOf(draft: Draft): Readonly<Record<string, unknown>> {
  const ids = idsOf(draft.routes);
  const policy = policyOf(draft.policy);
  const backShares = backSharesOf(draft).map((share) => shareOf(share ?? 0));
  const revert = numberOf(draft.revertMin);
  const after = words(draft.after);
  return {
    ...{ id: draft.id.trim(), name: draft.name.trim(), service: draft.service.trim() },
    routes: draft.routes.map((route, i) => ({
      ...{ id: ids[i], driver: route.driver, cluster: route.cluster.trim(), namespace: route.namespace.trim() },
      ...{ object: route.object.trim(), rule: route.rule.trim() },
      ...{ stable: route.stable.trim(), canary: route.canary.trim() },
      ...(route.hasStreams ? { streams: true } : {}),
    })),
    steps: draft.steps.map(stepOf).flatMap((made) => (made.ok ? [made.step] : [])),
    ...(backShares.length === 0
      ? {}
      : { rollback: { shares: backShares, holdSec: numberOf(draft.backHoldSec) ?? BACK_HOLD_SEC } }),
    ...(revert === null ? {} : { revertAfterSec: revert * 60 }),
    judge: draft.judge,
    ...(policy.ok && policy.policy !== undefined ? { policy: policy.policy } : {}),
    ...(after.length === 0 ? {} : { after }),
  };
}

/** The whole definition, or what it lacks in words. */
export function draftBody(draft: Draft): DraftBody {
  const problems = problemsOf(draft);
  if (problems.length > 0) return { ok: false, missing: problems };
  const written = writtenOf(draft);
  const parsed = definitionSchema.safeParse(written);
  if (parsed.success) return { ok: true, body: parsed.data, written };
  return { ok: false, missing: parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) };
}

/** Shares of its steps between none and all: those at which the judge compares. */
export function comparedShares(draft: Draft): readonly number[] {
  const shares = draft.steps.flatMap(({ kind, value }) => {
    const number = kind === "weight" ? numberOf(value) : null;
    return number !== null && number > 0 && number < 100 ? [shareOf(number)] : [];
  });
  return [...new Set(shares)];
}

/** What follows from a service's name while nothing else was written: an id and a name. */
export function withService(draft: Draft, service: string): Draft {
  const slug = (text: string): string =>
    text
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-+|-+$/g, "");
  const isMine = draft.id === "" || draft.id === `${slug(draft.service)}-release`;
  return {
    ...draft,
    service,
    id: isMine && slug(service) !== "" ? `${slug(service)}-release` : isMine ? "" : draft.id,
    name:
      draft.name === "" || draft.name === `${draft.service} release`
        ? service === ""
          ? ""
          : `${service} release`
        : draft.name,
    routes: draft.routes.map((route) =>
      route.object === "" || route.object === draft.service ? { ...route, object: service } : route,
    ),
  };
}
