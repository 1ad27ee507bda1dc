/**
 * The three programs behind the sidecars: each calls the next hop through its own sidecar and says how that went.
 *
 * In: service, variant, its ports. Out: a server on loopback. An app forwards the headers that carry a trace, as every app
 * in a mesh has to, and `x-fail`, by which a driven request is told to fail at c.
 * Not handled: retries (they would change the counts), request bodies.
 */
import { Agent, createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import { get } from "./http-client.ts";
import {
  hopsOf,
  hostOf,
  type Outcome,
  type Ports,
  SERVICE_PORT,
  type ServiceName,
  statusOf,
  type Variant,
} from "./topology.ts";

const FORWARDED = [
  "x-request-id",
  "traceparent",
  "tracestate",
  "b3",
  "x-b3-traceid",
  "x-b3-spanid",
  "x-b3-parentspanid",
  "x-b3-sampled",
  "x-b3-flags",
  "x-fail",
] as const;

export const FAIL_HEADER = "x-fail";

export type App = { readonly stop: () => Promise<void> };

function forwarded(headers: IncomingHttpHeaders): { readonly [name: string]: string } {
  const kept: { [name: string]: string } = {};
  for (const name of FORWARDED) {
    const value = headers[name];
    if (typeof value === "string") kept[name] = value;
  }
  return kept;
}

function outcomeOf(headers: IncomingHttpHeaders): Outcome {
  const told = headers[FAIL_HEADER];
  return told === "fail" || told === "missing" ? told : "ok";
}

/** Starts the app of `service`; it serves when the promise resolves. */
export function startApp(service: ServiceName, variant: Variant, ports: Ports): Promise<App> {
  const agent = new Agent({ keepAlive: true });
  const next = hopsOf(variant).filter((hop) => hop.from === service);

  async function statusFor(message: IncomingMessage): Promise<number> {
    if (next.length === 0) return statusOf(service, outcomeOf(message.headers));
    let status = 200;
    for (const hop of next) {
      const headers = { ...forwarded(message.headers), host: `${hostOf(hop.to)}:${SERVICE_PORT}` };
      const answer = await get({ port: ports.outbound, path: message.url ?? "/", headers, agent });
      // Every hop is taken, also after a failed one: each edge carries each request exactly once.
      if (answer.status >= 500) status = statusOf(service, "fail");
      else if (answer.status >= 400 && status === 200) status = answer.status;
    }
    return status;
  }

  async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    message.resume();
    // 599: the sidecar itself did not answer. No test expects it, so that it cannot pass for an injected failure.
    const status = await statusFor(message).catch(() => 599);
    response.writeHead(status, { "content-type": "text/plain" }).end(`${service} ${status}\n`);
  }

  const server = createServer((message, response) => void serve(message, response));
  // A server that closes idle connections races with the proxy that reuses them, and a lost race is a 503.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  server.headersTimeout = 0;
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      agent.destroy();
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(ports.app, "127.0.0.1", () => resolve({ stop }));
  });
}
