/**
 * How long a rollout must run before the judge can see a regression: said before it starts. In: the share of traffic that
 * the canary gets, its base rate of bad events, the ratio to be seen. Out: requests of the service (both arms). Expected
 * counts are fed to the test itself, batch by batch, until it fails the canary; half of all runs need more.
 */
import { type Evidence, evidenceOf } from "./mixture.ts";

export interface Sought {
  /** Canary's share of requests, 0..1. */
  readonly share: number;
  /** Bad events per request of the primary. */
  readonly badShare: number;
  /** Rate of the canary over that of the primary. */
  readonly ratio: number;
  /** Default 0.01. */
  readonly alpha?: number;
}

/** More than anybody waits for. */
const MOST = 1e9;

/** The smallest number of requests, to a thousandth, from which on `isEnough` holds; null where it never does. */
function least(isEnough: (requests: number) => boolean): number | null {
  if (!isEnough(MOST)) return null;
  let low = 1;
  let high = MOST;
  while (high / low > 1.001) {
    const middle = Math.sqrt(low * high);
    if (isEnough(middle)) high = middle;
    else low = middle;
  }
  return Math.ceil(high);
}

function expected(requests: number, { share, badShare, ratio }: Omit<Sought, "alpha">): Evidence {
  const canaryRequests = requests * share;
  const primaryRequests = requests - canaryRequests;
  const canaryBad = canaryRequests * badShare * ratio;
  return evidenceOf([{ canaryRequests, primaryRequests, canaryBad, primaryBad: primaryRequests * badShare }]);
}

const isComparable = ({ share, badShare }: Pick<Sought, "share" | "badShare">): boolean =>
  share > 0 && share < 1 && badShare > 0;

/** Requests in both arms until the evidence is expected to fail the canary; null where it never does. */
export function requestsNeeded({ alpha = 0.01, ...sought }: Sought): number | null {
  if (!isComparable(sought)) return null;
  return least((requests) => expected(requests, sought).logFail >= -Math.log(alpha));
}

/**
 * Minutes until a regression is expected to be seen, said before a rollout starts: "at 10 % and 50 requests a second a
 * doubling of errors needs about 26 minutes". Null where it never is, or nothing is asked of the service.
 */
export function minutesNeeded(sought: Sought, requestsPerSec: number): number | null {
  const requests = requestsNeeded(sought);
  return requests === null || !(requestsPerSec > 0) ? null : requests / requestsPerSec / 60;
}

/** Requests in both arms until a canary as good as its primary is expected to pass; null where it never does. */
export function requestsToPass({ share, badShare, alpha = 0.05 }: Omit<Sought, "ratio">): number | null {
  if (!isComparable({ share, badShare })) return null;
  return least((requests) => expected(requests, { share, badShare, ratio: 1 }).logPass >= -Math.log(alpha));
}
