/**
 * What is looked at before a rollout starts: that its routes are there, that nobody else writes them, and what each of its
 * steps would write. In: a definition and the control planes; out: why it cannot start, or its routes as they are. A preview
 * makes the same looks and says all that it finds instead of the first.
 */
import { err, ok, type Result } from "../../lib/base/result.ts";
import type { Ownership } from "../../lib/control/owners/detect.ts";
import { detectSnippet } from "../../lib/control/owners/snippets.ts";
import { stepText } from "../../lib/control/present/own-rollout.ts";
import type { Definition, RouteRef, Step } from "../../lib/control/rollout/definition.ts";
import { canaryBp, plansTo, type RouteDocuments } from "../../lib/control/rollout/planned.ts";
import {
  type Finding,
  mirrorFindings,
  preflightOf,
  type ReadyFacts,
  readyFindings,
  routeFindings,
} from "../../lib/control/rollout/preflight.ts";
import { begin } from "../../lib/control/rollout/state.ts";
import { type Wanted, wantedOf } from "../../lib/control/rollout/wanted.ts";
import type { Plan } from "../../lib/control/traffic/contract.ts";
import { WHOLE_BP } from "../../lib/control/traffic/weights.ts";
import type { FindingAnswer, RolloutPreviewAnswer } from "../../lib/query/schema/rollout-preview.ts";
import { type ControlPlanes, planeOf } from "../actuators/control-planes.ts";
import { previewTexts } from "./preview-texts.ts";
import type { ActRefusal } from "./rollout-source.ts";
import { rulesBeside } from "./rollout-world.ts";
import { forbiddenText, type Surroundings, surroundingsOf } from "./route-surroundings.ts";

/** Of requests that are shown and never sent. */
const NO_INTENT = "00000000-0000-8000-8000-000000000000";

export interface SeenRoute {
  readonly documents: RouteDocuments;
  readonly ownership: Ownership;
  readonly facts: readonly ReadyFacts[];
  readonly surroundings: Surroundings;
}

/** Errors: `not_configured`, those of the read, `unavailable` where nobody says who owns it. */
export async function seeRoute(route: RouteRef, planes: ControlPlanes): Promise<Result<SeenRoute, ActRefusal>> {
  const plane = planeOf(planes, route.target);
  const where = `${route.target.cluster}/${route.target.namespace}/${route.target.name}`;
  const refuse = (code: string, message: string): Result<never, ActRefusal> =>
    err({ kind: code === "unavailable" ? "unavailable" : "refused", code, message });
  if (plane === undefined) return refuse("not_configured", `${route.target.cluster} is not among the control planes`);
  const read = await plane.traffic.read(route.target);
  if (!read.ok) return refuse(read.error.code, `${where}: ${read.error.message}`);
  const documents = await rulesBeside(plane.traffic, read.value);
  const owners = await plane.traffic.owners(read.value);
  // A route whose owner cannot be asked about is nobody's to write.
  if (!owners.ok) return refuse(owners.error.code, `${where}: who owns it cannot be asked: ${owners.error.message}`);
  const facts = await plane.traffic.backends(read.value, route.routeKey);
  return ok({
    documents: documents.ok ? documents.value : { split: read.value, rules: read.value },
    ownership: owners.value,
    facts: facts.ok ? facts.value : [],
    surroundings: await surroundingsOf(plane.traffic, read.value, route.routeKey),
  });
}

/** Why nobody but its owner may write a route. */
function ownedBy({ ownership, documents }: SeenRoute): Finding | undefined {
  const writer = ownership.writers[0];
  if (writer === undefined) return undefined;
  const { cluster, namespace, name } = documents.split.target;
  const message = `${cluster}/${namespace}/${name} is written by ${writer.kind} ${writer.ref ?? ""}: speak to it instead (${writer.evidence.join("; ")})`;
  return { code: "owned", severity: "refuses", message };
}

/** What stands beside the route, and that our account may not write it. */
function surroundingFindings({ surroundings, documents }: SeenRoute): readonly Finding[] {
  const warned = surroundings.warnings.map((warning): Finding => ({ ...warning, severity: "warns" }));
  if (surroundings.mayWrite !== false) return warned;
  return [{ code: "forbidden", severity: "refuses", message: forbiddenText(documents.split) }, ...warned];
}

interface StepPlans {
  readonly plans: readonly Plan[];
  readonly findings: readonly Finding[];
}

/** Of now, and perhaps not of the step's time: looked at again before the write that it is about. */
const PASSING: ReadonlySet<string> = new Set(["no_ready_endpoint", "same_pods", "same_version"]);

function atStart(finding: Finding): Finding {
  if (finding.severity === "warns" || !PASSING.has(finding.code)) return finding;
  const message = `${finding.message}: as long as that is so, no step that sends it traffic is written`;
  return { ...finding, severity: "warns", message };
}

