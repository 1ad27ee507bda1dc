/** States of certificates by mesh and role, and the list: worst first, one row a certificate, paged, sentinels told. */
import { describe, expect, test } from "vitest";
import type { CertificateFacts, TargetCertificates } from "../model/certificate.ts";
import { stateOf } from "./certificate-state.ts";
import { certificatesAnswer } from "./certificates-answer.ts";
import { type CertificateParameters, certificateListSchema, certificateParametersSchema } from "./schema/security.ts";

const NOW = 1_700_000_000;
const HOUR = 3600;
const DAY = 86_400;

const facts = (over: Partial<CertificateFacts> = {}): CertificateFacts => ({
  name: "default",
  role: "leaf",
  family: "f",
  expiresAtSec: NOW + 12 * HOUR,
  resolutionSec: 0,
  refreshedAtSec: null,
  renewedAtSec: null,
  firstReadMs: (NOW - DAY) * 1000,
  lastReadMs: NOW * 1000,
  ...over,
});

/** A leaf of 24 h that is so many hours old. */
const aged = (hours: number) => facts({ refreshedAtSec: NOW - hours * HOUR, expiresAtSec: NOW + (24 - hours) * HOUR });

describe("a workload's own certificate", () => {
  test.each([
    ["istio", 15, "ok"],
    ["istio", 16.5, "missedRotation"],
    // Its proxies ask for the next one at 70 % of the lifetime.
    ["linkerd", 16.9, "ok"],
    ["linkerd", 18.5, "missedRotation"],
    ["consul", 21, "ok"],
    ["consul", 23.5, "missedRotation"],
    ["envoy", 16.5, "missedRotation"],
  ] as const)("of %s, %d of 24 hours old: %s", (mesh, hours, state) => {
    expect(stateOf(aged(hours), mesh, NOW)).toBe(state);
  });

  test("a lifetime may be known from a renewal that was seen, and is not from time left alone", () => {
    const seen = facts({ renewedAtSec: NOW - 20 * HOUR, expiresAtSec: NOW + 4 * HOUR });
    expect(stateOf(seen, "istio", NOW)).toBe("missedRotation");
    expect(stateOf(facts({ expiresAtSec: NOW + 4 * HOUR }), "istio", NOW)).toBe("ok");
    expect(stateOf(facts({ expiresAtSec: NOW + HOUR / 2 }), "istio", NOW)).toBe("expiring");
  });

  test("ended is ended; in whole days only once the day is over too", () => {
    expect(stateOf(facts({ expiresAtSec: NOW - 1 }), "istio", NOW)).toBe("expired");
    const coarse = facts({ expiresAtSec: NOW - HOUR, resolutionSec: DAY });
    expect(stateOf(coarse, "consul", NOW)).toBe("ok");
    expect(stateOf(coarse, "consul", NOW + DAY)).toBe("expired");
  });

  test("without a role it is a leaf where the mesh signs them, and not elsewhere", () => {
    const week = facts({ role: null, expiresAtSec: NOW + 7 * DAY });
    expect(stateOf(week, "istio", NOW)).toBe("ok");
    expect(stateOf(week, "envoy", NOW)).toBe("expiring");
    expect(stateOf(week, null, NOW)).toBe("expiring");
  });
});

test.each([
  ["root", 59, "expiring"],
  ["root", 61, "ok"],
  ["issuer", 29, "expiring"],
  ["issuer", 31, "ok"],
] as const)("a %s is judged by days: %d left is %s", (role, left, state) => {
  expect(stateOf(facts({ role, expiresAtSec: NOW + left * DAY }), "linkerd", NOW)).toBe(state);
});

const target = (instance: string, over: Partial<TargetCertificates> = {}): TargetCertificates => ({
  target: JSON.stringify(["c1", "shop", instance]),
  instance,
  mesh: "istio",
  cluster: "c1",
  namespace: "shop",
  workload: "web",
  intervalMs: 10_000,
  lastReadMs: NOW * 1000,
  certificates: [facts()],
  ...over,
});

function list(targets: readonly TargetCertificates[], query: Partial<CertificateParameters> = {}) {
  const parameters = { ...certificateParametersSchema.parse({}), ...query };
  return certificateListSchema.parse(certificatesAnswer(targets, parameters, NOW * 1000));
}

