/**
 * The API's HTTP face: Host allow-list, validation, one error envelope, gzip, ETag, event streams, `/healthz`,
 * `/readyz`, `/metrics` and the OpenAPI document. What a route answers is decided in `routes/`; nothing here knows it.
 */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Registry } from "prom-client";
import { z } from "zod";
import type { Log } from "../telemetry/log.ts";
import { sendEvents } from "./events.ts";
import { hostAllowed } from "./host-check.ts";
import { openApiDocument } from "./openapi.ts";
import type { Route, RouteAnswer } from "./route.ts";

export interface ApiOptions {
  readonly routes: readonly Route[];
  readonly registry: Registry;
  readonly log: Log;
  readonly version: string;
  /** Names besides loopback that may stand in the Host header. */
  readonly hosts: readonly string[];
  readonly ready: () => { ready: boolean; waitingFor: readonly string[] };
}

const gzipAsync = promisify(gzip);
const GZIP_FROM_BYTES = 1024;

function envelope(reply: FastifyReply, status: number, code: string, message: string, field?: string): FastifyReply {
  return reply.status(status).send({ code, message, ...(field === undefined ? {} : { field }) });
}

function acceptsGzip(request: FastifyRequest): boolean {
  return /\bgzip\b/.test(String(request.headers["accept-encoding"] ?? ""));
}

async function sendBytes(request: FastifyRequest, reply: FastifyReply, body: Uint8Array, zipped?: Uint8Array) {
  reply.header("content-type", "application/json; charset=utf-8").header("vary", "accept-encoding");
  if (!acceptsGzip(request) || body.length < GZIP_FROM_BYTES) return reply.send(Buffer.from(body));
  return reply.header("content-encoding", "gzip").send(zipped ?? (await gzipAsync(body)));
}

async function sendChunks(reply: FastifyReply, chunks: AsyncIterable<string>): Promise<void> {
  reply.hijack();
  const response = reply.raw;
  response.writeHead(200, { "content-type": "application/json; charset=utf-8" });
  for await (const chunk of chunks) {
    if (response.destroyed) return;
    if (!response.write(chunk)) await new Promise((resolve) => response.once("drain", resolve).once("close", resolve));
  }
  response.end();
}

async function present(request: FastifyRequest, reply: FastifyReply, answer: RouteAnswer): Promise<unknown> {
  switch (answer.kind) {
    case "json":
      reply.status(answer.status ?? 200);
      return sendBytes(request, reply, Buffer.from(JSON.stringify(answer.body)));
    case "cached": {
      reply.header("etag", answer.etag).header("cache-control", "no-cache");
      if (request.headers["if-none-match"] === answer.etag) return reply.status(304).send();
      return sendBytes(request, reply, answer.body, answer.gzip);
    }
    case "stream":
      return sendChunks(reply, answer.chunks);
    case "events":
      return sendEvents(request, reply, answer.start);
    case "error":
      return reply.status(answer.status).send(answer.error);
  }
}

function mount(app: FastifyInstance, route: Route): void {
  app.route({
    method: route.method,
    url: `/api/v1${route.path}`,
    handler: async (request, reply) => {
      const abort = new AbortController();
      reply.raw.once("close", () => abort.abort());
      const { params, query, headers } = request;
      const answer = await route.handle({ params, query, headers, signal: abort.signal });
      return present(request, reply, answer);
    },
  });
}

function mountPlumbing(app: FastifyInstance, options: ApiOptions): void {
  const document = openApiDocument(options.routes, options.version);
  app.get("/api/openapi.json", () => document);
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

/** Builds the server without opening a port; `listen` is the caller's. */
export function apiServer(options: ApiOptions): FastifyInstance {
  const app = Fastify({ forceCloseConnections: true, bodyLimit: 1024 * 1024, routerOptions: { maxParamLength: 300 } });
  app.addHook("onRequest", async (request, reply) => {
    if (hostAllowed(request.headers.host, options.hosts)) return;
    return envelope(reply, 403, "host_not_allowed", "the Host header names neither this machine nor a configured host");
  });
  app.setNotFoundHandler((request, reply) =>
    envelope(reply, 404, "not_found", `there is no ${request.method} ${request.url.split("?")[0] ?? ""}`),
  );
  app.setErrorHandler((error, request, reply) => {
    if (error instanceof z.ZodError) {
      const issue = error.issues[0];
      return envelope(reply, 400, "bad_request", issue?.message ?? "malformed request", issue?.path.join("."));
    }
    const status = error instanceof Error && "statusCode" in error ? Number(error.statusCode) : 500;
    if (status < 500)
      return envelope(reply, status, "bad_request", error instanceof Error ? error.message : "malformed");
    options.log.error("api_request_failed", { url: request.url, error: String(error) });
    return envelope(reply, 500, "internal", "the request failed; the collector's log has the cause");
  });
  for (const route of options.routes) mount(app, route);
  mountPlumbing(app, options);
  return app;
}
