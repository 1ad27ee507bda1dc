/**
 * The port of OTLP/gRPC before that protocol is built: every call is answered UNIMPLEMENTED with the way round, and
 * counted, so that an exporter says why and nothing is accepted and dropped. In: any HTTP/2 request in the clear. Out: a
 * trailers-only gRPC answer (gRPC over HTTP/2, "Responses").
 */
import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { SourceTally } from "../telemetry/source-board.ts";

const UNIMPLEMENTED = "12";
const MESSAGE = "OTLP/gRPC is not built yet: export OTLP/HTTP to port 4318 (http/protobuf or http/json)";

function answer(stream: ServerHttp2Stream): void {
  stream.on("error", () => {});
  stream.respond(
    {
      ":status": 200,
      "content-type": "application/grpc",
      "grpc-status": UNIMPLEMENTED,
      "grpc-message": encodeURI(MESSAGE),
    },
    { endStream: true },
  );
  stream.resume();
}

/** The server, not listening yet, and an end for its sessions, which would otherwise keep it open. */
export function otlpGrpc(source: () => SourceTally): { readonly server: Http2Server; endSessions(): void } {
  const server = createServer();
  const sessions = new Set<ServerHttp2Session>();
  server.on("session", (session) => {
    sessions.add(session);
    session.on("error", () => {});
    session.once("close", () => sessions.delete(session));
  });
  server.on("stream", (stream) => {
    source().failed("not_built", MESSAGE);
    answer(stream);
  });
  return {
    server,
    endSessions: () => {
      for (const session of sessions) session.destroy();
    },
  };
}
