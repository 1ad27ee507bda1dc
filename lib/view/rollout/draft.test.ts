/** Releases as the form holds them: what is missing, the body that the API takes, and its YAML. */
import { describe, expect, test } from "vitest";
import { JUDGE_MODES } from "../../query/schema/judge-policy.ts";
import { definitionYaml } from "./definition-yaml.ts";
import { comparedShares, type DraftRoute, draftBody, EMPTY_DRAFT, withRoute, withService } from "./draft.ts";
import { type DraftPolicy, EMPTY_POLICY, withMode } from "./draft-policy.ts";
import { type DraftStep, newStep, STEP_KINDS, type StepKind, stepOf } from "./draft-steps.ts";

const ROUTE: DraftRoute = {
  ...{ key: 0, driver: "consul", hasStreams: false, cluster: "dc1", namespace: "default", object: "" },
  ...{ rule: "web", stable: "web/v1", canary: "web/v2" },
};
const WHOLE = withService(
  {
    ...EMPTY_DRAFT,
    routes: [ROUTE],
    ...{ revertMin: "60", backShares: "50, 10" },
  },
  "web",
);

describe("a draft", () => {
  test("names what is missing", () => {
    const made = draftBody({ ...EMPTY_DRAFT, steps: [newStep(0, "weight", "ten")] });
    expect(made.ok).toBe(false);
    if (!made.ok) expect(made.missing).toEqual(expect.arrayContaining(["the service", "a number in step 1"]));
  });

  test("becomes the body of a start, and YAML", () => {
    const made = draftBody(WHOLE);
    if (!made.ok) throw new Error(made.missing.join(", "));
    expect(made.body).toMatchObject({
      ...{ id: "web-release", name: "web release", revertAfterSec: 3600, rollback: { shares: [0.5, 0.1] } },
      steps: [
        { pause: "manual" },
        { weight: 0.1 },
        { analysis: { leastSec: 600 } },
        { weight: 0.5 },
        {},
        { weight: 1 },
      ],
    });
    expect(definitionYaml(made.written).split("\n")).toEqual([
      "id: web-release",
      "name: web release",
      "service: web",
      "routes:",
      "  - {id: main, driver: consul, cluster: dc1, namespace: default, object: web, rule: web, stable: web/v1, canary: web/v2}",
      "steps:",
      "  - {pause: manual}",
      "  - {weight: 0.1}",
      "  - {analysis: {leastSec: 600}}",
      "  - {weight: 0.5}",
      "  - {analysis: {leastSec: 600}}",
      "  - {weight: 1}",
      "rollback: {shares: [0.5, 0.1], holdSec: 30}",
      "revertAfterSec: 3600",
      "judge: advisory",
      "",
    ]);
    expect(comparedShares(WHOLE)).toEqual([0.1, 0.5]);
  });

  test("of several routes is in lockstep, each named by its control plane where that tells them apart", () => {
    const two = withRoute(WHOLE);
    expect(draftBody(two)).toMatchObject({ missing: ["the control plane of route 2"] });
    const on = (...clusters: readonly string[]) => {
      const routes = two.routes.map((route, i) => ({ ...route, cluster: clusters[i] ?? "" }));
      const made = draftBody({ ...two, routes });
      return made.ok ? made.body.routes.map(({ id, object }) => `${id} ${object}`) : made.missing;
    };
    expect(on("east", "west")).toEqual(["east web", "west web"]);
    expect(on("east", "east")).toEqual(["east-1 web", "east-2 web"]);
  });

  test("begins after others, and stops on its way back as long as it is told", () => {
    const made = draftBody({ ...WHOLE, after: "ratings-v2, cart-v3", backHoldSec: "60" });
    if (!made.ok) throw new Error(made.missing.join(", "));
    expect(made.body).toMatchObject({ after: ["ratings-v2", "cart-v3"], rollback: { holdSec: 60 } });
  });
});

