/** A person's clicks through the API of a collector, each with an intent of its own. Out: status and body of the answer. */
import type { CollectorProcess } from "../../support/collector-process.ts";

export function clicksOn(collector: () => CollectorProcess) {
  let clicks = 0;
  return async (id: string, action: string, expectedRevision: string) => {
    const intentId = `00000000-0000-4000-8000-${String(++clicks).padStart(12, "0")}`;
    const answer = await fetch(`${collector().api}/api/v1/rollouts/${encodeURIComponent(id)}/actions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ action, expectedRevision, intentId, reason: "a test" }),
    });
    const body: unknown = await answer.json();
    return { status: answer.status, body };
  };
}
