/** The HTTP face: malformed requests, gzip, streams that fail half-way, HEAD, conditional requests. */
import { request } from "node:http";
import { gunzipSync } from "node:zlib";
import { Registry } from "prom-client";
import { afterEach, expect, test } from "vitest";
import { z } from "zod";
import { StoreCallError, StoreUnavailableError } from "../store/store-unavailable.ts";
import type { Log } from "../telemetry/log.ts";
import { json, type Route, type RouteAnswer, route } from "./route.ts";
import { apiServer } from "./server.ts";
import { SharedBody } from "./shared-body.ts";

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const run of cleanUps.splice(0)) await run();
});

const any = z.unknown();
const LONG = "x".repeat(2000);

function get(path: string, handle: () => RouteAnswer): Route {
  return route({ method: "GET", path, summary: path, answer: any, handle });
}

function serve(...routes: Route[]) {
  const errors: string[] = [];
  const log: Log = { info: () => {}, warn: () => {}, error: (event) => errors.push(event) };
  const ready = () => ({ ready: true, waitingFor: [] });
  const app = apiServer({ routes, registry: new Registry(), log, version: "0", hosts: [], ready });
  cleanUps.push(() => app.close());
  const ask = (url: string, headers: Record<string, string> = {}, method: "GET" | "HEAD" = "GET") =>
    app.inject({ url, method, headers: { host: "localhost", ...headers } });
  return { app, ask, errors };
}

/** A request over a real socket: how it ended, and the bytes until then. */
async function fetched(app: ReturnType<typeof apiServer>, path: string, headers: Record<string, string> = {}) {
  const base = await app.listen({ host: "127.0.0.1", port: 0 });
  return new Promise<{ whole: boolean; body: Buffer; encoding: string | undefined }>((done) => {
    const sent = request(`${base}${path}`, { headers }, (answer) => {
      const parts: Buffer[] = [];
      const end = () =>
        done({ whole: answer.complete, body: Buffer.concat(parts), encoding: answer.headers["content-encoding"] });
      answer.on("data", (part: Buffer) => parts.push(part)).on("error", () => {});
      answer.on("close", end);
    });
    sent.on("error", () => done({ whole: false, body: Buffer.alloc(0), encoding: undefined })).end();
  });
}

test("malformed URLs and over-long parameters get the envelope, and the Host check before it", async () => {
  const { ask } = serve(route({ ...get("/nodes/:id", () => json({})), params: z.object({ id: z.string() }) }));
  for (const url of ["/api/v1/nodes/%zz", `/api/v1/nodes/${LONG}`]) {
    const refused = await ask(url);
    expect([refused.statusCode, refused.json()]).toEqual([
      400,
      { code: "bad_request", message: expect.stringMatching(/./) },
    ]);
    const foreign = await ask(url, { host: "evil.example" });
    expect([foreign.statusCode, foreign.json().code]).toEqual([403, "host_not_allowed"]);
  }
});

test("the OpenAPI document is zipped when asked, and plain when gzip is refused", async () => {
  const { ask } = serve(...Array.from({ length: 20 }, (_, i) => get(`/things-${i}`, () => json({}))));
  const plain = await ask("/api/openapi.json", { "accept-encoding": "gzip;q=0" });
  expect([plain.headers["content-encoding"], plain.headers["content-type"]]).toEqual([
    undefined,
    "application/json; charset=utf-8",
  ]);
  expect(plain.json().openapi).toBe("3.1.0");
  const zipped = await ask("/api/openapi.json", { "accept-encoding": "gzip" });
  expect([zipped.headers["content-encoding"], zipped.headers.vary]).toEqual(["gzip", "accept-encoding"]);
  expect(gunzipSync(zipped.rawPayload).toString()).toBe(plain.body);
});

async function* pieces(failAt: number, count = 5): AsyncGenerator<string> {
  for (let i = 0; i < count; i++) {
    if (i === failAt) throw new Error("the store went away");
    yield `[${i}${LONG}]`;
  }
}

test("a streamed document is the same zipped and plain", async () => {
  const routes = get("/doc", () => ({ kind: "stream", chunks: pieces(-1) }));
  const { app, ask } = serve(routes);
  const plain = await ask("/api/v1/doc", { "accept-encoding": "gzip;q=0" });
  expect(plain.body.length).toBe(5 * (LONG.length + 3));
  const zipped = await fetched(app, "/api/v1/doc", { "accept-encoding": "gzip" });
  expect([zipped.whole, zipped.encoding]).toEqual([true, "gzip"]);
  expect(gunzipSync(zipped.body).toString()).toBe(plain.body);
  expect(zipped.body.length).toBeLessThan(plain.body.length / 4);
});

