/**
 * A person at the API of a collector: looks and clicks, each click with an intent of its own. What is told `slow` had no
 * time and did nothing, what is told `awaited` is under way: like a page, both come again, the click with the same intent.
 */
import { z } from "zod";
import { type RolloutDetail, rolloutDetailSchema } from "../../../lib/query/schema/rollouts.ts";
import type { CollectorProcess } from "../../support/collector-process.ts";
import { inTime } from "../../support/in-time.ts";

/** Where its API is. */
type Reached = Pick<CollectorProcess, "api">;

const toldSchema = z.object({ code: z.string() });
const AGAIN = ["slow", "awaited"];

interface Told {
  readonly status: number;
  readonly body: unknown;
}

function comesAgain({ status, body }: Told): boolean {
  const told = toldSchema.safeParse(body);
  return status === 503 && told.success && AGAIN.includes(told.data.code);
}

const ask = (url: string, init?: RequestInit) =>
  inTime(async (): Promise<Told> => {
    const answer = await fetch(url, init);
    return { status: answer.status, body: await answer.json() };
  }, comesAgain);

const urlOf = (collector: Reached, id: string): string => `${collector.api}/api/v1/rollouts/${encodeURIComponent(id)}`;

/** A rollout as its page shows it. */
export function looksOn(collector: () => Reached) {
  return async (id: string): Promise<RolloutDetail> => {
    const { status, body } = (await ask(urlOf(collector(), id))).answer;
    if (status !== 200) throw new Error(`${id}: ${status} ${JSON.stringify(body)}`);
    return rolloutDetailSchema.parse(body);
  };
}

/**
 * Out: status and body of the answer; 202 also where a click that came again had been taken while nobody had time to say so
 * (200, repeated). A first click that is told so is not: no intent is used twice.
 */
export function clicksOn(collector: () => Reached) {
  let clicks = 0;
  return async (id: string, action: string, expectedRevision: string) => {
    const intentId = `00000000-0000-4000-8000-${String(++clicks).padStart(12, "0")}`;
    const { answer, asked } = await ask(`${urlOf(collector(), id)}/actions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ action, expectedRevision, intentId, reason: "a test" }),
    });
    return { status: answer.status === 200 && asked > 1 ? 202 : answer.status, body: answer.body };
  };
}
