/**
 * What ingest is measured against: a node:http server that reads each body whole and throws it away, or one that inflates
 * it first, in one piece of the right size, which is the fastest way zlib has.
 */
import { createServer, type IncomingMessage } from "node:http";
import { claimedSize, inflateWhole } from "../../collector/receivers/inflate-whole.ts";

async function gunzipped(pieces: readonly Buffer[]): Promise<void> {
  const packed = Buffer.concat(pieces);
  const size = claimedSize(packed);
  if (size === undefined || (await inflateWhole(packed, size)) === "other") throw new Error("not whole gzip");
}

/** Resolves with its port. */
export function serveDiscard(kind: string): Promise<number> {
  const read = (request: IncomingMessage, done: () => void): void => {
    const pieces: Buffer[] = [];
    const keep = (piece: Buffer): number => pieces.push(piece);
    request.on("data", kind === "gunzip" ? keep : () => {});
    request.once("end", kind === "gunzip" ? () => void gunzipped(pieces).then(done) : done);
  };
  const server = createServer((request, response) => {
    read(request, () => {
      response.writeHead(200, { "content-type": "application/x-protobuf", "content-length": 0 });
      response.end();
    });
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}
