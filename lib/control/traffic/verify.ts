/**
 * Proof that traffic moved. In: per caller, increases of requests by version since the write and a grace, the share that
 * was and the share that was asked for. Out: a state, and per caller what its counters say. Never the control plane's word.
 *
 * Verified: enough requests, the new share at least 100 times as likely as the old one on the total, the observed share
 * within 3 standard errors and half a percent, and callers that carry 95 % of the requests each at least 20 times as
 * likely. Callers below 200 requests are tested as one. Shares in the likelihood are kept within [0.002, 0.998], so that
 * one straggler is no impossibility. Old share likelier by 100 after three graces: stalled, or partial where some callers
 * follow. Rollback never waits for this.
 */

export interface CallerCounts {
  readonly caller: string;
  readonly requests: number;
  readonly canaryRequests: number;
}

export interface Shift {
  /** Canary's share before and after, 0..1. */
  readonly oldShare: number;
  readonly newShare: number;
  readonly callers: readonly CallerCounts[];
  /** Since the end of the grace; negative inside it. */
  readonly elapsedMs: number;
  readonly graceMs: number;
  /** Long streams: they end on the arm on which they began, so an old share that stays says nothing yet. */
  readonly isStreaming?: boolean;
}

export type ShiftState = "pending" | "shifting" | "verified" | "stalled" | "partial" | "noTraffic";

export interface CallerShift extends CallerCounts {
  readonly state: "follows" | "stays" | "quiet";
  /** ln of the likelihood of the new share over the old. */
  readonly logRatio: number;
}

export interface ShiftVerdict {
  readonly state: ShiftState;
  readonly requests: number;
  /** Null without requests. */
  readonly observedShare: number | null;
  /** Requests that the total needs before it can be told. */
  readonly neededRequests: number;
  readonly callers: readonly CallerShift[];
  /** Too few requests to tell: how many callers, and their share of the requests. */
  readonly quiet: { readonly callers: number; readonly share: number };
}

const LOWEST = 0.002;
const TOTAL_RATIO = Math.log(100);
const CALLER_RATIO = Math.log(20);
const POOLED_BELOW = 200;
const CARRIED = 0.95;
const LEAST_REQUESTS = 30;
/** Of a standard normal, one-sided 1 %. */
const Z99 = 2.326348;

const clip = (share: number): number => Math.min(1 - LOWEST, Math.max(LOWEST, share));

/** ln of the likelihood of `newShare` over `oldShare`. */
export function shareLogRatio(requests: number, canary: number, oldShare: number, newShare: number): number {
  const [p, q] = [clip(newShare), clip(oldShare)];
  return canary * Math.log(p / q) + (requests - canary) * Math.log((1 - p) / (1 - q));
}

/**
 * Requests that tell the two shares apart with 1 % risk on either side, at least 30: a normal approximation, and where one
 * share is none or all, as many as leave no request on the other side in 1 % of the cases.
 */
export function requestsToTell(oldShare: number, newShare: number): number {
  const [p, q] = [clip(oldShare), clip(newShare)];
  if (p === q) return LEAST_REQUESTS;
  const isOneSided = [oldShare, newShare].some((share) => share === 0 || share === 1);
  const moved = Math.abs(newShare - oldShare);
  if (isOneSided && moved < 1) return Math.max(LEAST_REQUESTS, Math.ceil(Math.log(0.01) / Math.log(1 - moved)));
  const spread = Z99 * (Math.sqrt(p * (1 - p)) + Math.sqrt(q * (1 - q)));
  return Math.max(LEAST_REQUESTS, Math.ceil((spread / (p - q)) ** 2));
}

function totalOf(callers: readonly CallerCounts[]): { requests: number; canaryRequests: number } {
  return callers.reduce(
    (sum, { requests, canaryRequests }) => ({
      requests: sum.requests + requests,
      canaryRequests: sum.canaryRequests + canaryRequests,
    }),
    { requests: 0, canaryRequests: 0 },
  );
}

function stateOf(logRatio: number): CallerShift["state"] {
  if (logRatio >= CALLER_RATIO) return "follows";
  return logRatio <= -CALLER_RATIO ? "stays" : "quiet";
}

