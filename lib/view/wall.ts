/** What a wall says of itself: of what it is, and how old what it shows is, in words that are never better than the facts. */
import type { HealthState } from "../query/schema/common.ts";
import { age, count, type Figure, plain } from "./format.ts";
import type { ViewState } from "./url-state.ts";

/** From here on what is shown is called old: ms. */
const OLD_MS = 30_000;
/** Where the stream is refused the graph is asked for every 5 s: without an answer for so long that connection is lost, too. */
const UNANSWERED_MS = 10_000;

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
  /** What is shown is the last that was known, and not how it is now. */
  readonly isStale: boolean;
}

export function wallState({ stream, newestAgeMs, sinceMs, targets }: WallFacts): WallState {
  const warning = (words: string, isStale = false): WallState => ({ tone: "warning", words, isStale });
  if (stream === "still") return warning("not live: the window stands still");
  const oldMs = newestAgeMs === null ? null : newestAgeMs + sinceMs;
  const old = plain(age(oldMs));
  if (stream === "broken" || (stream === "failed" && sinceMs > UNANSWERED_MS))
    return warning(`connection lost: ${oldMs === null ? "nothing was observed before" : `this is ${old} old`}`, true);
  if (oldMs === null) return warning("nothing was observed yet");
  if (oldMs > OLD_MS) return warning(`this is ${old} old`, true);
  const down = targets.down === 0 ? "" : `, ${targets.down} of ${targets.up + targets.down} targets down`;
  return { tone: targets.down === 0 ? "live" : "warning", words: `live, ${old} old${down}`, isStale: false };
}

interface Scope extends Pick<ViewState, "meshes" | "clusters" | "namespaces" | "find" | "findMode"> {
  /** What the graph is drawn about; null: all of it. */
  readonly focus: ({ readonly name: string } & Pick<ViewState, "hops" | "direction" | "operations">) | null;
  /** The text of find cannot be read, so that it does nothing. */
  readonly isFaulty: boolean;
}

const FIND_WORDS = { mark: "highlighted:", only: "only what matches", hide: "without what matches" } as const;
const WAY_WORDS = { both: "", up: ", callers", down: ", callees" } as const;

function named(what: string, plural: string, names: readonly string[]): readonly string[] {
  return names.length === 0 ? [] : [`${names.length === 1 ? what : plural} ${names.join(", ")}`];
}

function focusWords({ name, hops, direction, operations }: NonNullable<Scope["focus"]>): string {
  if (operations) return `operations of ${name}`;
  return `around ${name}, ${hops} ${hops === 1 ? "hop" : "hops"}${WAY_WORDS[direction]}`;
}

/** Of what the picture and the figures are: nobody stands at a wall to look it up. */
export function wallScope({ meshes, clusters, namespaces, focus, find, findMode, isFaulty }: Scope): string {
  const parts = [
    ...named("mesh", "meshes", meshes),
    ...named("cluster", "clusters", clusters),
    ...named("namespace", "namespaces", namespaces),
  ];
  if (focus !== null) parts.push(focusWords(focus));
  if (parts.length === 0) parts.push("the whole estate");
  if (find.trim() !== "") parts.push(isFaulty ? `find cannot be read: ${find}` : `${FIND_WORDS[findMode]} ${find}`);
  return parts.join(" · ");
}

interface Judged {
  readonly health: { readonly state: HealthState };
}

/** Edges in trouble, and how many there are: not known where no edge was observed; how many more are not known. */
export function wallTrouble<T extends Judged>(edges: readonly T[]) {
  const inState = (...states: readonly HealthState[]) => edges.filter(({ health }) => states.includes(health.state));
  const grave = inState("failure", "degraded");
  const unknown = inState("unknown").length;
  const figure: Figure = count(unknown === edges.length ? null : grave.length);
  return { grave, figure, unknown, hasFailing: inState("failure").length > 0 } as const;
}
