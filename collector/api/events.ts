/**
 * A server-sent event stream over a hijacked reply: headers, backlog count, end on disconnect. Frames are text already
 * in `event:`/`data:` form. The set of open streams is kept so that a stopping server can end them first.
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { EventSink } from "./route.ts";

const open = new Set<EventSink>();

export function sendEvents(request: FastifyRequest, reply: FastifyReply, start: (sink: EventSink) => void): void {
  reply.hijack();
  const response = reply.raw;
  const abort = new AbortController();
  response.writeHead(200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store, no-transform",
    "x-accel-buffering": "no",
  });
  response.write("retry: 2000\n\n");
  const sink: EventSink = {
    send(frame) {
      if (!response.destroyed) response.write(frame);
      return response.writableLength;
    },
    close() {
      open.delete(sink);
      response.end();
      abort.abort();
    },
    signal: abort.signal,
  };
  open.add(sink);
  request.raw.socket.setNoDelay(true);
  response.once("close", () => {
    open.delete(sink);
    abort.abort();
  });
  start(sink);
}

/** Ends every open stream; clients come back after `retry`. */
export function closeEventStreams(): void {
  for (const sink of [...open]) sink.close();
}
