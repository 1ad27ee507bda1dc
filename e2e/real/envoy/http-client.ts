/**
 * One HTTP/1.1 GET to a port on loopback, and the picking of free ports there.
 *
 * In: port, path, headers, the agent that keeps connections alive. Out: status and body as text. A time limit in ms ends a
 * request that hangs. Not handled: redirects, TLS, bodies in the request.
 */
import { type Agent, request } from "node:http";
import { createServer } from "node:net";

export type Answer = { readonly status: number; readonly body: string };
export type Ask = {
  readonly port: number;
  readonly path: string;
  readonly headers?: { readonly [name: string]: string };
  readonly agent?: Agent;
  readonly timeoutMs?: number;
};

const TIMEOUT_MS = 15_000;

/** Rejects when no answer came whole: refused, reset, or after `timeoutMs`. */
export function get(ask: Ask): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { port, path, headers = {}, timeoutMs = TIMEOUT_MS } = ask;
    const agent = ask.agent ?? false;
    const outgoing = request({ host: "127.0.0.1", port, path, headers, agent }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", reject);
      incoming.on("end", () => {
        clearTimeout(limit);
        resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") });
      });
    });
    const limit = setTimeout(
      () => outgoing.destroy(new Error(`no answer from port ${port} in ${timeoutMs} ms`)),
      timeoutMs,
    );
    outgoing.on("error", (error) => {
      clearTimeout(limit);
      reject(error);
    });
    outgoing.end();
  });
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Below the range from which systems take the ports of outgoing connections, so that none of those takes one meanwhile. */
const LOWEST = 15_000;
const HIGHEST = 30_000;

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/**
 * `count` different ports that nothing listens on at this moment. Peers must know each other's ports before they start, so
 * port 0 will not do; a port that is taken in between shows as a failed start, and the caller picks again.
 */
export async function freePorts(count: number): Promise<readonly number[]> {
  const chosen = new Set<number>();
  for (let tries = 0; chosen.size < count; tries += 1) {
    if (tries > 1000) throw new Error("no free ports on loopback");
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (!chosen.has(port) && (await isFree(port))) chosen.add(port);
  }
  return [...chosen];
}
