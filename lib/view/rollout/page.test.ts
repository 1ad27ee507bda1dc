/** What the rollout pages say: order of buttons, groups of the inbox, charts, filters of the audit. */
import { describe, expect, test } from "vitest";
import type { RolloutDetail } from "../../query/schema/rollouts.ts";
import { DEFAULT_VIEW_STATE } from "../url-state.ts";
import { actButtons, blockedGroups, mainAction, question } from "./act.ts";
import { actionWords, auditChanges, auditParameters } from "./audit-filter.ts";
import { askOf, evidenceRows, guardText } from "./evidence.ts";
import { inbox, inboxCounts } from "./inbox.ts";
import { latencyChart } from "./latency-chart.ts";
import { parsePolicy, policyExample, turns } from "./replay.ts";
import { shareChart } from "./share-chart.ts";

const NO_ARM = { requestsPerSec: [], errorRatio: [], p50Ms: [], p99Ms: [] };
const ROLLOUT: RolloutDetail = {
  ...{ id: "web", name: "web v2", mesh: "consul", cluster: "dc1", namespace: "default", service: "web" },
  owner: { kind: "meshscope", ref: null, evidence: [] },
  ...{ state: "waiting", revision: "web-1", step: { index: 0, count: 2, text: "wait for a person" } },
  ...{ desired: null, observed: null, shift: null, verdict: null, waitingFor: "promotion", waitingSinceMs: 0 },
  actions: ["promote", "pause", "rollback"],
  blocked: {
    resume: { code: "not_paused", message: "it is not paused" },
    skipStep: { code: "forbidden", message: "ann is no approver" },
  },
  absent: {},
  steps: [
    { kind: "pause", text: "wait for a person", state: "current" },
    { kind: "weight", text: "10 % to the canary", share: 0.1, state: "ahead" },
  ],
  ...{ routes: [], reverters: [], metrics: [], guards: [], withheld: [], previews: [], pods: [], history: [] },
  series: { timesMs: [], desired: [], observed: [], canary: NO_ARM, stable: NO_ARM },
  latency: null,
};
const BOX = { width: 100, height: 100 };

describe("buttons", () => {
  test("stand in the order of a calm day, each that cannot be pressed with its cause", () => {
    const buttons = actButtons(ROLLOUT);
    expect(buttons.map(({ text, cause }) => [text, cause])).toEqual([
      ["Promote: 10 % to the canary", null],
      ["Resume", "it is not paused"],
      ["Pause", null],
      ["Roll back", null],
      ["Skip step 1", "ann is no approver"],
    ]);
  });

  test("say a cause once, and none is the one to press while the control plane does not answer", () => {
    const cause = { code: "unavailable", message: "dc1 cannot be asked" };
    const silent = {
      ...ROLLOUT,
      ...{ seenMs: 1, actions: ["pause", "rollback"] as const, blocked: { promote: cause, promoteFull: cause } },
    };
    const down: RolloutDetail = { ...silent, actions: [...silent.actions] };
    expect(blockedGroups(down).map(({ cause: said, buttons }) => [said, buttons.map(({ text }) => text)])).toEqual([
      ["dc1 cannot be asked", ["Promote", "Promote fully"]],
    ]);
    expect(mainAction(ROLLOUT)).toBe("promote");
    expect(mainAction(down)).toBeUndefined();
    expect(question(down)).toContain("dc1 does not answer");
  });

  test("begin with the way back where the judge fails the new version, and the question says so", () => {
    const failed: RolloutDetail = { ...ROLLOUT, verdict: "fail" };
    expect(actButtons(failed)[0]?.action).toBe("rollback");
    expect(question(failed)).toContain("roll back?");
    expect(question(ROLLOUT)).toContain("until somebody promotes it");
  });

  test("are gone once it is over", () => {
    expect(actButtons({ ...ROLLOUT, state: "promoted", actions: [] })).toEqual([]);
  });
});

describe("the inbox", () => {
  const LIST = [
    ROLLOUT,
    { ...ROLLOUT, id: "b", name: "books", actions: [] },
    { ...ROLLOUT, id: "c", state: "promoted" as const },
  ];

  test("has what waits for the reader first, and counts behind each filter", () => {
    expect(inbox(LIST, 60_000).map(({ name, rows }) => [name, rows.length])).toEqual([
      ["mine", 1],
      ["others", 1],
      ["done", 1],
    ]);
    expect(inboxCounts(LIST)).toEqual({ all: 3, waiting: 2, running: 0, done: 1 });
    expect(inbox(LIST, 180_000)[0]?.rows[0]?.line).toBe("waits for a promotion, 3 min");
  });

  test("has what runs and does not get on among what waits, with what keeps it", () => {
    const running = { ...ROLLOUT, state: "running" as const, waitingFor: "counters", desired: 0.5 };
    const stuck = { ...running, id: "s", shift: "partial" as const };
    const groups = inbox([{ ...running, shift: "shifting" as const }, stuck], 0);
    expect(
      groups.map(({ name, rows }) => [name, rows.map(({ rollout, look, line }) => [rollout.id, look.mark, line])]),
    ).toEqual([
      ["mine", [["s", "◐", "50 %, partial: some callers did not follow"]]],
      ["running", [["web", "▸", "50 %, shifting"]]],
    ]);
    expect(inbox([{ ...stuck, actions: [] }], 0)[0]?.name).toBe("others");
  });

  test("is narrowed by state and by a part of a name", () => {
    expect(inbox(LIST, 0, { filter: "done" }).flatMap(({ rows }) => rows.map(({ rollout }) => rollout.id))).toEqual([
      "c",
    ]);
    expect(inbox(LIST, 0, { find: "BOOK" }).flatMap(({ rows }) => rows.map(({ rollout }) => rollout.id))).toEqual([
      "b",
    ]);
    expect(inbox(LIST, 0, { find: "nobody" })).toEqual([]);
  });
});

