/**
 * The body of an HTTP request → bytes, inflated. In: a request, its encoding, a limit and an intake that lends bytes. Out:
 * the whole body, or the code of what is wrong with it. The limit (bytes) holds after inflating and is checked as pieces
 * come, so a gzip bomb costs one piece more than the limit. Every byte kept is reserved with the intake first; the
 * caller releases `reserved` when the body is done with, whatever the outcome.
 */
import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { createGunzip, type Gunzip } from "node:zlib";
import { err, ok, type Result } from "../../lib/base/result.ts";
import { bodyPool } from "./body-pool.ts";
import { claimedSize, inflateWhole, WHOLE_LIMIT } from "./inflate-whole.ts";

export interface BodyError {
  readonly code: "body_too_large" | "gzip_corrupt" | "intake_full" | "body_cut_short" | "encoding_unsupported";
  readonly message: string;
}

export interface Lender {
  reserve(bytes: number): boolean;
  release(bytes: number): void;
}

export interface Body {
  readonly bytes: Uint8Array;
  readonly reserved: number;
  /** Of the pool's; `bytes` lies in it. */
  readonly lent?: Buffer;
}

/** Nobody looks at its bytes any more. */
export function giveBackBody({ lent }: Body): void {
  if (lent !== undefined) bodyPool.giveBack(lent);
}

/** 1 MiB pieces inflate 1.4 times as fast as the default of 16 KiB. */
const INFLATE_CHUNK = 1024 * 1024;

export function encodingOf(request: IncomingMessage): "identity" | "gzip" | undefined {
  const name = (request.headers["content-encoding"] ?? "identity").trim().toLowerCase();
  if (name === "gzip" || name === "x-gzip") return "gzip";
  return name === "identity" || name === "" ? "identity" : undefined;
}

/** Reads on without keeping, so that a client that is still sending gets its answer instead of a reset. */
export function discard(request: IncomingMessage, maxBytes: number, deadlineMs: number): Promise<void> {
  return new Promise((resolve) => {
    if (request.readableEnded || request.destroyed) {
      resolve();
      return;
    }
    let seen = 0;
    const timer = setTimeout(done, deadlineMs);
    function done(): void {
      clearTimeout(timer);
      request.off("data", count);
      request.pause();
      resolve();
    }
    function count(chunk: Buffer): void {
      seen += chunk.length;
      if (seen > maxBytes) done();
    }
    request.on("data", count).once("end", done).once("close", done).resume();
  });
}

class Collector {
  private readonly chunks: Uint8Array[] = [];
  private readonly lender: Lender;
  private readonly limit: number;
  size = 0;

  constructor(lender: Lender, limit: number) {
    this.lender = lender;
    this.limit = limit;
  }

  keep(chunk: Uint8Array): BodyError | undefined {
    if (this.size + chunk.length > this.limit) {
      return { code: "body_too_large", message: `the body is over ${this.limit} bytes after inflating` };
    }
    if (!this.lender.reserve(chunk.length)) {
      return { code: "intake_full", message: "too many bytes are in flight" };
    }
    this.size += chunk.length;
    this.chunks.push(chunk);
    return undefined;
  }

  body(): Body {
    const { chunks, size } = this;
    const only = chunks.length === 1 ? chunks[0] : undefined;
    if (only !== undefined) return { bytes: only, reserved: size };
    const lent = bodyPool.lend(size);
    let at = 0;
    for (const chunk of chunks) {
      lent.set(chunk, at);
      at += chunk.length;
    }
    return { bytes: lent.subarray(0, size), reserved: size, lent };
  }
}

function inflateFault(error: Error): BodyError {
  return { code: "gzip_corrupt", message: `the body is not whole gzip: ${error.message}` };
}

interface Reading {
  readonly request: IncomingMessage;
  readonly source: Readable;
  /** What the source comes out of, when it is not the request itself. */
  readonly gunzip?: Gunzip;
  readonly lender: Lender;
  readonly limit: number;
}

function readToEnd({ request, source, gunzip, lender, limit }: Reading): Promise<Result<Body, BodyError>> {
  const collector = new Collector(lender, limit);
  return new Promise((resolve) => {
    let settled = false;
    function settle(fault: BodyError | undefined): void {
      if (settled) return;
      settled = true;
      source.off("data", keep);
      if (fault === undefined) {
        resolve(ok(collector.body()));
        return;
      }
      lender.release(collector.size);
      if (gunzip !== undefined) {
        request.unpipe(gunzip);
        gunzip.destroy();
      }
      resolve(err(fault));
    }
    function keep(chunk: Uint8Array): void {
      const fault = collector.keep(chunk);
      if (fault !== undefined) settle(fault);
    }
    source.on("data", keep).once("end", () => settle(undefined));
    gunzip?.once("error", (error) => settle(inflateFault(error)));
    request.once("error", () => settle({ code: "body_cut_short", message: "the connection ended inside the body" }));
    request.once("close", () => {
      if (!request.complete) settle({ code: "body_cut_short", message: "the connection ended inside the body" });
    });
  });
}

/** In one piece where the body's own claim of its size holds, else piece by piece. */
async function inflate(packed: Body, rest: Omit<Reading, "source" | "gunzip">): Promise<Result<Body, BodyError>> {
  const { lender, limit } = rest;
  try {
    const size = claimedSize(packed.bytes);
    if (size !== undefined && size <= limit && lender.reserve(size)) {
      const bytes = await inflateWhole(packed.bytes, size);
      if (bytes !== "other") return ok({ bytes, reserved: size });
      lender.release(size);
    }
    const gunzip = createGunzip({ chunkSize: INFLATE_CHUNK });
    gunzip.end(packed.bytes);
    return await readToEnd({ ...rest, source: gunzip, gunzip });
  } finally {
    giveBackBody(packed);
    lender.release(packed.reserved);
  }
}

/** On an error nothing stays reserved. */
export async function readBody(
  request: IncomingMessage,
  encoding: "identity" | "gzip",
  lender: Lender,
  limit: number,
): Promise<Result<Body, BodyError>> {
  const rest = { request, lender, limit };
  if (encoding === "identity") return readToEnd({ ...rest, source: request });
  if (Number(request.headers["content-length"] ?? Number.POSITIVE_INFINITY) <= WHOLE_LIMIT) {
    const packed = await readToEnd({ ...rest, source: request });
    return packed.ok ? inflate(packed.value, rest) : packed;
  }
  const gunzip = createGunzip({ chunkSize: INFLATE_CHUNK });
  return readToEnd({ ...rest, source: request.pipe(gunzip), gunzip });
}
