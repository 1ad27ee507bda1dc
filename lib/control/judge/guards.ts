/**
 * Absolute guards beside the relative test: a shared outage passes any comparison of arms. In: requests and bad events by
 * time (Unix ms), the service's objective. Out: what a guard found, or nothing. Burn = (bad ÷ requests) ÷ (1 − objective);
 * the pairs of windows are those of the SRE workbook (14.4 at 1 h + 5 min, 6 at 6 h + 30 min) scaled to a rollout's length.
 */

export interface Moment {
  /** End of the window that the counts are of. */
  readonly atMs: number;
  readonly canaryRequests: number;
  readonly primaryRequests: number;
  readonly canaryBad: number;
  readonly primaryBad: number;
}

export interface GuardPolicy {
  /** Share of requests that may not be bad, such as 0.999. */
  readonly objective: number;
  /** Share of the error budget of the period that a canary may use up beyond what its primary would have. */
  readonly budgetShare: number;
  /** Requests of the whole service in the budget's period. */
  readonly periodRequests: number;
}

export interface GuardFinding {
  readonly code: "canary_burn" | "service_burn" | "budget_cap";
  /** Roll back, or stop advancing: where both arms burn, the canary is not the cause. */
  readonly effect: "fail" | "freeze";
  readonly figure: number;
  readonly bound: number;
}

const MINUTE_MS = 60_000;
const FAST = { burn: 14.4, longMs: 5 * MINUTE_MS, shortMs: MINUTE_MS };
const SLOW = { burn: 6, longMs: 30 * MINUTE_MS, shortMs: 5 * MINUTE_MS };
/** Fewer canary requests say nothing of a rate. */
const LEAST_REQUESTS = 50;

type Arm = "canary" | "primary" | "service";

function countsOf(moment: Moment, arm: Arm): readonly [requests: number, bad: number] {
  const { canaryRequests, primaryRequests, canaryBad, primaryBad } = moment;
  if (arm === "primary") return [primaryRequests, primaryBad];
  return arm === "canary" ? [canaryRequests, canaryBad] : [canaryRequests + primaryRequests, canaryBad + primaryBad];
}

/** Null where there were too few requests to speak of a rate. */
function burnOver(moments: readonly Moment[], arm: Arm, fromMs: number, objective: number): number | null {
  let requests = 0;
  let bad = 0;
  for (const moment of moments) {
    if (moment.atMs <= fromMs) continue;
    const [n, e] = countsOf(moment, arm);
    requests += n;
    bad += e;
  }
  return requests < LEAST_REQUESTS ? null : bad / requests / (1 - objective);
}

/** The lower of both windows' burn, where it is over the pair's bound. */
function burning(moments: readonly Moment[], arm: Arm, nowMs: number, objective: number): [number, number] | undefined {
  for (const { burn, longMs, shortMs } of [FAST, SLOW]) {
    const long = burnOver(moments, arm, nowMs - longMs, objective);
    const short = burnOver(moments, arm, nowMs - shortMs, objective);
    if (long !== null && short !== null && Math.min(long, short) > burn) return [Math.min(long, short), burn];
  }
  return undefined;
}

/** Bad events of the canary beyond what its primary's rate, in the same windows, explains. */
export function excessBad(moments: readonly Moment[]): number {
  return moments.reduce((sum, { canaryRequests, primaryRequests, canaryBad, primaryBad }) => {
    if (primaryRequests <= 0) return sum;
    return sum + canaryBad - canaryRequests * (primaryBad / primaryRequests);
  }, 0);
}

/**
 * All that the guards find at `nowMs`; what fails stands before what freezes. Where the primary burns too, the canary is not
 * what burns the service: that freezes the rollout, and whether the canary is the worse of both is the relative test's.
 */
export function guard(moments: readonly Moment[], policy: GuardPolicy, nowMs: number): readonly GuardFinding[] {
  const { objective, budgetShare, periodRequests } = policy;
  const findings: GuardFinding[] = [];
  const primary = burning(moments, "primary", nowMs, objective);
  const service = primary === undefined ? undefined : (burning(moments, "service", nowMs, objective) ?? primary);
  const canary = service === undefined ? burning(moments, "canary", nowMs, objective) : undefined;
  if (canary !== undefined) findings.push({ code: "canary_burn", effect: "fail", figure: canary[0], bound: canary[1] });
  const cap = budgetShare * periodRequests * (1 - objective);
  const excess = excessBad(moments);
  if (excess > cap) findings.push({ code: "budget_cap", effect: "fail", figure: excess, bound: cap });
  if (service !== undefined)
    findings.push({ code: "service_burn", effect: "freeze", figure: service[0], bound: service[1] });
  return findings;
}
