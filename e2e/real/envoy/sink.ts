/**
 * A stand-in for a trace collector: takes what tracers post, keeps every body as it came, answers as the protocols ask.
 *
 * In: HTTP posts on loopback. Out: the list of what came, in order of arrival. Zipkin is answered 202 with an empty body,
 * OTLP 200 with an empty message in the type of the request. Not handled: decoding, compression, limits.
 */
import { createServer, type IncomingHttpHeaders } from "node:http";
import { sleep } from "./http-client.ts";

export type Received = {
  readonly path: string;
  /** Arrival, Unix ms. */
  readonly atMs: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
};
export type Sink = {
  readonly zipkinUrl: string;
  readonly otlpHttpUrl: string;
  readonly received: readonly Received[];
  /** Resolves true as soon as `enough` holds, false after `timeoutMs`. */
  readonly until: (enough: (received: readonly Received[]) => boolean, timeoutMs: number) => Promise<boolean>;
  readonly stop: () => Promise<void>;
};

const POLL_MS = 25;

export function startSink(port = 0): Promise<Sink> {
  const received: Received[] = [];
  const server = createServer((message, response) => {
    const chunks: Buffer[] = [];
    message.on("data", (chunk: Buffer) => chunks.push(chunk));
    message.on("end", () => {
      const path = message.url ?? "/";
      received.push({ path, atMs: Date.now(), headers: message.headers, body: Buffer.concat(chunks) });
      if (path.startsWith("/api/")) {
        response.writeHead(202).end();
        return;
      }
      const type = message.headers["content-type"] ?? "application/x-protobuf";
      response.writeHead(200, { "content-type": type }).end(type === "application/json" ? "{}" : "");
    });
  });
  server.keepAliveTimeout = 0;
  const until: Sink["until"] = async (enough, timeoutMs) => {
    const deadline = Date.now() + timeoutMs;
    while (!enough(received)) {
      if (Date.now() > deadline) return false;
      await sleep(POLL_MS);
    }
    return true;
  };
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      const bound = typeof address === "object" && address !== null ? address.port : port;
      const base = `http://127.0.0.1:${bound}`;
      resolve({ zipkinUrl: `${base}/api/v2/spans`, otlpHttpUrl: `${base}/v1/traces`, received, until, stop });
    });
  });
}
