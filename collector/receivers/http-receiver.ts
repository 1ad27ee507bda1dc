/**
 * One receiver over HTTP/1: a server with its limits, on a port of its own or fed with connections that somebody else
 * accepted. In: a protocol, the intake, a source. Out: answers; and an end that lets what is in flight finish, within 5 s.
 */
import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from "node:http";
import { Socket } from "node:net";
import type { SourceTally } from "../telemetry/source-board.ts";
import { exchange, markBodyless, markCutOff, type Receiver } from "./exchange.ts";

const STOP_MS = 5_000;

/** What node:http refuses by itself, before there is a request: it still gets an answer and is counted. */
function clientFault(source: SourceTally, error: NodeJS.ErrnoException, socket: Socket): void {
  const slow = error.code === "ERR_HTTP_REQUEST_TIMEOUT";
  // Proxies open connections to have them: one that never spoke is late with nothing, and is let go as any silent one.
  if (slow && socket.bytesRead === 0) return;
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
    keepAliveTimeout: 2 * requestTimeout,
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

export class HttpReceiver {
  /** Not listening: who wants a port opens it. */
  readonly server: Server;
  private readonly adopted = new Set<Socket>();
  private answering: ReadonlySet<ServerResponse> = new Set();
  private emptied: (() => void) | undefined;

  constructor(requestTimeoutMs: number) {
    this.server = createServer(timeouts(requestTimeoutMs));
    // A connection that says nothing: none of the limits of a request has begun for it. Later than theirs, which answer.
    this.server.timeout = 1.5 * requestTimeoutMs;
    this.server.on("timeout", (socket) => this.silent(socket));
  }

  /**
   * Timers come before what has arrived, so after a turn of the loop that took long a client that did send looks silent:
   * it is heard first. One that waits for our answer is not silent either.
   */
  private silent(socket: Socket): void {
    for (const { socket: waiting, writableEnded } of this.answering) {
      if (waiting === socket && !writableEnded) {
        socket.setTimeout(this.server.timeout);
        return;
      }
    }
    const { bytesRead } = socket;
    setImmediate(() => setImmediate(() => socket.bytesRead === bytesRead && socket.destroy()));
  }

  /** Call in the turn in which the port's opening is seen, so that no connection comes before it has a handler. */
  serve(receiver: Receiver): void {
    this.answering = serve(this.server, receiver);
  }

  /** In place of a port of its own: the server watches over slow clients from here on. */
  standBy(): void {
    // Documented as the event of a bound port; node:http takes it as the sign to begin checking its connections.
    this.server.emit("listening");
  }

  /** A connection that another process accepted, paused and unread. */
  adopt(socket: Socket): void {
    this.adopted.add(socket);
    socket.once("close", () => {
      this.adopted.delete(socket);
      if (this.adopted.size === 0) this.emptied?.();
    });
    this.server.emit("connection", socket);
    socket.resume();
  }

  /** Ends idle connections at once, busy ones when their answer is out, and whatever is left after 5 s. */
  async close(): Promise<void> {
    const timer = setTimeout(() => this.server.closeAllConnections(), STOP_MS);
    const last = (response: ServerResponse): void => {
      if (!response.headersSent) response.setHeader("connection", "close");
    };
    for (const response of this.answering) last(response);
    this.server.prependListener("request", (_request, response) => last(response));
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeIdleConnections();
    await closed;
    await this.whenEmpty();
    clearTimeout(timer);
  }

  private whenEmpty(): Promise<void> {
    if (this.adopted.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.emptied = resolve;
    });
  }
}
