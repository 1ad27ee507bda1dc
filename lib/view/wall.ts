/** What a wall says of itself: how old what it shows is, in words that are never better than the facts. */
import { age, plain } from "./format.ts";

/** From here on what is shown is called old: ms. */
const OLD_MS = 30_000;

export interface WallFacts {
  /** `still`: the window does not move. */
  readonly stream: "connecting" | "open" | "broken" | "failed" | "still";
  /** Age of the newest observation when the answer came, and since then; null where there is none. */
  readonly newestAgeMs: number | null;
  readonly sinceMs: number;
  readonly targets: { readonly up: number; readonly down: number };
}

export interface WallState {
  readonly tone: "live" | "warning";
  readonly words: string;
}

export function wallState({ stream, newestAgeMs, sinceMs, targets }: WallFacts): WallState {
  if (stream === "still") return { tone: "warning", words: "not live: the window stands still" };
  if (newestAgeMs === null) return { tone: "warning", words: "nothing was observed yet" };
  const oldMs = newestAgeMs + sinceMs;
  const old = plain(age(oldMs));
  if (stream === "broken") return { tone: "warning", words: `connection lost: this is ${old} old` };
  if (oldMs > OLD_MS) return { tone: "warning", words: `this is ${old} old` };
  const down = targets.down === 0 ? "" : `, ${targets.down} of ${targets.up + targets.down} targets down`;
  return { tone: targets.down === 0 ? "live" : "warning", words: `live, ${old} old${down}` };
}
