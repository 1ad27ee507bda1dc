/**
 * The API's HTTP face: Host allow-list, validation, one error envelope, gzip, ETag, event streams, `/healthz`,
 * `/readyz`, `/metrics` and the OpenAPI document. What a route answers is decided in `routes/`; nothing here knows it.
 */
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { constants, createGzip, gzip } from "node:zlib";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Registry } from "prom-client";
import { z } from "zod";
import { ok } from "../../lib/base/result.ts";
import { describeNeed, isAllowed, type Subject } from "../../lib/query/access.ts";
import { StoreCallError, StoreUnavailableError } from "../store/store-unavailable.ts";
import type { Log } from "../telemetry/log.ts";
import { type Authenticate, asLocalUser } from "./authenticate.ts";
import { acceptsGzip, etagMatches } from "./conditions.ts";
import { sendEvents } from "./events.ts";
import { GATES_PREFIX } from "./gate-routes.ts";
import { hostAllowed } from "./host-check.ts";
import { openApiDocument } from "./openapi.ts";
import { foreignRequest } from "./own-request.ts";
import type { Route, RouteAnswer } from "./route.ts";
import { sendBody } from "./send-body.ts";

export interface ApiOptions {
  readonly routes: readonly Route[];
  readonly registry: Registry;
  readonly log: Log;
  readonly version: string;
  /** Names besides loopback that may stand in the Host header. */
  readonly hosts: readonly string[];
  /** Who asks; left out: the machine's own users, who may do all. */
  readonly authenticate?: Authenticate;
  /** Routes of other members, who say by other means who they are. */
  readonly internal?: ((app: FastifyInstance) => void) | undefined;
  /** What other programs ask without a login, below `/gates/`: each request proves itself. */
  readonly gates?: ((app: FastifyInstance) => void) | undefined;
  readonly ready: () => { ready: boolean; waitingFor: readonly string[] };
}

const gzipAsync = promisify(gzip);
const GZIP_FROM_BYTES = 1024;
/** An id of an owned rollout: cluster, namespace and name, each as long as they may be. */
const MAX_PARAM = 700;

function envelope(reply: FastifyReply, status: number, code: string, message: string, field?: string): FastifyReply {
  return reply.status(status).send({ code, message, ...(field === undefined ? {} : { field }) });
}

function refuseHost(reply: FastifyReply): FastifyReply {
  return envelope(reply, 403, "host_not_allowed", "the Host header names neither this machine nor a configured host");
}

function takesGzip(request: FastifyRequest): boolean {
  const header = request.headers["accept-encoding"];
  return acceptsGzip(Array.isArray(header) ? header.join() : header);
}

async function sendBytes(request: FastifyRequest, reply: FastifyReply, body: Uint8Array) {
  reply.header("content-type", "application/json; charset=utf-8").header("vary", "accept-encoding");
  if (!takesGzip(request) || body.length < GZIP_FROM_BYTES) return reply.send(body);
  return reply.header("content-encoding", "gzip").send(await gzipAsync(body));
}

/** The first piece, and then all: what fails before there is one is still answered by the envelope. */
async function begun(chunks: AsyncIterable<string>): Promise<AsyncIterable<string>> {
  const pieces = chunks[Symbol.asyncIterator]();
  const first = await pieces.next();
  async function* all(): AsyncGenerator<string> {
    try {
      for (let next = first; next.done !== true; next = await pieces.next()) yield next.value;
    } finally {
      await pieces.return?.();
    }
  }
  return all();
}

/**
 * Status and headers are gone when a later piece fails: then the connection is cut, so that the client does not take a
 * part for the whole. Each piece is flushed as it is made.
 */
async function sendChunks(request: FastifyRequest, reply: FastifyReply, answer: StreamAnswer, log: Log) {
  const { file } = answer;
  const source = Readable.from(await begun(answer.chunks), { highWaterMark: 1 });
  const zip = takesGzip(request);
  reply.hijack();
  const response = reply.raw;
  response.writeHead(200, {
    "content-type": file?.type ?? "application/json; charset=utf-8",
    ...(file === undefined ? {} : { "content-disposition": `attachment; filename="${file.name}"` }),
    vary: "accept-encoding",
    ...(zip ? { "content-encoding": "gzip" } : {}),
  });
  try {
    if (zip) await pipeline(source, createGzip({ level: 5, flush: constants.Z_SYNC_FLUSH }), response);
    else await pipeline(source, response);
  } catch (error) {
    const left = error instanceof Error && "code" in error && error.code === "ERR_STREAM_PREMATURE_CLOSE";
    if (!left) log.error("api_stream_failed", { url: loggedUrl(request), error: String(error) });
    response.destroy();
  }
}

async function present(request: FastifyRequest, reply: FastifyReply, answer: RouteAnswer, log: Log): Promise<unknown> {
  switch (answer.kind) {
    case "json":
      reply.status(answer.status ?? 200);
      return sendBytes(request, reply, Buffer.from(JSON.stringify(answer.body)));
    case "shared": {
      const { body } = answer;
      reply.header("etag", body.etag).header("cache-control", "no-cache").header("vary", "accept-encoding");
      if (etagMatches(request.headers["if-none-match"], body.etag)) return reply.status(304).send();
      return sendBody(request, reply, body, { zip: takesGzip(request) && body.length >= GZIP_FROM_BYTES, log });
    }
    case "stream":
      return sendChunks(request, reply, answer, log);
    case "events":
      return sendEvents(request, reply, answer.start);
    case "error":
      return reply.status(answer.status).send(answer.error);
  }
}

type StreamAnswer = Extract<RouteAnswer, { readonly kind: "stream" }>;

