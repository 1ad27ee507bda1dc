/**
 * How far a measured distribution of latency may lie from the true one, at every look at once: a
 * Dvoretzky-Kiefer-Wolfowitz band that is uniform in time (Howard & Ramdas, Bernoulli 28(3), 2022, theorem 2). In: how many
 * requests were timed, a risk. Out: a radius on the share of requests below any bound. A picture and no verdict: at p99 it
 * is wide, and what decides is the share of requests beyond a bound.
 */

/** 0.85·√((ln ln(e·n) + 0.8·ln(1612/α)) / n), at most 1; 1 before the first request. */
export function bandRadius(requests: number, alpha: number): number {
  if (!(requests >= 1)) return 1;
  const spread = Math.log(1 + Math.log(requests)) + 0.8 * Math.log(1612 / alpha);
  return Math.min(1, 0.85 * Math.sqrt(spread / requests));
}
