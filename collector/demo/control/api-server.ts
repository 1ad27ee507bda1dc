/**
 * A simulated control plane's HTTP server on a loopback port of its own. In: what answers a request. Out: a base URL, and a
 * way to take no connections for a while, on the same port. Every answer says that it is simulated.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { requestText } from "../request-text.ts";
import type { Json } from "./document.ts";

export interface ApiRequest {
  readonly method: string;
  /** Decoded, without the empty one at the beginning. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export interface ApiAnswer {
  readonly status: number;
  /** Text goes out as it is. */
  readonly body: Json;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Null: the response is the handler's own from here on. */
export type Handle = (request: ApiRequest, response: ServerResponse) => ApiAnswer | null | Promise<ApiAnswer | null>;

export const SIMULATED = { "x-simulated": "simulated estate: nothing behind this API is real" } as const;

const MAX_BODY = 2 * 1024 * 1024;
const KEEP_ALIVE_MS = 65_000;

function send(response: ServerResponse, { status, body, headers }: ApiAnswer): void {
  const isText = typeof body === "string";
  response.writeHead(status, {
    ...SIMULATED,
    "content-type": isText ? "text/plain; charset=utf-8" : "application/json",
    ...headers,
  });
  response.end(isText ? body : JSON.stringify(body));
}

/** Undefined for a path that cannot be decoded. */
function requestOf(request: IncomingMessage, body: string): ApiRequest | undefined {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://api");
  try {
    const path = pathname.split("/").filter((part) => part !== "");
    const { method = "GET", headers } = request;
    return { method, path: path.map(decodeURIComponent), query: searchParams, headers, body };
  } catch {
    return undefined;
  }
}

export class ApiServer {
  private readonly server: Server;
  private port = 0;
  private turn: Promise<void> = Promise.resolve();

  constructor(handle: Handle) {
    this.server = createServer((request, response) => {
      this.answer(handle, request, response).catch((error: unknown) => {
        if (response.headersSent) response.destroy();
        else send(response, { status: 500, body: String(error) });
      });
    });
    this.server.keepAliveTimeout = KEEP_ALIVE_MS;
  }

  private async answer(handle: Handle, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await requestText(request, MAX_BODY);
    const read = body === undefined ? undefined : requestOf(request, body);
    if (read === undefined) return send(response, { status: 400, body: "this request cannot be read" });
    const answer = await handle(read, response);
    if (answer !== null) send(response, answer);
  }

  /** Opens a free loopback port and answers with the base URL. */
  async listen(): Promise<string> {
    await this.up();
    return `http://127.0.0.1:${this.port}`;
  }

  /** Takes connections, or none: those that stand are cut. One after the other, as asked. */
  setUp(isUp: boolean): Promise<void> {
    this.turn = this.turn.then(() => (isUp ? this.up() : this.down()));
    return this.turn;
  }

  private async up(): Promise<void> {
    if (this.server.listening) return;
    await new Promise<void>((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(this.port, "127.0.0.1", () => {
        this.server.off("error", reject);
        resolve();
      });
    });
    const address = this.server.address();
    if (typeof address === "object" && address !== null) this.port = address.port;
  }

  private async down(): Promise<void> {
    if (!this.server.listening) return;
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeAllConnections();
    await closed;
  }

  close(): Promise<void> {
    return this.setUp(false);
  }
}
