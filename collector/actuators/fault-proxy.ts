/**
 * What may stand between a driver and a control plane, for tests: an HTTP proxy that loses answers or requests, fails,
 * hangs, or is not there. In: where the API is; out: where to speak to instead. Writes that it passed on are counted.
 */
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { request as httpsRequest } from "node:https";

/**
 * `loseAnswer`: writes are carried out and nobody hears of it. `loseRequest`: writes are taken and go nowhere. `fail`: all is
 * answered with 500. `hang`: all is taken and never answered. `slow`: all is carried out and answered `SLOW_MS` later.
 * `refuse`: no one listens.
 */
export type Fault = "none" | "loseAnswer" | "loseRequest" | "fail" | "hang" | "slow" | "refuse";
export const SLOW_MS = 600;

export interface FaultProxy {
  readonly url: string;
  /** Requests other than reads that reached the API. */
  readonly passedWrites: number;
  set(fault: Fault): Promise<void>;
  close(): Promise<void>;
}

const isWrite = ({ method = "GET" }: IncomingMessage): boolean => !["GET", "HEAD", "OPTIONS"].includes(method);

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}

function shut(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** PEM, of the client that the API knows; absent: what comes in the headers says who it is. */
export interface ClientCertificate {
  readonly cert: Buffer;
  readonly key: Buffer;
}

interface Upstream {
  readonly url: URL;
  readonly certificate: ClientCertificate | undefined;
}

interface State {
  fault: Fault;
  passedWrites: number;
}

interface Passage {
  readonly from: IncomingMessage;
  readonly to: ServerResponse;
  readonly body: Buffer;
}

function passOn(upstream: Upstream, { from, to, body }: Passage, state: State): void {
  const send = upstream.url.protocol === "https:" ? httpsRequest : httpRequest;
  const { host: _host, "transfer-encoding": _chunked, ...headers } = from.headers;
  const isLost = isWrite(from) && state.fault === "loseAnswer";
  const isSlow = state.fault === "slow";
  if (isWrite(from)) state.passedWrites++;
  const onward = send(new URL(from.url ?? "/", upstream.url), {
    ...upstream.certificate,
    method: from.method,
    headers: { ...headers, "content-length": body.length },
    // The API under test has a certificate of its own making.
    rejectUnauthorized: false,
  });
  onward.on("error", () => from.socket.destroy());
  onward.on("response", (answer) => {
    if (isLost) {
      answer.resume().once("end", () => from.socket.destroy());
      return;
    }
    answer.on("error", () => from.socket.destroy());
    const give = (): void => {
      to.writeHead(answer.statusCode ?? 502, answer.headers);
      to.flushHeaders();
      answer.pipe(to);
    };
    if (isSlow) setTimeout(give, SLOW_MS).unref();
    else give();
  });
  to.on("close", () => onward.destroy());
  onward.end(body);
}

export async function openFaultProxy(api: string, certificate?: ClientCertificate): Promise<FaultProxy> {
  const upstream = { url: new URL(api), certificate };
  const state: State = { fault: "none", passedWrites: 0 };
  const server = createServer(async (from, to) => {
    const body = await bodyOf(from).catch(() => undefined);
    if (body === undefined || state.fault === "hang") return;
    if (state.fault === "fail") to.writeHead(500, { "content-type": "text/plain" }).end("something broke");
    else if (state.fault === "loseRequest" && isWrite(from)) from.socket.destroy();
    else passOn(upstream, { from, to, body }, state);
  });
  server.keepAliveTimeout = 1_000;
  const port = await listen(server, 0);
  let isOpen = true;
  return {
    url: `http://127.0.0.1:${port}`,
    get passedWrites() {
      return state.passedWrites;
    },
    async set(fault) {
      state.fault = fault;
      const wantsOpen = fault !== "refuse";
      if (isOpen && !wantsOpen) await shut(server);
      else if (!isOpen && wantsOpen) await listen(server, port);
      else server.closeIdleConnections();
      isOpen = wantsOpen;
      // A client in this process hears of closed connections in the loop's next turns, and would write to them before.
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    },
    async close() {
      if (isOpen) await shut(server);
    },
  };
}
