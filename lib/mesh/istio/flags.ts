/** Envoy response flags as Istio prints them: comma-joined, `-` for none. In: the label. Out: flags, and what they tell. */

/** A request with only these never reached a destination's proxy (design §2.1 rule 2), so only its source reports it. */
const NEVER_ARRIVED = new Set(["UH", "UF", "UO", "NR", "NC", "NFCF", "FI", "RL", "RLSE", "UMSDR"]);

export function flagsOf(label: string): readonly string[] {
  return label.split(",").filter((flag) => flag !== "" && flag !== "-");
}

export function neverArrived(flags: readonly string[]): boolean {
  return flags.length > 0 && flags.every((flag) => NEVER_ARRIVED.has(flag));
}
