/**
 * Sends a shared body: its pieces as they are, or compressed. No piece is copied, and the first one goes out before the
 * last one is compressed. A client that does not read is waited for.
 */
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Log } from "../telemetry/log.ts";
import type { SharedBody } from "./shared-body.ts";

async function write(response: ServerResponse, chunk: Uint8Array): Promise<void> {
  if (response.write(chunk) || response.destroyed) return;
  const abort = new AbortController();
  const gone = (): void => abort.abort();
  response.once("close", gone);
  try {
    await once(response, "drain", { signal: abort.signal });
  } catch (error) {
    if (!abort.signal.aborted) throw error;
  } finally {
    response.off("close", gone);
  }
}

export async function sendBody(
  request: FastifyRequest,
  reply: FastifyReply,
  body: SharedBody,
  sent: { zip: boolean; log: Log },
) {
  reply.hijack();
  const response = reply.raw;
  // Headers that a hook or the router set before this go out with the others.
  for (const [name, value] of Object.entries(reply.getHeaders()))
    if (value !== undefined) response.setHeader(name, value);
  response.setHeader("content-type", "application/json; charset=utf-8");
  if (sent.zip) response.setHeader("content-encoding", "gzip");
  else response.setHeader("content-length", body.length);
  response.writeHead(200);
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  try {
    if (sent.zip) {
      for await (const chunk of body.gzipped()) {
        if (response.destroyed) return;
        await write(response, chunk);
      }
    } else {
      for (const piece of body.pieces) {
        if (response.destroyed) return;
        await write(response, piece);
      }
    }
    response.end();
  } catch (error) {
    sent.log.error("api_stream_failed", { url: request.url, error: String(error) });
    response.destroy();
  }
}
