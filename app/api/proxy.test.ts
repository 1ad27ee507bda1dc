import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { proxy } from "./proxy.ts";

const servers: Server[] = [];

async function upstream(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return `http://127.0.0.1:${(address satisfies AddressInfo).port}`;
}

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const DOWN = { code: "collector_unreachable", message: "start it" };

function pass(base: string, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { host: "localhost:3000", ...Object.fromEntries(new Headers(init.headers)) };
  const request = new Request(`http://localhost:3000/api/v1${path}`, { ...init, headers });
  return proxy(request, { base, prefix: "/api/v1", down: DOWN }, "/api/v1");
}

describe("the proxy", () => {
  it("passes path, query and validators on and a 304 back", async () => {
    let seen: IncomingMessage | null = null;
    const base = await upstream((request, response) => {
      seen = request;
      response.writeHead(304, { etag: '"a"' }).end();
    });
    const answer = await pass(base, "/graph?view=app&ns=a%2Cb", { headers: { "if-none-match": '"a"' } });
    expect(answer.status).toBe(304);
    expect(answer.headers.get("etag")).toBe('"a"');
    expect(seen).toMatchObject({ url: "/api/v1/graph?view=app&ns=a%2Cb", headers: { "if-none-match": '"a"' } });
  });

  it("asks for a plain body, whatever the browser would take", async () => {
    let asked: string | undefined;
    const base = await upstream((request, response) => {
      asked = request.headers["accept-encoding"];
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
    const answer = await pass(base, "/graph", { headers: { "accept-encoding": "gzip, br" } });
    expect(asked).toBe("identity");
    expect(await answer.json()).toEqual({});
  });

  it("hands on each event of a stream before the next one is sent", async () => {
    const sent: (() => void)[] = [];
    const base = await upstream((_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("data: 1\n\n");
      sent.push(() => response.write("data: 2\n\n"));
    });
    const answer = await pass(base, "/graph/live");
    const reader = answer.body?.getReader();
    const text = async () => new TextDecoder().decode((await reader?.read())?.value);
    expect(await text()).toBe("data: 1\n\n");
    sent[0]?.();
    expect(await text()).toBe("data: 2\n\n");
    await reader?.cancel();
  });

  it("ends the upstream request when the browser goes away, before and after the answer began", async () => {
    const closed: Promise<unknown>[] = [];
    const base = await upstream((request, response) => {
      closed.push(once(response, "close"));
      if (request.url?.endsWith("/live")) response.writeHead(200).write("data: 1\n\n");
    });
    const late = new AbortController();
    const answer = await pass(base, "/live", { signal: late.signal });
    await answer.body?.getReader().read();
    late.abort();
    await closed[0];
    const early = new AbortController();
    const waiting = pass(base, "/slow", { signal: early.signal });
    await expect.poll(() => closed.length).toBe(2);
    early.abort();
    await closed[1];
    expect((await waiting).status).toBe(502);
  });

  it("says what to do when nobody answers", async () => {
    const base = await upstream(() => undefined);
    for (const server of servers.splice(0)) server.close();
    const answer = await pass(base, "/graph");
    expect(answer.status).toBe(502);
    expect(await answer.json()).toEqual(DOWN);
  });

  it("passes a JSON body on and refuses what another origin could send", async () => {
    const bodies: string[] = [];
    const base = await upstream(async (request, response) => {
      let text = "";
      for await (const piece of request) text += String(piece);
      bodies.push(text);
      response.writeHead(202).end();
    });
    const json = { "content-type": "application/json" };
    const post = (headers: Record<string, string>) => pass(base, "/x", { method: "POST", headers, body: '{"a":1}' });
    expect((await post({ ...json, origin: "http://localhost:3000" })).status).toBe(202);
    expect((await post(json)).status).toBe(202);
    expect((await post({ ...json, origin: "http://elsewhere.example" })).status).toBe(403);
    expect((await post({ ...json, origin: "null" })).status).toBe(403);
    expect((await post({ "content-type": "text/plain" })).status).toBe(403);
    expect(bodies).toEqual(['{"a":1}', '{"a":1}']);
  });

  it("turns the browser's token into an Authorization header, and passes no cookie on", async () => {
    const seen: IncomingMessage["headers"][] = [];
    const base = await upstream((request, response) => {
      seen.push(request.headers);
      response.writeHead(200).end("{}");
    });
    await pass(base, "/x", { headers: { cookie: "theme=dark; meshscope_token=abc.DEF=; other=1" } });
    await pass(base, "/x", { headers: { cookie: "meshscope_token=abc", authorization: "Bearer own" } });
    await pass(base, "/x", { headers: { cookie: 'meshscope_token="a b"' } });
    expect(seen.map(({ authorization, cookie }) => [authorization, cookie])).toEqual([
      ["Bearer abc.DEF=", undefined],
      ["Bearer own", undefined],
      [undefined, undefined],
    ]);
  });
});