describe("steps of a draft", () => {
  const rule = (way: "exact" | "prefix" | "regex" | "cookie", name: string, value: string) => ({ way, name, value });
  const made = (kind: StepKind, more: Partial<DraftStep> = {}) => {
    const step = stepOf({ ...newStep(0, kind), ...more });
    return step.ok ? step.step : step.missing;
  };

  test("are what the guide writes", () => {
    expect(made("match", { rule: rule("exact", "x-tester", "yes") })).toEqual({
      match: { header: "x-tester", exact: "yes" },
    });
    expect(made("match", { rule: rule("cookie", "beta", "1") })).toEqual({ match: { cookie: "beta", value: "1" } });
    expect(made("endMatch")).toEqual({ match: "end" });
    expect(made("mirror", { value: "20", isConfirmed: true })).toEqual({ mirror: { share: 0.2, confirmWrites: true } });
    expect(made("mirror")).toEqual({ mirror: { share: 1 } });
    expect(made("endMirror")).toEqual({ mirror: "end" });
    expect(made("check")).toEqual({ check: { ready: "asStable" } });
    expect(made("check", { value: "3" })).toEqual({ check: { ready: 3 } });
    expect(made("blueGreen", { value: "15", rule: rule("exact", "x-preview", "green") })).toEqual({
      blueGreen: { preview: { header: "x-preview", exact: "green" }, holdSec: 900 },
    });
    expect(made("blueGreen")).toEqual({ blueGreen: {} });
  });

  test("of every kind are taken by the API", () => {
    for (const kind of STEP_KINDS) {
      const step = { ...newStep(0, kind, "5"), rule: rule("prefix", "x-tester", "team-") };
      const body = draftBody({ ...WHOLE, steps: [step] });
      expect(body.ok ? [] : body.missing, kind).toEqual([]);
    }
  });

  test("say what they lack", () => {
    expect(made("match", { rule: rule("exact", "x-tester", "") })).toBe("name and value of the rule");
    expect(made("blueGreen", { rule: rule("exact", "", "green") })).toBe("name and value of the rule");
    expect(made("mirror", { value: "some" })).toBe("a number");
    expect(made("pause")).toBe("a number");
  });
});

describe("the judge of a draft", () => {
  const judged = (policy: Partial<DraftPolicy>) => {
    const made = draftBody({ ...WHOLE, policy: { ...EMPTY_POLICY, ...policy } });
    return made.ok ? made.written["policy"] : made.missing;
  };

  test("is not written where nothing is said of it", () => {
    expect(judged({})).toBeUndefined();
  });

  test("guards an objective, which needs the requests of its period", () => {
    expect(judged({ objective: "99.9" })).toEqual(["the requests in the objective's period"]);
    expect(judged({ objective: "99.9", periodRequests: "1e8", failPercent: "0.5", leastMin: "10" })).toEqual({
      ...{ mode: "sequential", failRisk: 0.005, leastSec: 600 },
      guard: { objective: 0.999, periodRequests: 1e8 },
    });
  });

  test("may be another tool's, from an example that is one", () => {
    for (const mode of JUDGE_MODES) expect(judged(withMode(EMPTY_POLICY, mode)), mode).not.toBeInstanceOf(Array);
    expect(judged({ mode: "argo", json: "{" })).toEqual([expect.stringContaining("the judge's policy: It is no JSON")]);
  });
});

describe("YAML", () => {
  test("quotes what YAML would take for something else", () => {
    const odd = { a: "yes", b: "1", c: "x: y", d: "", e: [["on", "- z"]], f: "null", g: "#", h: "web/v1", i: {} };
    expect(definitionYaml(odd)).toBe(
      'a: "yes"\nb: "1"\nc: "x: y"\nd: ""\ne:\n  - ["on", "- z"]\nf: "null"\ng: "#"\nh: web/v1\ni: {}\n',
    );
  });
});