test("a row says what is known, and why the rest is not", () => {
  const [row] = list([target("a", { mesh: "linkerd", certificates: [aged(6)] })]).certificates;
  expect(row).toMatchObject({
    state: "ok",
    leftSec: 18 * HOUR,
    lifetimeSec: DAY,
    refreshedAtMs: (NOW - 6 * HOUR) * 1000,
    lateAtMs: (NOW + 12 * HOUR) * 1000,
  });
  expect(row).not.toHaveProperty("absent");
  const [unknown] = list([target("a")]).certificates;
  expect(unknown?.absent).toEqual({ refreshedAtMs: "unknown", lifetimeSec: "unknown", lateAtMs: "unknown" });
  const [root] = list([target("a", { certificates: [facts({ role: "root" })] })]).certificates;
  expect(root?.absent).toMatchObject({ lifetimeSec: "notApplicable" });
});

test("a sentinel is not collected, unless the same process tells the time exactly", () => {
  const sentinel = facts({ name: "first to expire", role: null, expiresAtSec: null, resolutionSec: DAY });
  const alone = list([target("a", { mesh: "envoy", certificates: [sentinel] })]);
  expect(alone.certificates).toMatchObject([{ state: "notCollected", leftSec: null }]);
  expect(alone.notCollected).toMatchObject([{ mesh: "envoy", without: 1, of: 1 }]);
  const both = list([target("a", { certificates: [sentinel, facts()] })]);
  expect(both.certificates.map(({ name }) => name)).toEqual(["default"]);
  expect(both.notCollected).toEqual([]);
});

test("a process that prints nothing of certificates counts among those that tell of none", () => {
  const answer = list([target("a"), target("b", { certificates: [] })]);
  expect(answer.total).toBe(1);
  expect(answer.notCollected).toMatchObject([{ mesh: "istio", what: "certificates", without: 1, of: 2 }]);
  expect(answer.notCollected[0]?.setting).toContain("15020");
});

test("an authority's certificate that every proxy prints stands once, and two generations of it apart", () => {
  const root = (expiresAtSec: number) => [facts({ name: "ROOTCA", role: "root", expiresAtSec })];
  const answer = list([
    target("a", { certificates: root(NOW + 90 * DAY) }),
    target("b", { workload: "cart", certificates: root(NOW + 90 * DAY + 1) }),
    target("c", { certificates: root(NOW + 900 * DAY) }),
    target("d", { cluster: "c2", certificates: root(NOW + 90 * DAY) }),
  ]);
  expect(answer.certificates.map(({ cluster, workload, instances }) => [cluster, workload, instances])).toEqual([
    ["c1", "", 2],
    ["c2", "web", 1],
    ["c1", "web", 1],
  ]);
});

test("worst first, filtered by scope and state, and a page at a time without a gap or a repeat", () => {
  const targets = [
    target("ok"),
    target("late", { certificates: [aged(20)] }),
    target("gone", { certificates: [facts({ expiresAtSec: NOW - 5 })] }),
    target("there", { namespace: "billing", certificates: [facts({ expiresAtSec: NOW + HOUR / 2 })] }),
  ];
  const whole = list(targets);
  expect(whole.certificates.map(({ instance }) => instance)).toEqual(["gone", "late", "there", "ok"]);
  expect(whole.states).toEqual({ expired: 1, missedRotation: 1, expiring: 1, notCollected: 0, ok: 1 });
  const paged: string[] = [];
  let cursor: string | null = null;
  do {
    const page: ReturnType<typeof list> = list(targets, { limit: 1, ...(cursor === null ? {} : { cursor }) });
    paged.push(...page.certificates.map(({ instance }) => instance));
    expect(page.total).toBe(4);
    cursor = page.nextCursor;
  } while (cursor !== null);
  expect(paged).toEqual(["gone", "late", "there", "ok"]);
  expect(list(targets, { namespace: ["billing"] }).certificates).toHaveLength(1);
  expect(list(targets, { state: ["ok"] }).certificates.map(({ instance }) => instance)).toEqual(["ok"]);
  expect(list(targets, { mesh: ["linkerd"] }).certificates).toEqual([]);
});

test("of a process that is no longer read the state is the last one known, marked as stale", () => {
  const silent = { ...aged(15), lastReadMs: (NOW - 4 * HOUR) * 1000 };
  expect(list([target("a", { certificates: [silent] })]).certificates).toMatchObject([{ state: "ok", stale: true }]);
});
