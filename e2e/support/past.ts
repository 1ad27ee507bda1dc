/**
 * Nine minutes of past for a collector that just began: calls as traced spans, sent with the times at which they would have
 * been made. In: calls with their rate and from when until when, in minutes before `nowMs`; out: Zipkin bodies. Spans that
 * ended over ten minutes ago make no edge, so no past is longer.
 */
import { hexId } from "./payloads.ts";

export interface PastCalls {
  readonly from: string;
  readonly to: string;
  readonly perSec: number;
  /** Minutes before now, at most 9; left out: all the time. */
  readonly since?: number;
  readonly until?: number;
  /** One call of so many fails; left out: none. */
  readonly failsOneOf?: number;
  readonly ms?: number;
}

export const PAST_MINUTES = 9;

function pair(label: string, atMs: number, { from, to, ms = 20 }: PastCalls, isFailed: boolean): object[] {
  const traceId = hexId(label, 32);
  const id = hexId(`${label}/client`, 16);
  const tags = {
    "http.method": "GET",
    "http.status_code": isFailed ? "503" : "200",
    ...(isFailed ? { error: "true" } : {}),
  };
  const common = { traceId, name: "get /", tags };
  const at = Math.round(atMs * 1000);
  return [
    {
      ...{ ...common, id, kind: "CLIENT", timestamp: at, duration: ms * 1000 },
      ...{ localEndpoint: { serviceName: from }, remoteEndpoint: { serviceName: to } },
    },
    {
      ...{ ...common, id: hexId(`${label}/server`, 16), parentId: id, kind: "SERVER" },
      ...{ timestamp: at + 1, duration: ms * 1000 - 2, localEndpoint: { serviceName: to } },
    },
  ];
}

/** Calls at even distances, all that were made: a rate is exact. */
export function pastSpans(calls: readonly PastCalls[], nowMs: number): object[] {
  return calls.flatMap((call, i) => {
    const { perSec, since = PAST_MINUTES, until = 0, failsOneOf = 0 } = call;
    const count = Math.round((since - until) * 60 * perSec);
    return Array.from({ length: count }, (_, n) => {
      const atMs = nowMs - since * 60_000 + (n * 1000) / perSec + 100;
      return pair(`past ${i} ${n}`, atMs, call, failsOneOf > 0 && n % failsOneOf === failsOneOf - 1);
    }).flat();
  });
}

/** To Zipkin's port of a collector, in bodies of a bearable size. */
export async function sendPast(zipkin: string, calls: readonly PastCalls[], nowMs: number): Promise<void> {
  const spans = pastSpans(calls, nowMs);
  for (let at = 0; at < spans.length; at += 4_000) {
    const answer = await fetch(`${zipkin}/api/v2/spans`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(spans.slice(at, at + 4_000)),
    });
    if (answer.status !== 202) throw new Error(`the collector answers ${answer.status}`);
  }
}