/** Without the token of an approval link: it is an authority as long as it is not used. */
function loggedUrl({ url }: FastifyRequest): string {
  return url.replace(/(\/approvals\/)[^/?#]+/, "$1…");
}

/** What answers without a login: whether the process serves, for whoever watches over it. */
const OPEN_PATHS = new Set(["/healthz", "/readyz"]);

const subjects = new WeakMap<FastifyRequest, Subject>();
/** Paths of routes that carry their own authority, by server. */
const openRoutes = new WeakMap<object, ReadonlySet<string>>();

const NOBODY: Subject = { name: "nobody", grants: [] };

/** Refuses who is not known, and what a page of another origin wants to change; keeps the subject for the route. */
function admit(request: FastifyRequest, reply: FastifyReply, authenticate: Authenticate): FastifyReply | undefined {
  if (OPEN_PATHS.has(request.url.split("?")[0] ?? "")) return undefined;
  const isOpen = openRoutes.get(request.server)?.has(request.routeOptions.url ?? "") === true;
  const known = isOpen ? ok(NOBODY) : authenticate(request.headers);
  if (!known.ok) {
    reply.header("www-authenticate", "Bearer");
    return envelope(reply, 401, known.error.code, known.error.message);
  }
  subjects.set(request, known.value);
  const reads = request.method === "GET" || request.method === "HEAD";
  const foreign = reads ? undefined : foreignRequest(request.headers);
  if (foreign !== undefined) return reply.status(foreign.status).send(foreign.error);
  if (isOpen || isAllowed(known.value, "viewer")) return undefined;
  return envelope(reply, 403, "forbidden", `${known.value.name} is no ${describeNeed("viewer", undefined)}`);
}

function mount(app: FastifyInstance, route: Route, log: Log): void {
  app.route({
    method: route.method,
    exposeHeadRoute: route.events !== true,
    url: `/api/v1${route.path}`,
    handler: async (request, reply) => {
      const abort = new AbortController();
      reply.raw.once("close", () => abort.abort());
      const { params, query, headers, body } = request;
      const subject = subjects.get(request);
      if (subject === undefined) throw new Error("a request reached its route without a subject");
      const answer = await route.handle({ params, query, body, headers, subject, signal: abort.signal });
      return present(request, reply, answer, log);
    },
  });
}

function mountPlumbing(app: FastifyInstance, options: ApiOptions): void {
  const document = Buffer.from(JSON.stringify(openApiDocument(options.routes, options.version)));
  app.get("/api/openapi.json", (request, reply) => sendBytes(request, reply, document));
  app.get("/healthz", () => ({ status: "ok" }));
  app.get("/readyz", (_request, reply) => {
    const { ready, waitingFor } = options.ready();
    return reply.status(ready ? 200 : 503).send({ status: ready ? "ready" : "starting", waitingFor });
  });
  app.get("/metrics", async (_request, reply) => {
    reply.header("content-type", options.registry.contentType);
    return options.registry.metrics();
  });
}

/** Members of the cluster and gates say by other means who asks. */
function provesItself({ internal, gates }: ApiOptions, url: string): boolean {
  return (
    (internal !== undefined && url.startsWith("/internal/")) || (gates !== undefined && url.startsWith(GATES_PREFIX))
  );
}

/** What the store would have answered with more time or room: a narrower question gets an answer. */
const STORE_REFUSALS = new Set(["query_deadline", "query_too_large", "search_too_wide"]);

/** Builds the server without opening a port; `listen` is the caller's. */
export function apiServer(options: ApiOptions): FastifyInstance {
  const allowed = (request: FastifyRequest): boolean => hostAllowed(request.headers.host, options.hosts);
  const app = Fastify({
    forceCloseConnections: true,
    bodyLimit: 1024 * 1024,
    routerOptions: { maxParamLength: MAX_PARAM },
    // The router refuses these before any hook or error handler of ours.
    frameworkErrors: (error, request, reply) =>
      allowed(request) ? envelope(reply, 400, "bad_request", error.message) : refuseHost(reply),
  });
  openRoutes.set(app, new Set(options.routes.flatMap(({ open, path }) => (open === true ? [`/api/v1${path}`] : []))));
  const authenticate = options.authenticate ?? asLocalUser;
  app.addHook("onRequest", async (request, reply) =>
    !allowed(request)
      ? refuseHost(reply)
      : provesItself(options, request.url)
        ? undefined
        : admit(request, reply, authenticate),
  );
  app.setNotFoundHandler((request, reply) =>
    envelope(reply, 404, "not_found", `there is no ${request.method} ${request.url.split("?")[0] ?? ""}`),
  );
  app.setErrorHandler((error, request, reply) => {
    if (error instanceof z.ZodError) {
      const issue = error.issues[0];
      return envelope(reply, 400, "bad_request", issue?.message ?? "malformed request", issue?.path.join("."));
    }
    if (error instanceof StoreUnavailableError) {
      reply.header("retry-after", error.retryAfterSec);
      return envelope(reply, error.statusCode, error.code, error.message);
    }
    if (error instanceof StoreCallError && STORE_REFUSALS.has(error.code))
      return envelope(reply, 400, error.code, error.message);
    const status = error instanceof Error && "statusCode" in error ? Number(error.statusCode) : 500;
    if (status < 500)
      return envelope(reply, status, "bad_request", error instanceof Error ? error.message : "malformed");
    options.log.error("api_request_failed", { url: loggedUrl(request), error: String(error) });
    return envelope(reply, 500, "internal", "the request failed; the collector's log has the cause");
  });
  for (const route of options.routes) mount(app, route, options.log);
  mountPlumbing(app, options);
  options.internal?.(app);
  options.gates?.(app);
  return app;
}
