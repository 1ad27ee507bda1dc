/**
 * A load of spans on one receiver. In: a job. Out: what was offered, taken and refused. As fast as answers come, each
 * connection with one body on its way; or at a rate, where what no connection was free for goes out late and is counted
 * as late, and the run ends when its time is over. Every body is another one, of the same length to whomever it is sent.
 */
import { gzipSync } from "node:zlib";
import { CHAIN, SPANS_A_BODY } from "./calls.ts";
import { Connection } from "./connection.ts";
import type { LoadDone, LoadJob } from "./job.ts";
import { type Format, fill, type Template, template } from "./template.ts";

const PATHS: Readonly<Record<Format, { path: string; type: string }>> = {
  otlp: { path: "/v1/traces", type: "application/x-protobuf" },
  zipkin: { path: "/api/v2/spans", type: "application/json" },
};

/** Rounds are never used twice: a body sent again is taken for a client's retry. */
let nextRound = (Date.now() % 0x3fff_ffff) * 4;

/** Templates take half a second to encode; a job of the same kind uses them again. */
const templates = new Map<string, Template>();

function chainOf({ format, shape, services }: LoadJob, connection: number): readonly Template[] {
  return Array.from({ length: CHAIN }, (_, depth) => {
    const service = (connection * CHAIN + depth) % services;
    const key = `${format}/${shape}/${service}/${depth}/${connection}`;
    const kept = templates.get(key) ?? template(format, shape, service, depth);
    templates.set(key, kept);
    return kept;
  });
}

interface Lane {
  readonly connection: Connection;
  /** The next body; it may be written over once it was answered. */
  next(): Uint8Array;
}

function lane(job: LoadJob, index: number): Lane {
  const chain = chainOf(job, index);
  let sent = 0;
  let round = 0;
  let roundMs = 0;
  const next = (): Uint8Array => {
    const depth = sent++ % CHAIN;
    if (depth === 0) {
      round = nextRound++;
      roundMs = Date.now();
    }
    const one = chain[depth];
    if (one === undefined) throw new Error("no template");
    return fill(one, round, roundMs);
  };
  const { path, type } = PATHS[job.format];
  const connection = new Connection({ port: job.port, path, type, gzip: job.gzip });
  if (!job.gzip) return { connection, next };
  // Compressed before the clock starts: that is the client's work.
  const share = Math.ceil((job.bodies ?? 0) / job.connections);
  const packed = Array.from({ length: share }, () => gzipSync(next())).reverse();
  return { connection, next: () => packed.pop() ?? gzipSync(next()) };
}

class Tally {
  bodies = 0;
  bytes = 0;
  readonly refused = new Map<string, number>();
  private readonly times: number[] = [];

  count(status: number, bytes: number, ms: number): void {
    this.times.push(ms);
    if (status >= 200 && status < 300) {
      this.bodies++;
      this.bytes += bytes;
    } else this.refused.set(`${status}`, (this.refused.get(`${status}`) ?? 0) + 1);
  }

  done(job: LoadJob, seconds: number): LoadDone {
    const sorted = this.times.sort((a, b) => a - b);
    const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
    return {
      spans: this.bodies * SPANS_A_BODY[job.shape],
      bodies: this.bodies,
      bytes: this.bytes,
      seconds,
      refused: Object.fromEntries(this.refused),
      answerMs: { p50: at(0.5), p99: at(0.99), max: at(1) },
    };
  }
}

async function send({ connection, next }: Lane, tally: Tally): Promise<void> {
  const body = next();
  const began = performance.now();
  const status = await connection.post(body);
  tally.count(status, body.length, performance.now() - began);
}

async function asFastAsAnswered(job: LoadJob, lanes: readonly Lane[], tally: Tally): Promise<void> {
  let left = job.bodies ?? 0;
  const work = async (lane: Lane): Promise<void> => {
    while (left-- > 0) await send(lane, tally);
  };
  await Promise.all(lanes.map(work));
}

async function atRate(job: LoadJob, lanes: readonly Lane[], tally: Tally): Promise<void> {
  const { spansPerSec, seconds } = job.rate ?? { spansPerSec: 0, seconds: 0 };
  const perMs = spansPerSec / SPANS_A_BODY[job.shape] / 1000;
  const began = performance.now();
  const all = Math.round(perMs * seconds * 1000);
  let taken = 0;
  const work = async (lane: Lane): Promise<void> => {
    for (;;) {
      const elapsed = performance.now() - began;
      if (elapsed >= seconds * 1000 || taken >= all) return;
      if (taken < perMs * elapsed) {
        taken++;
        await send(lane, tally);
      } else await new Promise((resolve) => setTimeout(resolve, Math.max(1, taken / perMs - elapsed)));
    }
  };
  await Promise.all(lanes.map(work));
}

export async function load(job: LoadJob): Promise<LoadDone> {
  const lanes = Array.from({ length: job.connections }, (_, index) => lane(job, index));
  await Promise.all(lanes.map((one) => one.connection.open()));
  const tally = new Tally();
  const began = performance.now();
  await (job.rate === undefined ? asFastAsAnswered : atRate)(job, lanes, tally);
  const seconds = (performance.now() - began) / 1000;
  for (const { connection } of lanes) connection.close();
  return tally.done(job, seconds);
}
