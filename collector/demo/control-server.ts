/**
 * The demo's one HTTP server: every simulated proxy's scrape endpoint, the incidents, the truth, a reset. In: a world kept
 * current by its owner. Out: text expositions (gzip when asked) and JSON; errors are `{code, message}`. Loopback only.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { expose } from "../../lib/world/exposition.ts";
import { isIncidentName } from "../../lib/world/incidents.ts";
import type { World } from "../../lib/world/world.ts";
import type { ExportFigures } from "./export-tally.ts";
import { requestText } from "./request-text.ts";

const zip = promisify(gzip);
const MAX_BODY = 4096;
/** Far above the interval of scrapes: a connection that closes just as it is used again reads as a reset. */
const KEEP_ALIVE_MS = 65_000;

export interface ControlServerOptions {
  readonly world: World;
  /** Brings the world up to the present. */
  readonly refresh: () => void;
  /** Puts what the control planes hold back to what it was at the start. */
  readonly reset: () => void;
  /** Null before the collector's address is known. */
  readonly exports: () => Readonly<Record<string, ExportFigures>> | null;
}

type Reply = { readonly status: number; readonly body: unknown };

function refuse(status: number, code: string, message: string): Reply {
  return { status, body: { code, message } };
}

function sendJson(response: ServerResponse, { status, body }: Reply): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" });
  response.end(JSON.stringify(body));
}

/** The `active` of an incident's body, or undefined where it is not such a body. */
function activeOf(text: string): boolean | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== "object" || parsed === null || !("active" in parsed)) return undefined;
    return typeof parsed.active === "boolean" ? parsed.active : undefined;
  } catch {
    return undefined;
  }
}

export class ControlServer {
  private readonly options: ControlServerOptions;
  private readonly server: Server;
  private readonly scrapes = new Map<string, number>();

  constructor(options: ControlServerOptions) {
    this.options = options;
    this.server = createServer((request, response) => {
      this.answer(request, response).catch((error: unknown) => {
        if (!response.headersSent) sendJson(response, refuse(500, "internal", String(error)));
        else response.destroy();
      });
    });
    this.server.keepAliveTimeout = KEEP_ALIVE_MS;
  }

  /** Opens a free loopback port and answers with the base URL. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(0, "127.0.0.1", resolve);
    });
    const address = this.server.address();
    if (address === null || typeof address === "string") throw new Error("the demo has no port");
    return `http://127.0.0.1:${address.port}`;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeAllConnections();
    await closed;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? "/", "http://demo");
    const [, area = "", name = "", ...rest] = pathname.split("/");
    if (area === "proxies" && rest.length > 0) return this.scrape(name, rest.join("/"), request, response);
    if (area === "incidents" && rest.length === 0) {
      if (request.method === "GET" && name === "") return sendJson(response, this.incidents());
      if (request.method === "POST" && name !== "") return sendJson(response, await this.switchIncident(name, request));
    }
    if (request.method === "POST" && pathname === "/reset") {
      this.options.reset();
      return sendJson(response, this.incidents());
    }
    if (request.method === "GET" && pathname === "/truth") return sendJson(response, this.truth());
    if (request.method === "GET" && pathname === "/exports") {
      return sendJson(response, { status: 200, body: { exports: this.options.exports() } });
    }
    sendJson(response, refuse(404, "not_found", `nothing at ${request.method} ${pathname}`));
  }

  private incidents(): Reply {
    const incidents = this.options.world
      .incidents()
      .map(({ name, title, description, active, sinceMs }) => ({ name, title, description, active, sinceMs }));
    return { status: 200, body: { incidents } };
  }

  private async switchIncident(name: string, request: IncomingMessage): Promise<Reply> {
    if (!isIncidentName(name)) return refuse(404, "incident_not_found", `there is no incident ${name}`);
    const text = await requestText(request, MAX_BODY);
    const active = text === undefined ? undefined : activeOf(text);
    if (active === undefined)
      return refuse(400, "invalid_body", 'the body must be {"active": true} or {"active": false}');
    this.options.refresh();
    this.options.world.switchIncident(name, active);
    return this.incidents();
  }

  private truth(): Reply {
    this.options.refresh();
    const { world } = this.options;
    return { status: 200, body: { startMs: world.startMs, nowMs: world.nowMs, edges: world.truth() } };
  }

  private async scrape(name: string, path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.options.refresh();
    const { world } = this.options;
    const pod = world.pods.find((candidate) => candidate.name === name && candidate.proxy?.path === path);
    const count = (this.scrapes.get(name) ?? 0) + 1;
    const exposition = pod === undefined ? null : expose(pod, { startMs: world.startMs, nowMs: world.nowMs }, count);
    if (exposition === null) return sendJson(response, refuse(404, "proxy_not_found", `there is no proxy ${name}`));
    this.scrapes.set(name, count);
    const wantsGzip = /\bgzip\b/.test(String(request.headers["accept-encoding"] ?? ""));
    const body = wantsGzip ? await zip(exposition.text, { level: 1 }) : exposition.text;
    response.writeHead(200, {
      "content-type": exposition.contentType,
      ...(wantsGzip ? { "content-encoding": "gzip" } : {}),
    });
    response.end(body);
  }
}
