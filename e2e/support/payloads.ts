/** Span bodies as clients send them, with ids made from a label so that a test can find its own. */
import { createHash } from "node:crypto";

export function hexId(label: string, digits: 16 | 32): string {
  return createHash("sha256").update(label).digest("hex").slice(0, digits);
}

/** A Zipkin v2 JSON body of one trace with `count` spans in a chain. */
export function zipkinBody(count: number, label: string, nowMs = Date.now()): string {
  const traceId = hexId(label, 32);
  const spans = Array.from({ length: count }, (_, i) => ({
    traceId,
    id: hexId(`${label}/${i}`, 16),
    ...(i === 0 ? {} : { parentId: hexId(`${label}/${i - 1}`, 16) }),
    kind: i % 2 === 0 ? "CLIENT" : "SERVER",
    name: `step-${i}`,
    timestamp: nowMs * 1000 + i,
    duration: 1000 - i,
    localEndpoint: { serviceName: `svc-${i}` },
    tags: { "http.method": "GET", "http.status_code": "200" },
  }));
  return JSON.stringify(spans);
}
