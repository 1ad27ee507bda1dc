/** The body of a request to one of the demo's own servers. */
import type { IncomingMessage } from "node:http";

/** Undefined when it is longer than `maxBytes`. */
export async function requestText(request: IncomingMessage, maxBytes: number): Promise<string | undefined> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of request) {
    if (!(part instanceof Uint8Array)) return undefined;
    size += part.length;
    if (size > maxBytes) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}
