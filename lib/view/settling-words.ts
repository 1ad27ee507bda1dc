/** Why figures of a past window may still change, a sentence for each kind of who may change them. */
import type { Completeness } from "../query/schema/common.ts";
import { count, plain } from "./format.ts";

type Settles = Pick<Completeness, "settling" | "settlingBy">;

const many = (number: number, one: string, more: string): string =>
  `${plain(count(number))} ${number === 1 ? one : more}`;

/** None of a window that is final. */
export function settlingWords({ settling = 0, settlingBy }: Settles): string[] {
  const none = { targets: settling, services: 0, members: 0, clock: 0 };
  const { targets, services, members, clock = 0 } = settlingBy ?? none;
  const words: string[] = [];
  if (clock > 0) words.push("By the collector's clock the end of this window is still to come.");
  if (targets > 0) {
    const [were, tell] = targets === 1 ? ["was", "it tells"] : ["were", "they tell"];
    words.push(
      `${many(targets, "target", "targets")} ${were} not read since this window ended. What ${tell} next is spread over the time since the reading before, which reaches into the window. A target that stays silent for 5 minutes tells nothing of it any more.`,
    );
  }
  if (services > 0)
    words.push(`${many(services, "service tells", "services tell")} by spans, which count up to 10 minutes late.`);
  if (members > 0) {
    const theirs = members === 1 ? "what it" : "what they";
    words.push(
      `${many(members, "other collector has", "other collectors have")} not handed over ${theirs} counted in this window.`,
    );
  }
  return words;
}
