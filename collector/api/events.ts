/**
 * A server-sent event stream over a hijacked reply: headers, bytes that wait, end on disconnect. Frames are text already
 * in `event:`/`data:` form. The set of open streams is kept so that a stopping server can end them first. A stream that
 * is closed, dropped or left takes no more frames: what is sent to it then is nothing, and no error.
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { EventSink } from "./route.ts";

const open = new Set<EventSink>();

export function sendEvents(request: FastifyRequest, reply: FastifyReply, start: (sink: EventSink) => void): void {
  reply.hijack();
  const response = reply.raw;
  // One that left before it was answered: its `close` has been and would never free the reader.
  if (response.destroyed) return;
  const abort = new AbortController();
  response.writeHead(200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store, no-transform",
    "x-accel-buffering": "no",
  });
  response.write("retry: 2000\n\n");
  let taking = true;
  const stop = (): void => {
    taking = false;
    open.delete(sink);
    abort.abort();
  };
  const sink: EventSink = {
    send(frame) {
      if (taking && !response.destroyed) response.write(frame);
    },
    get waitingBytes() {
      return response.writableLength;
    },
    close() {
      if (!taking) return;
      stop();
      response.end();
    },
    drop() {
      stop();
      response.destroy();
    },
    signal: abort.signal,
  };
  open.add(sink);
  request.raw.socket.setNoDelay(true);
  // A reset by the reader is its way to leave; without a listener it would end the process.
  response.on("error", () => sink.drop());
  response.once("close", stop);
  start(sink);
}

/** Ends every open stream; clients come back after `retry`. */
export function closeEventStreams(): void {
  for (const sink of [...open]) sink.close();
}
