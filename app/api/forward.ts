/**
 * Passes one request on to another HTTP server and its answer back: event streams flow as they come, and a browser that
 * goes away ends the request upstream. The upstream is asked for plain bodies, because Next drops `content-encoding` from
 * a handler's answer; it compresses towards the browser itself, but for what says `no-transform`. In: the request and
 * the upstream URL; out: a Response, or `null` when nobody answered. Redirects are passed on, not followed.
 */

import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import { request as httpsRequest } from "node:https";
import { Readable } from "node:stream";
import { tokenOf } from "./session-cookie.ts";

/** RFC 9110 §7.6.1: meant for one connection only. */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "expect",
]);

function outgoing(headers: Headers): OutgoingHttpHeaders {
  const out: OutgoingHttpHeaders = {};
  headers.forEach((value, name) => {
    if (!HOP_BY_HOP.has(name)) out[name] = value;
  });
  out["accept-encoding"] = "identity";
  const token = tokenOf(headers.get("cookie"));
  if (token !== null && out["authorization"] === undefined) out["authorization"] = `Bearer ${token}`;
  // The console's own, and nobody else's business.
  delete out["cookie"];
  return out;
}

function incoming(answer: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value === undefined || HOP_BY_HOP.has(name)) continue;
    for (const one of Array.isArray(value) ? value : [value]) headers.append(name, one);
  }
  return headers;
}

const BODILESS = new Set([204, 205, 304]);

async function* pieces(answer: IncomingMessage, end: () => void): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of answer) yield piece;
  } catch {
    // The upstream broke off: the browser sees the body end and asks again.
  } finally {
    end();
  }
}

function webBody(answer: IncomingMessage, end: () => void): ReadableStream<Uint8Array> {
  const parts = pieces(answer, end);
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await parts.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
    cancel: end,
  });
}

export async function forward(request: Request, upstream: URL): Promise<Response | null> {
  const send = upstream.protocol === "https:" ? httpsRequest : httpRequest;
  const options = { method: request.method, headers: outgoing(request.headers) };
  const outward = send(upstream, options);
  const end = () => void outward.destroy();
  request.signal.addEventListener("abort", end, { once: true });
  const answered = new Promise<IncomingMessage | null>((resolve) => {
    outward.once("response", resolve);
    outward.on("error", () => resolve(null));
    outward.once("close", () => resolve(null));
  });
  if (request.body === null) outward.end();
  else Readable.from(readAll(request.body)).pipe(outward);
  const answer = await answered;
  if (answer === null) return null;
  const status = answer.statusCode ?? 502;
  if (BODILESS.has(status)) {
    answer.resume();
    return new Response(null, { status, headers: incoming(answer) });
  }
  return new Response(webBody(answer, end), { status, headers: incoming(answer) });
}

async function* readAll(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
}