describe("pictures", () => {
  test("the share begins where something is known, steps with the wish, and leaves gaps", () => {
    const chart = shareChart(
      {
        timesMs: [0, 10, 20, 30, 40, 50],
        desired: [null, null, null, 0.1, 0.1, 0.5],
        observed: [null, null, null, 0.1, null, 0.4],
        callers: [{ caller: "cart", observed: [null, null, null, 0.1, 0.1, 0.4] }],
      },
      BOX,
    );
    expect(chart?.domain).toMatchObject({ startMs: 10, endMs: 50 });
    expect(chart?.marks.map(({ text }) => text)).toEqual(["10 % → 50 %"]);
    expect(chart?.observed.match(/M/g)).toHaveLength(2);
    expect(chart?.callers).toHaveLength(1);
    expect(
      shareChart({ timesMs: [0, 10], desired: [null, null], observed: [null, null], callers: [] }, BOX),
    ).toBeNull();
  });

  test("latency is cumulative, with a band where one is known, and says nothing of one bucket", () => {
    const counts = { boundsMs: [1, 10, 100, 1000], canary: [0, 5, 5, 0, 0], stable: [0, 10, 0, 0, 0] };
    const chart = latencyChart({ ...counts, band: { canary: 0.1, stable: 0.2 } }, BOX);
    expect(chart?.rows).toEqual([
      { name: "1 ms", canary: 0, stable: 0 },
      { name: "10 ms", canary: 0.5, stable: 1 },
      { name: "100 ms", canary: 1, stable: 1 },
    ]);
    expect(chart?.canaryBand).toMatch(/Z$/);
    expect(latencyChart(counts, BOX)?.canaryBand).toBeNull();
    expect(latencyChart({ ...counts, canary: [0, 0, 0, 0, 0], stable: [0, 0, 0, 0, 0] }, BOX)).toBeNull();
  });

  test("what nobody judges yet is drawn all the same, and the level of now is what the judge is asked with", () => {
    const arm = { requestsPerSec: [5, null], errorRatio: [0.01, null], p50Ms: [], p99Ms: [] };
    const seen = { ...ROLLOUT, series: { ...ROLLOUT.series, timesMs: [0, 1], canary: arm, stable: arm } };
    expect(evidenceRows(seen).map(({ name }) => name)).toEqual(["failures", "requests"]);
    expect(askOf(seen)).toEqual({ shares: [0.1], requestsPerSec: 10, badShare: 0.01 });
    expect(askOf(ROLLOUT)).toEqual({ shares: [0.1], requestsPerSec: null, badShare: null });
  });
});

test("a guard says how fast, whether it fails or holds, and from where on", () => {
  expect(guardText({ code: "canary_burn", effect: "fail", figure: 121, bound: 14.4 })).toBe(
    "the canary burns its error budget 121 × as fast as its objective allows; it fails beyond 14.4 ×",
  );
  expect(guardText({ code: "service_burn", effect: "freeze", figure: 20, bound: 6 })).toContain(
    "it is held beyond 6 ×",
  );
  expect(guardText({ code: "budget_cap", effect: "fail", figure: 600, bound: 518 })).toContain("600 failures more");
});

describe("policies and the audit", () => {
  test("every example is a policy, and what is none says where", () => {
    for (const mode of ["sequential", "threshold", "argo", "kayenta"] as const)
      expect(parsePolicy(policyExample(mode)).ok, mode).toBe(true);
    expect(parsePolicy("{")).toMatchObject({ ok: false });
    expect(parsePolicy('{"mode": "sequential", "failRisk": 7}')).toMatchObject({
      message: expect.stringContaining("failRisk"),
    });
  });

  test("looks that say the same are one turn", () => {
    const look = (atMs: number, state: "pass" | "fail") => ({ atMs, state });
    expect(turns([look(1, "pass"), look(2, "pass"), look(3, "fail")]).map(({ atMs }) => atMs)).toEqual([1, 3]);
  });

  test("the file is narrowed by what the table is narrowed by", () => {
    const view = { ...DEFAULT_VIEW_STATE, meshes: ["istio"], time: { kind: "range", startMs: 1, endMs: 2 } as const };
    expect(auditParameters(view, { actor: "ann", outcome: "taken", namespace: "shop", reason: "x" })).toEqual({
      ...{ mesh: ["istio"], cluster: [], namespace: ["shop"], actor: "ann", outcome: ["applied"], start: 1, end: 2 },
    });
  });
});

describe("an entry of the audit", () => {
  test("says what became of what, path by path, where both sides name the same", () => {
    const before = "spec.http[0].route[0].weight: 90; spec.http[0].route[1].weight: 10";
    const after = "spec.http[0].route[0].weight: 75; spec.http[0].route[1].weight: 25";
    expect(auditChanges({ before, after })?.map((one) => `${one.path} ${one.before} ${one.after}`)).toEqual([
      "spec.http[0].route[0].weight 90 75",
      "spec.http[0].route[1].weight 10 25",
    ]);
    expect(auditChanges({ before, after: "spec.http[0].route[0].weight: 75" })).toBeNull();
    expect(auditChanges({ before: "none", after: "a rule" })).toBeNull();
    expect(auditChanges({ before: null, after: "[]" })).toBeNull();
  });

  test("names acts as their buttons do, and one that this console does not know as it is", () => {
    expect(["rollback", "writeBack", "strange"].map(actionWords)).toEqual(["Roll back", "Write back", "strange"]);
  });
});
