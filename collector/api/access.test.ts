/** Who is let in, and which requests may change something: over the HTTP face, with every refusal. */
import { Registry } from "prom-client";
import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Subject } from "../../lib/query/access.ts";
import { type Authenticate, byToken, digestOfToken } from "./authenticate.ts";
import { json, route } from "./route.ts";
import { apiServer } from "./server.ts";

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const run of cleanUps.splice(0)) await run();
});

const ann: Subject = { name: "ann", grants: [{ role: "operator", mesh: "istio" }] };
const nobody: Subject = { name: "nobody", grants: [] };
const TOKENS = byToken([
  { subject: ann, sha256: digestOfToken("s3cret") },
  { subject: nobody, sha256: digestOfToken("empty") },
]);

function serve(authenticate?: Authenticate) {
  const seen: string[] = [];
  const app = apiServer({
    routes: [
      route({
        method: "GET",
        path: "/who",
        summary: "who",
        answer: z.unknown(),
        handle: ({ subject }) => json({ name: subject.name }),
      }),
      route({
        method: "POST",
        path: "/acts",
        summary: "act",
        body: z.strictObject({ action: z.string() }),
        answer: z.unknown(),
        handle: ({ subject, body }) => {
          seen.push(`${subject.name} ${body.action}`);
          return json({ done: true });
        },
      }),
    ],
    registry: new Registry(),
    log: { info: () => {}, warn: () => {}, error: () => {} },
    version: "0",
    hosts: ["console.example"],
    ready: () => ({ ready: true, waitingFor: [] }),
    ...(authenticate === undefined ? {} : { authenticate }),
  });
  cleanUps.push(() => app.close());
  const ask = async (url: string, headers: Record<string, string> = {}) => {
    const answer = await app.inject({ url, headers: { host: "localhost:4320", ...headers } });
    return [answer.statusCode, answer.json()] as const;
  };
  const act = async (headers: Record<string, string>, payload = '{"action":"promote"}') => {
    const own = { host: "localhost:4320", "content-type": "application/json", ...headers };
    const answer = await app.inject({ method: "POST", url: "/api/v1/acts", headers: own, payload });
    return [answer.statusCode, answer.json().code ?? "done"] as const;
  };
  return { ask, act, seen };
}

describe("without a login", () => {
  test("everybody is the machine's own user", async () => {
    expect(await serve().ask("/api/v1/who")).toEqual([200, { name: "local-unauthenticated" }]);
  });

  test("a tool and this console may act; pages of other origins, other types and other hosts may not", async () => {
    const { act, seen } = serve();
    expect(await act({})).toEqual([200, "done"]);
    expect(await act({ origin: "http://localhost:4320", "sec-fetch-site": "same-origin" })).toEqual([200, "done"]);
    expect(await act({ "content-type": "application/json; charset=utf-8" })).toEqual([200, "done"]);
    const before = seen.length;
    expect(await act({ origin: "http://evil.example" })).toEqual([403, "cross_origin"]);
    expect(await act({ origin: "null" })).toEqual([403, "cross_origin"]);
    expect(await act({ origin: "http://localhost:3000" })).toEqual([403, "cross_origin"]);
    expect(await act({ "sec-fetch-site": "cross-site" })).toEqual([403, "cross_origin"]);
    expect(await act({ "content-type": "text/plain" })).toEqual([415, "content_type_unsupported"]);
    expect(await act({ "content-type": "application/x-www-form-urlencoded" })).toEqual([
      415,
      "content_type_unsupported",
    ]);
    expect(await act({ host: "evil.example" })).toEqual([403, "host_not_allowed"]);
    expect(seen).toHaveLength(before);
  });

  test("a body that is no JSON, or of another shape, is refused with the field", async () => {
    const { act } = serve();
    expect(await act({}, "{")).toEqual([400, "bad_request"]);
    expect(await act({}, '{"action":"promote","force":true}')).toEqual([400, "bad_request"]);
  });
});

describe("with tokens", () => {
  test("the subject is the token's, and nothing but health is told without one", async () => {
    const { ask } = serve(TOKENS);
    expect(await ask("/api/v1/who", { authorization: "Bearer s3cret" })).toEqual([200, { name: "ann" }]);
    for (const path of ["/api/v1/who", "/metrics", "/api/openapi.json", "/api/v1/nowhere"]) {
      expect(await ask(path)).toMatchObject([401, { code: "token_missing" }]);
    }
    expect(await ask("/healthz")).toEqual([200, { status: "ok" }]);
    expect(await ask("/readyz")).toMatchObject([200, { status: "ready" }]);
  });

  test("an unknown token, another scheme and a subject without a role are refused", async () => {
    const { ask, act, seen } = serve(TOKENS);
    expect(await ask("/api/v1/who", { authorization: "Bearer s3cret2" })).toMatchObject([
      401,
      { code: "token_unknown" },
    ]);
    expect(await ask("/api/v1/who", { authorization: "Basic czNjcmV0" })).toMatchObject([
      401,
      { code: "token_missing" },
    ]);
    expect(await ask("/api/v1/who", { authorization: "Bearer empty" })).toMatchObject([403, { code: "forbidden" }]);
    expect(await act({})).toEqual([401, "token_missing"]);
    expect(seen).toEqual([]);
    expect(await act({ authorization: "Bearer s3cret" })).toEqual([200, "done"]);
    expect(seen).toEqual(["ann promote"]);
  });
});
