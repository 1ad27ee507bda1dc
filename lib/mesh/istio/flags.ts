/** Envoy response flags as Istio prints them: comma-joined, `-` for none. In: the label. Out: flags, and what they tell. */

/** A request with only these never reached a destination's proxy (design §2.1 rule 2), so only its source reports it. */
const NEVER_ARRIVED = new Set(["UH", "UF", "UO", "NR", "NC", "NFCF", "FI", "RL", "RLSE", "UMSDR"]);

export function flagsOf(label: string): readonly string[] {
  return label.split(",").filter((flag) => flag !== "" && flag !== "-");
}

/** Retries exhausted: says how often the proxy tried, not whether a try arrived; the other flags tell that. */
const MODIFIER = "URX";

/** Whether a request that ended with these flags cannot have reached the destination's proxy. `URX` alone did reach it. */
export function neverArrived(flags: readonly string[]): boolean {
  const telling = flags.filter((flag) => flag !== MODIFIER);
  return telling.length > 0 && telling.every((flag) => NEVER_ARRIVED.has(flag));
}
