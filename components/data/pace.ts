/** How often what is on screen is asked for again. In: the window that it is of, and what the answer says of it. Ms. */
import type { TimeChoice } from "../../lib/view/url-state.ts";

export const SLOT_MS = 10_000;

/** What an answer says of a past window: who may still change its figures, if anyone. */
export interface Settles {
  readonly settling?: number | undefined;
}

/** In each slot while the window moves, and while figures of one that stands still may change; then never. */
export function pace({ kind }: Pick<TimeChoice, "kind">, answer: Settles | undefined): number | false {
  return kind === "live" || answer?.settling !== undefined ? SLOT_MS : false;
}