/** Loud callers by themselves; quiet ones share the verdict on all of them together. */
function judgeCallers({ callers, oldShare, newShare }: Shift): readonly CallerShift[] {
  const pool = callers.filter(({ requests }) => requests < POOLED_BELOW);
  const pooled = totalOf(pool);
  const pooledState = stateOf(shareLogRatio(pooled.requests, pooled.canaryRequests, oldShare, newShare));
  return callers.map((caller) => {
    const logRatio = shareLogRatio(caller.requests, caller.canaryRequests, oldShare, newShare);
    return { ...caller, logRatio, state: caller.requests < POOLED_BELOW ? pooledState : stateOf(logRatio) };
  });
}

const requestsOf = (callers: readonly CallerShift[], state: CallerShift["state"]): number =>
  callers.reduce((sum, caller) => sum + (caller.state === state ? caller.requests : 0), 0);

const requestsBy = (callers: readonly CallerShift[], name: string): number =>
  callers.find(({ caller }) => caller === name)?.requests ?? 0;

function isWithin(requests: number, observed: number, expected: number): boolean {
  return Math.abs(observed - expected) <= 3 * Math.sqrt((expected * (1 - expected)) / requests) + 0.005;
}

export function verifyShift(shift: Shift): ShiftVerdict {
  const { oldShare, newShare, elapsedMs, graceMs } = shift;
  const { requests, canaryRequests } = totalOf(shift.callers);
  const callers = judgeCallers(shift);
  const neededRequests = requestsToTell(oldShare, newShare);
  const observedShare = requests === 0 ? null : canaryRequests / requests;
  const quiet = callers.filter(({ state }) => state === "quiet");
  const result = {
    requests,
    observedShare,
    neededRequests,
    callers,
    quiet: { callers: quiet.length, share: requests === 0 ? 0 : requestsOf(callers, "quiet") / requests },
  };
  const isLate = elapsedMs >= 3 * graceMs;
  if (observedShare === null) return { ...result, state: isLate ? "noTraffic" : "pending" };
  const logRatio = shareLogRatio(requests, canaryRequests, oldShare, newShare);
  const followed = requestsOf(callers, "follows");
  const stayed = requestsOf(callers, "stays");
  if (
    requests >= neededRequests &&
    logRatio >= TOTAL_RATIO &&
    isWithin(requests, observedShare, newShare) &&
    followed >= CARRIED * requests
  )
    return { ...result, state: "verified" };
  if (shift.isStreaming === true) return { ...result, state: requests < neededRequests ? "pending" : "shifting" };
  if (isLate && stayed > 0 && followed > 0) return { ...result, state: "partial" };
  if (isLate && logRatio <= -TOTAL_RATIO) return { ...result, state: "stalled" };
  return { ...result, state: requests < neededRequests ? "pending" : "shifting" };
}

export interface ShiftAsked extends Pick<Shift, "oldShare" | "newShare" | "isStreaming"> {
  /** End of the grace after the write. */
  readonly sinceMs: number;
  readonly nowMs: number;
  readonly graceMs: number;
}

/**
 * The verdict on everything since the grace, and, once that is long ago, on the last three graces where they hold enough
 * requests to tell: a share that arrived late would else be hidden for long by what was counted before it came.
 */
export function shiftNow(asked: ShiftAsked, callersSince: (sinceMs: number) => readonly CallerCounts[]): ShiftVerdict {
  const { sinceMs, nowMs, graceMs } = asked;
  const over = (fromMs: number): ShiftVerdict =>
    verifyShift({ ...asked, callers: callersSince(fromMs), elapsedMs: nowMs - sinceMs });
  const whole = over(sinceMs);
  const recentMs = nowMs - 3 * graceMs;
  if (recentMs <= sinceMs || whole.state === "verified") return whole;
  const recent = over(recentMs);
  // Callers that were told apart are not mixed again because few requests of them came lately.
  const stayed = whole.callers.filter(({ state }) => state === "stays");
  const isTold = stayed.every(({ caller }) => requestsBy(recent.callers, caller) >= POOLED_BELOW);
  if (whole.state === "partial" && !isTold) return whole;
  return recent.requests >= recent.neededRequests ? recent : whole;
}
