/**
 * A release as the form holds it, every field as text, and as the API takes it. In: a draft; out: the body of a preview or a
 * start, or what is missing, by field. Shares are percents in the form and 0..1 in the body; times minutes and seconds. Pure.
 */
import { type DefinitionBody, type DriverKind, definitionSchema } from "../../query/schema/rollout-definition.ts";

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

export const STEP_KINDS = ["weight", "pause", "gate", "analysis", "check", "mirror"] as const;
export type StepKind = (typeof STEP_KINDS)[number];

export const STEP_WORDS: Readonly<Record<StepKind, { readonly name: string; readonly unit: string }>> = {
  weight: { name: "share of traffic", unit: "%" },
  pause: { name: "pause", unit: "min" },
  gate: { name: "wait for a person", unit: "" },
  analysis: { name: "analysis of at least", unit: "min" },
  check: { name: "as many ready as the old version", unit: "" },
  mirror: { name: "mirror requests", unit: "%" },
};

export interface DraftStep {
  readonly key: number;
  readonly kind: StepKind;
  readonly value: string;
}

export const TEXT_FIELDS = [
  "id",
  "name",
  "service",
  "cluster",
  "namespace",
  "object",
  "rule",
  "stable",
  "canary",
] as const;
export type TextField = (typeof TEXT_FIELDS)[number];

export interface Draft extends Readonly<Record<TextField, string>> {
  readonly driver: DriverKind;
  readonly steps: readonly DraftStep[];
  readonly judge: "advisory" | "automatic";
  /** Minutes after which it goes back by itself; empty: never. */
  readonly revertMin: string;
  /** Percents that the way back stops at, with commas; empty: at once. */
  readonly backShares: string;
}

const STEPS: readonly Omit<DraftStep, "key">[] = [
  { kind: "gate", value: "" },
  { kind: "weight", value: "10" },
  { kind: "analysis", value: "10" },
  { kind: "weight", value: "50" },
  { kind: "analysis", value: "10" },
  { kind: "weight", value: "100" },
];

export const EMPTY_DRAFT: Draft = {
  ...{ id: "", name: "", service: "", cluster: "", namespace: "", object: "", rule: "", stable: "", canary: "" },
  driver: "istio",
  steps: STEPS.map((step, key) => ({ ...step, key })),
  judge: "advisory",
  revertMin: "",
  backShares: "",
};

function numberOf(text: string): number | null {
  const value = Number(text.trim().replace(",", "."));
  return text.trim() === "" || !Number.isFinite(value) ? null : value;
}

/** To a hundredth of a percent, which is what is written. */
const shareOf = (percent: number): number => Math.round(percent * 100) / 10_000;

function stepOf({ kind, value }: DraftStep): object | null {
  if (kind === "gate") return { pause: "manual" };
  if (kind === "check") return { check: { ready: "asStable" } };
  const number = numberOf(value);
  if (number === null) return null;
  switch (kind) {
    case "weight":
      return { weight: shareOf(number) };
    case "pause":
      return { pause: number * 60 };
    case "analysis":
      return { analysis: { leastSec: number * 60 } };
    case "mirror":
      return { mirror: { share: shareOf(number) } };
  }
}

export type DraftBody =
  | { readonly ok: true; readonly body: DefinitionBody; readonly written: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly missing: readonly string[] };

const FIELD_WORDS: Readonly<Record<TextField, string>> = {
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

/** The whole definition, or what it lacks in words. */
export function draftBody(draft: Draft): DraftBody {
  const lacking = TEXT_FIELDS.filter((field) => draft[field].trim() === "").map((field) => FIELD_WORDS[field]);
  const steps = draft.steps.map(stepOf);
  const wrong = steps.flatMap((step, i) => (step === null ? [`a number in step ${i + 1}`] : []));
  const backShares = draft.backShares.trim() === "" ? [] : draft.backShares.split(/[;\s]+|,\s*/).map(numberOf);
  const revert = draft.revertMin.trim() === "" ? null : numberOf(draft.revertMin);
  const problems = [
    ...lacking,
    ...wrong,
    ...(draft.steps.length === 0 ? ["a step"] : []),
    ...(backShares.some((share) => share === null) ? ["percents of the way back"] : []),
    ...(draft.revertMin.trim() !== "" && revert === null ? ["minutes of the automatic way back"] : []),
  ];
  if (problems.length > 0) return { ok: false, missing: problems };
  const field = (name: TextField): string => draft[name].trim();
  const written = {
    ...{ id: field("id"), name: field("name"), service: field("service") },
    routes: [
      {
        ...{ id: "main", driver: draft.driver, cluster: field("cluster"), namespace: field("namespace") },
        ...{ object: field("object"), rule: field("rule"), stable: field("stable"), canary: field("canary") },
      },
    ],
    steps,
    ...(backShares.length === 0
      ? {}
      : { rollback: { shares: backShares.map((share) => shareOf(share ?? 0)), holdSec: 30 } }),
    ...(revert === null ? {} : { revertAfterSec: revert * 60 }),
    judge: draft.judge,
  };
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
    object: draft.object === "" || draft.object === draft.service ? service : draft.object,
  };
}
