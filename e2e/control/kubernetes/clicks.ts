/**
 * A person at the API of a collector: looks and clicks, each click with an intent of its own. What is told `slow` had no
 * time and did nothing, what is told `awaited` is under way: like a page, both come again, the click with the same intent.
 */
import { z } from "zod";
import { type RolloutDetail, rolloutDetailSchema } from "../../../lib/query/schema/rollouts.ts";
import type { CollectorProcess } from "../../support/collector-process.ts";

const toldSchema = z.object({ code: z.string() });
const AGAIN = ["slow", "awaited"];

async function ask(url: string, init?: RequestInit): Promise<{ readonly status: number; readonly body: unknown }> {
  for (;;) {
    const answer = await fetch(url, init);
    const body: unknown = await answer.json();
    const told = toldSchema.safeParse(body);
    if (answer.status !== 503 || !told.success || !AGAIN.includes(told.data.code))
      return { status: answer.status, body };
  }
}

const urlOf = (collector: CollectorProcess, id: string): string =>
  `${collector.api}/api/v1/rollouts/${encodeURIComponent(id)}`;

/** A rollout as its page shows it. */
export function looksOn(collector: () => CollectorProcess) {
  return async (id: string): Promise<RolloutDetail> => {
    const { status, body } = await ask(urlOf(collector(), id));
    if (status !== 200) throw new Error(`${id}: ${status} ${JSON.stringify(body)}`);
    return rolloutDetailSchema.parse(body);
  };
}

/** Out: status and body of the answer; 202 also where it was taken while nobody had time to say so (200, repeated). */
export function clicksOn(collector: () => CollectorProcess) {
  let clicks = 0;
  return async (id: string, action: string, expectedRevision: string) => {
    const intentId = `00000000-0000-4000-8000-${String(++clicks).padStart(12, "0")}`;
    const { status, body } = await ask(`${urlOf(collector(), id)}/actions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ action, expectedRevision, intentId, reason: "a test" }),
    });
    return { status: status === 200 ? 202 : status, body };
  };
}
