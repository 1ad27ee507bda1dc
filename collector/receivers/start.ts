/**
 * Opens the receivers of spans and closes them again. In: ports (0 = a free one), the intake, the board. Out: the ports
 * in use and a stop that takes no more, finishes what is in flight and is done within 5 s. No CORS: browsers have no
 * business here. A port in use fails the start with its number and the setting that names it.
 */
import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from "node:http";
import { type AddressInfo, type Server as NetServer, Socket } from "node:net";
import type { Listen } from "../config/config.ts";
import type { SpanIntake } from "../pipeline/span-intake.ts";
import type { Clock } from "../telemetry/clock.ts";
import type { Log } from "../telemetry/log.ts";
import type { SourceBoard, SourceHandle } from "../telemetry/source-board.ts";
import { exchange, markBodyless, markCutOff, type Protocol, type Receiver } from "./exchange.ts";
import { otlpGrpc } from "./otlp-grpc.ts";
import { otlpHttp } from "./otlp-http.ts";
import { NOTE_EVERY_MS, noteStore } from "./store-note.ts";
import { zipkin } from "./zipkin.ts";

export interface ReceiverOptions {
  readonly listen: Pick<Listen, "ingestHost" | "otlpGrpc" | "otlpHttp" | "zipkin">;
  readonly intake: SpanIntake;
  readonly board: SourceBoard;
  readonly log: Log;
  readonly clock: Clock;
  /** After inflating. Default 20 MiB. */
  readonly bodyLimitBytes?: number;
  /** A client has this long for a whole request. Default 30 s. */
  readonly requestTimeoutMs?: number;
}

export interface Receivers {
  readonly ports: { readonly otlpGrpc: number; readonly otlpHttp: number; readonly zipkin: number };
  stop(): Promise<void>;
}

/** A receiver's port could not be opened. `setting` is its path in the configuration. */
export class ReceiverStartError extends Error {
  readonly code: "port_in_use" | "listen_failed";
  readonly setting: string;

  constructor(code: "port_in_use" | "listen_failed", setting: string, message: string) {
    super(message);
    this.name = "ReceiverStartError";
    this.code = code;
    this.setting = setting;
  }
}

const BODY_LIMIT = 20 * 1024 * 1024;
const REQUEST_TIMEOUT_MS = 30_000;
const STOP_MS = 5_000;