/** All that is to be said of one route before a start: what refuses here is what a start is refused for, and nothing else. */
export function checkRoute(definition: Definition, route: RouteRef, seen: SeenRoute, mesh: string) {
  const steps = planSteps(definition, route, seen, mesh);
  const owned = ownedBy(seen);
  const findings = [
    ...(owned === undefined ? [] : [owned]),
    ...surroundingFindings(seen),
    ...routeFindings(seen.documents.split, route),
    ...steps.flatMap((step) => step.findings).map(atStart),
  ];
  return { steps, findings };
}

/** What each step would write to one route, each from what the one before leaves there; the last entry takes rules away. */
function planSteps(definition: Definition, route: RouteRef, seen: SeenRoute, mesh: string): readonly StepPlans[] {
  const share = canaryBp(seen.documents.split, route) ?? 0;
  const sharesBp = Object.fromEntries(definition.routes.map(({ id }) => [id, share]));
  const state = begin({ type: "started", atMs: 0, definition, sharesBp });
  let documents = seen.documents;
  let present: Pick<Wanted, "match" | "mirrorBp"> = { match: null, mirrorBp: 0 };
  const ends: readonly (Step | undefined)[] = [...definition.steps, undefined];
  return ends.map((step, index): StepPlans => {
    const wanted = wantedOf({ ...state, step: index });
    const made = plansTo(documents, route, wanted, present, NO_INTENT);
    const mirror = step?.kind === "mirror" ? mirrorFindings(documents.split, route, step, mesh) : [];
    present = wanted;
    if (!made.ok) {
      const problem: Finding = { code: made.error.code, severity: "refuses", message: made.error.message };
      return { plans: [], findings: [problem, ...mirror] };
    }
    documents = made.value.after;
    const ready = made.value.plans.flatMap((plan) => preflightOf(seen.facts, route, plan, false));
    const whole = step?.kind === "weight" && step.canaryBp === WHOLE_BP ? readyFindings(seen.facts, route) : [];
    return { plans: made.value.plans, findings: [...mirror, ...ready, ...whole] };
  });
}

function unique(findings: readonly FindingAnswer[]): FindingAnswer[] {
  const seen = new Map(findings.map((finding) => [`${finding.code} ${finding.message}`, { ...finding }]));
  return [...seen.values()];
}

interface RoutePreview {
  readonly answer: RolloutPreviewAnswer["routes"][number];
  readonly steps: readonly StepPlans[];
}

async function previewRoute(route: RouteRef, definition: Definition, planes: ControlPlanes): Promise<RoutePreview> {
  const { cluster, namespace, name } = route.target;
  const mesh = planeOf(planes, route.target)?.mesh ?? null;
  const seen = await seeRoute(route, planes);
  const base = { id: route.id, object: `${namespace}/${name}`, mesh, cluster, namespace };
  if (!seen.ok) {
    const { code, message } = seen.error;
    const findings = [{ code, severity: "refuses" as const, message }];
    return {
      answer: { ...base, owner: null, reverters: [], share: null, findings, absent: { share: "unknown" } },
      steps: [],
    };
  }
  const { documents, ownership } = seen.value;
  const share = canaryBp(documents.split, route);
  const { steps, findings } = checkRoute(definition, route, seen.value, mesh ?? "");
  const [writer] = ownership.writers;
  return {
    steps,
    answer: {
      ...base,
      owner: writer === undefined ? null : { ...writer, evidence: [...writer.evidence] },
      reverters: ownership.reverters.map((reverter) => ({
        ...reverter,
        evidence: [...reverter.evidence],
        snippet: detectSnippet(reverter, route.target),
      })),
      share: share === null ? null : share / WHOLE_BP,
      findings: unique(findings),
      absent: share === null ? { share: "notApplicable" } : {},
    },
  };
}

/** `known`: what is wrong with the definition itself. */
export async function previewOf(
  definition: Definition,
  planes: ControlPlanes,
  known: readonly FindingAnswer[],
): Promise<RolloutPreviewAnswer> {
  const routes = await Promise.all(definition.routes.map((route) => previewRoute(route, definition, planes)));
  const steps = [...definition.steps, undefined].flatMap((step, index): RolloutPreviewAnswer["steps"] => {
    const writes = definition.routes.flatMap((ref, i) => {
      const plans = routes[i]?.steps[index]?.plans ?? [];
      return plans.length === 0 ? [] : [{ route: ref.id, ...previewTexts([{ ref, plans }], planes) }];
    });
    if (writes.length === 0) return [];
    const text = step === undefined ? "rules of this rollout are taken away" : stepText(step);
    return [{ index, kind: step?.kind ?? "other", text, writes }];
  });
  const findings = [...known, ...routes.flatMap(({ answer }) => answer.findings)];
  return {
    id: definition.id,
    name: definition.name,
    canStart: findings.every(({ severity }) => severity !== "refuses"),
    findings: [...known],
    routes: routes.map(({ answer }) => answer),
    steps,
  };
}
