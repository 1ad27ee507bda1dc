/** What a busy machine had no time for is asked again, after a pause: asking at once would keep it as busy as it is. */
import { setTimeout as rest } from "node:timers/promises";

const PAUSE_MS = 100;

/** Asks until there was time; a test's own limit ends it. Out: the last answer, and how often it was asked for. */
export async function inTime<T>(
  ask: () => Promise<T>,
  hadNoTime: (answer: T) => boolean,
): Promise<{ readonly answer: T; readonly asked: number }> {
  for (let asked = 1; ; asked++) {
    const answer = await ask();
    if (!hadNoTime(answer)) return { answer, asked };
    await rest(PAUSE_MS);
  }
}