test("a zipped stream is flushed piece by piece: the first is readable before the second is made", async () => {
  let go = (): void => {};
  const second = new Promise<void>((resolve) => {
    go = resolve;
  });
  async function* slow(): AsyncGenerator<string> {
    yield "[1,";
    await second;
    yield "2]";
  }
  const { app } = serve(get("/doc", () => ({ kind: "stream", chunks: slow() })));
  const base = await app.listen({ host: "127.0.0.1", port: 0 });
  const answer = await fetch(`${base}/api/v1/doc`, { headers: { "accept-encoding": "gzip" } });
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader?.read())?.value).toBe("[1,");
  go();
  expect((await reader?.read())?.value).toBe("2]");
});

test.each(["identity", "gzip"])("a stream that fails half-way is cut and logged (%s)", async (encoding) => {
  const { app, errors } = serve(get("/doc", () => ({ kind: "stream", chunks: pieces(3) })));
  expect((await fetched(app, "/api/v1/doc", { "accept-encoding": encoding })).whole).toBe(false);
  expect(errors).toEqual(["api_stream_failed"]);
});

test("a stream that fails before its first piece is a 500 in the envelope", async () => {
  const { ask } = serve(get("/doc", () => ({ kind: "stream", chunks: pieces(0) })));
  const answer = await ask("/api/v1/doc");
  expect([answer.statusCode, answer.json().code]).toEqual([500, "internal"]);
});

test("a client that leaves a stream ends its making, and is no error", async () => {
  let ended = false;
  async function* endless(): AsyncGenerator<string> {
    try {
      for (;;) yield LONG;
    } finally {
      ended = true;
    }
  }
  const { app, errors } = serve(get("/doc", () => ({ kind: "stream", chunks: endless() })));
  const base = await app.listen({ host: "127.0.0.1", port: 0 });
  const abort = new AbortController();
  await fetch(`${base}/api/v1/doc`, { signal: abort.signal });
  abort.abort();
  await expect.poll(() => ended).toBe(true);
  expect(errors).toEqual([]);
});

test("HEAD joins no reader of an event stream, and answers elsewhere", async () => {
  let started = 0;
  const live = route({
    method: "GET",
    path: "/live",
    summary: "",
    events: true,
    answer: any,
    handle: () => ({ kind: "events", start: () => started++ }),
  });
  const { ask } = serve(
    live,
    get("/thing", () => json({ a: 1 })),
  );
  expect((await ask("/api/v1/live", {}, "HEAD")).statusCode).toBe(404);
  expect(started).toBe(0);
  expect((await ask("/api/v1/thing", {}, "HEAD")).statusCode).toBe(200);
});

test("If-None-Match takes weak tags, lists and the star", async () => {
  const { ask } = serve(get("/thing", () => ({ kind: "shared", body: new SharedBody([Buffer.from("{}")], '"t1"') })));
  const status = async (tag: string) => (await ask("/api/v1/thing", { "if-none-match": tag })).statusCode;
  for (const tag of ['"t1"', 'W/"t1"', '"t0", W/"t1"', "*"]) expect([tag, await status(tag)]).toEqual([tag, 304]);
  for (const tag of ['"t2"', "t1"]) expect([tag, await status(tag)]).toEqual([tag, 200]);
});

test("while the store is away a read answers 503 with its code and when to come again", async () => {
  const away = get("/away", () => {
    throw new StoreUnavailableError();
  });
  const { ask, errors } = serve(away);
  const answer = await ask("/api/v1/away");
  expect([answer.statusCode, answer.json().code, answer.headers["retry-after"]]).toEqual([
    503,
    "store_unavailable",
    "1",
  ]);
  expect(errors).toEqual([]);
});

test("a question that was too much for the store is refused with the store's code", async () => {
  const wide = get("/wide", () => {
    throw new StoreCallError("query_deadline", "over 10 s");
  });
  const { ask } = serve(wide);
  const answer = await ask("/api/v1/wide");
  expect([answer.statusCode, answer.json()]).toEqual([400, { code: "query_deadline", message: "over 10 s" }]);
});