/** What node:http refuses by itself, before there is a request: it still gets an answer and is counted. */
function clientFault(source: SourceHandle, error: NodeJS.ErrnoException, socket: Socket): void {
  const slow = error.code === "ERR_HTTP_REQUEST_TIMEOUT";
  // The end of a connection inside a body is counted where the body is read.
  const ended = error.code === "ECONNRESET" || error.code === "HPE_INVALID_EOF_STATE";
  if (ended || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const code = slow ? "client_too_slow" : "http_malformed";
  const status = slow ? "408 Request Timeout" : "400 Bad Request";
  const message = slow ? "the request did not arrive in time" : `not HTTP: ${error.code ?? error.message}`;
  source.failed(code, message);
  markCutOff(socket);
  const body = JSON.stringify({ code, message });
  const head = `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: application/json`;
  socket.end(`${head}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

function timeouts(requestTimeout: number): ServerOptions {
  return {
    requestTimeout,
    headersTimeout: Math.min(requestTimeout, 10_000),
    connectionsCheckingInterval: Math.max(50, Math.min(1_000, requestTimeout / 4)),
    keepAliveTimeout: 60_000,
  };
}

/** The responses that are not out yet. */
function serve(server: Server, receiver: Receiver): ReadonlySet<ServerResponse> {
  const answering = new Set<ServerResponse>();
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    answering.add(response);
    response.once("close", () => answering.delete(response));
    void exchange(receiver, request, response);
  };
  server.on("request", answer);
  // `Expect: 100-continue`: the head is judged first; a refusal then saves the client its body.
  server.on("checkContinue", (request, response) => {
    if (typeof receiver.protocol.route(request) === "string") response.writeContinue();
    else markBodyless(request);
    answer(request, response);
  });
  server.on("clientError", (error, stream) => {
    if (stream instanceof Socket) clientFault(receiver.source, error, stream);
    else stream.destroy();
  });
  return answering;
}

function listen(server: NetServer, host: string, port: number, setting: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const taken = error.code === "EADDRINUSE";
      const message = taken
        ? `port ${port} on ${host} is in use (${setting}): stop what uses it or set ${setting} to another port`
        : `${host}:${port} (${setting}) cannot be opened: ${error.message}`;
      reject(new ReceiverStartError(taken ? "port_in_use" : "listen_failed", setting, message));
    });
    server.listen(port, host, () => {
      const address: AddressInfo | string | null = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

/** Ends idle connections at once, busy ones when their answer is out, and whatever is left after 5 s. */
function close({ server, answering }: Opened): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), STOP_MS);
    const last = (response: ServerResponse): void => {
      if (!response.headersSent) response.setHeader("connection", "close");
    };
    for (const response of answering) last(response);
    server.prependListener("request", (_request, response) => last(response));
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}

interface Opened {
  readonly server: Server;
  readonly port: number;
  readonly answering: ReadonlySet<ServerResponse>;
  readonly source: SourceHandle;
}

/** The handle is opened after the port, whose number (0 = a free one) is part of its address. */
async function open(options: ReceiverOptions, kind: "otlpHttp" | "zipkin", protocol: Protocol): Promise<Opened> {
  const { listen: ports, intake, board, log, clock } = options;
  const server = createServer(timeouts(options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS));
  const port = await listen(server, ports.ingestHost, ports[kind], `listen.${kind}`);
  const source = board.open({ id: kind, kind, address: `${ports.ingestHost}:${port}`, unit: "spans" });
  const bodyLimitBytes = options.bodyLimitBytes ?? BODY_LIMIT;
  // In the same turn as the port's opening is seen, so no connection comes before it has a handler.
  const answering = serve(server, { protocol, intake, source, log, clock, bodyLimitBytes });
  return { server, port, answering, source };
}

interface Closable {
  readonly port: number;
  close(): Promise<void>;
}

async function openHttp(options: ReceiverOptions, kind: "otlpHttp" | "zipkin", protocol: Protocol): Promise<Closable> {
  const opened = await open(options, kind, protocol);
  const timer = setInterval(() => noteStore(opened.source, options.intake), NOTE_EVERY_MS);
  const end = (): Promise<void> => {
    clearInterval(timer);
    return close(opened);
  };
  return { port: opened.port, close: end };
}

async function openGrpc({ listen: ports, board }: ReceiverOptions): Promise<Closable> {
  let source: SourceHandle | undefined;
  const describe = (port: number): SourceHandle =>
    board.open({ id: "otlpGrpc", kind: "otlpGrpc", address: `${ports.ingestHost}:${port}`, unit: "spans" });
  const { server, endSessions } = otlpGrpc(() => {
    source ??= describe(ports.otlpGrpc);
    return source;
  });
  const port = await listen(server, ports.ingestHost, ports.otlpGrpc, "listen.otlpGrpc");
  source ??= describe(port);
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        endSessions();
      }),
  };
}

/** Rejects with a ReceiverStartError; receivers that were already open are then closed again. */
export async function startReceivers(options: ReceiverOptions): Promise<Receivers> {
  const opened: Closable[] = [];
  const keep = async (opening: Promise<Closable>): Promise<number> => {
    const receiver = await opening;
    opened.push(receiver);
    return receiver.port;
  };
  const stop = async (): Promise<void> => {
    await Promise.all(opened.map((receiver) => receiver.close()));
  };
  try {
    const ports = {
      otlpHttp: await keep(openHttp(options, "otlpHttp", otlpHttp)),
      zipkin: await keep(openHttp(options, "zipkin", zipkin)),
      otlpGrpc: await keep(openGrpc(options)),
    };
    return { ports, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
