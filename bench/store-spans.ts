/**
 * The store of spans by itself, in one process: processor time and bytes on disk for a span with 18 attributes, and p95 of
 * its reads over all that is stored while 20,000 spans come every second. In: bodies of 512 spans of 40 services, as the
 * log hands them over. Beside each question a turn of the same event loop is timed: the control. Random bytes a span are
 * what no store can leave out: ids, times and a request's id.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate, setTimeout } from "node:timers/promises";
import { EmbeddedSpanStore } from "../collector/store/embedded/spans/embedded-span-store.ts";
import type { TraceId } from "../lib/model/span.ts";
import { traceSearchSchema } from "../lib/query/schema/traces.ts";
import type { TraceQuery } from "../lib/query/span-store.ts";
import type { LoggedBatch } from "../lib/query/store-engine.ts";
import { decodeOtlpTraces } from "../lib/wire/otlp/protobuf.ts";
import { countLine, noteLine, quantile, timeVerdict } from "./line.ts";
import { CHAIN } from "./load/calls.ts";
import { fill, template } from "./load/template.ts";
import { type BenchOptions, PLAIN_RUN, sized } from "./options.ts";

const SPANS = 512;
const SERVICES = 40;
const BODIES_A_CHUNK = 40;
const SPANS_PER_MS = 20;
/** 8 of the span's id; 16 of the trace's, that ten spans share; 6 of the request's id, that two share; 5 of its times. */
const RANDOM_BYTES = 8 + 1.6 + 3 + 5;

class Bodies {
  private readonly templates = Array.from({ length: SERVICES }, (_, i) => template("otlp", "sdk", i, i % CHAIN));
  private made = 0;
  nowMs: number;

  constructor(startMs: number) {
    this.nowMs = startMs;
  }

  /** As many, 20,000 spans a second by their own times. */
  next(count: number): LoggedBatch[] {
    return Array.from({ length: count }, () => {
      const n = this.made++;
      const depth = n % CHAIN;
      const chain = Math.floor(n / CHAIN);
      const one = this.templates[(chain * CHAIN + depth) % SERVICES];
      if (one === undefined) throw new Error("no template");
      this.nowMs += SPANS / SPANS_PER_MS;
      const body = new Uint8Array(fill(one, chain, Math.floor(this.nowMs)));
      const position = { segment: 1, offset: n + 1 };
      return { log: "0", position, id: `b${n}`, receivedMs: Math.floor(this.nowMs), format: "otlpProtobuf", body };
    });
  }
}

function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

interface Filled {
  readonly cpuUs: number;
  readonly decodeUs: number;
  readonly residentMb: number;
}

async function filled(store: EmbeddedSpanStore, bodies: Bodies, spans: number): Promise<Filled> {
  let [cpu, decode, done, most] = [0, 0, 0, 0];
  while (done < spans) {
    const batches = bodies.next(BODIES_A_CHUNK);
    const before = cpuUs();
    for (const { body } of batches) if (!decodeOtlpTraces(body).ok) throw new Error("a body is malformed");
    const between = cpuUs();
    await store.ingest(batches);
    decode += between - before;
    cpu += cpuUs() - between;
    done += batches.length * SPANS;
    most = Math.max(most, process.memoryUsage().rss);
  }
  return { cpuUs: cpu / done, decodeUs: decode / done, residentMb: most / 1e6 };
}

interface Question {
  readonly name: string;
  readonly goalMs: number;
  ask(n: number): Promise<unknown>;
}

function questions(store: EmbeddedSpanStore, ids: readonly TraceId[], startMs: number, endMs: number): Question[] {
  const { edge: _, node: __, ...defaults } = traceSearchSchema.parse({});
  const search = async (fields: Partial<TraceQuery>): Promise<unknown> => {
    const found = await store.search({ ...defaults, start: startMs, end: endMs, limit: 20, ...fields });
    if (!found.ok) throw new Error(found.error.code);
    return found.value;
  };
  const attrs = [
    "http.response.status_code=503",
    "peer.address=10.244.3.77",
    "response_size>5400",
    "response_flags=UH",
    "http.url=~http://svc-7[.]shop.*u=77",
    "guid:x-request-id=e4e8c177-3962-9359-945e-000000000000",
  ];
  const columns = 60;
  const exemplars = (n: number): Promise<unknown> => {
    const end = endMs - ((n * 7919) % 10) * 1000;
    const start = Math.max(startMs, end - 300_000);
    const name = `svc-${n % SERVICES}`;
    const service = { nodeId: name, cluster: "c1", namespace: "shop", name };
    const xMs = Array.from({ length: columns }, (_, i) => start + ((end - start) * i) / columns);
    const yMs = [1, 5, 10, 25, 50, 100, 250, 500, 1000];
    return store.exemplars({
      calls: { kind: "of", services: [service], side: "server" },
      xMs,
      endMs: end,
      yMs,
      perCell: 3,
    });
  };
  return [
    { name: "store-trace", goalMs: 50, ask: (n) => store.trace(ids[(n * 7919) % ids.length] ?? ids[0] ?? missing()) },
    {
      name: "store-search",
      goalMs: 50,
      ask: (n) => search({ service: [`svc-${n % SERVICES}.shop`], minDurationMs: 400 }),
    },
    { name: "store-attribute", goalMs: 300, ask: (n) => search({ attr: [attrs[n % attrs.length] ?? ""] }) },
    { name: "store-exemplars", goalMs: 50, ask: exemplars },
  ];
}

function missing(): never {
  throw new Error("no trace was stored");
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

async function lineOf({ name, goalMs, ask }: Question, times: number, options: BenchOptions): Promise<string> {
  const [ours, control]: [number[], number[]] = [[], []];
  for (let n = 0; n < times; n++) {
    ours.push(await timed(() => ask(n)));
    control.push(await timed(() => setImmediate()));
    await setTimeout(5);
  }
  const why = `p50 ${quantile(ours, 0.5).toFixed(1)} ms, most ${Math.max(...ours).toFixed(1)} ms of ${times}`;
  const measured = { figure: quantile(ours, 0.95), control: quantile(control, 0.95) };
  // A store of a smoke run's size says little of one of ten million spans.
  if (options.smoke) return noteLine(name, `p95 ${measured.figure.toFixed(1)} ms, ${why}`);
  return timeVerdict(name, goalMs, measured, why);
}

async function sampled(store: EmbeddedSpanStore, startMs: number, endMs: number): Promise<TraceId[]> {
  const ids: TraceId[] = [];
  for (let n = 0; n < 50; n++) {
    const at = startMs + ((endMs - startMs) * n) / 50;
    for await (const spans of store.export(at, at + 500)) {
      ids.push(...spans.slice(0, 4).map((span) => span.traceId));
      break;
    }
  }
  return ids;
}

export async function run(options: BenchOptions = PLAIN_RUN): Promise<string[]> {
  const spans = sized(options, { smoke: 200_000, plain: 1_000_000, full: 10_000_000 });
  const folder = mkdtempSync(join(tmpdir(), "bench-spans-"));
  const store = await EmbeddedSpanStore.open({ folder, groupMs: 0 });
  const startMs = Date.now() - spans / SPANS_PER_MS;
  const bodies = new Bodies(startMs);
  try {
    const { cpuUs: cpu, decodeUs, residentMb } = await filled(store, bodies, spans);
    const { bytes, spans: stored } = store.stats();
    const endMs = bodies.nowMs;
    const ids = await sampled(store, startMs, endMs);
    let asking = true;
    const coming = (async () => {
      while (asking) {
        const began = performance.now();
        await store.ingest(bodies.next(10));
        await setTimeout(Math.max(1, (10 * SPANS) / SPANS_PER_MS - (performance.now() - began)));
      }
    })();
    const times = sized(options, { smoke: 20, plain: 60, full: 200 });
    const lines: string[] = [];
    for (const question of questions(store, ids, startMs, endMs)) lines.push(await lineOf(question, times, options));
    asking = false;
    await coming;
    const detail = store.detail();
    const why = `decoded, stored and durable: ${cpu.toFixed(2)} us a span against ${decodeUs.toFixed(2)} us of decoding it`;
    return [
      noteLine("store-cpu", why),
      countLine(
        "store-bytes",
        bytes / stored,
        120,
        "B",
        `a span with 18 attributes, about ${RANDOM_BYTES.toFixed(0)} of them random`,
      ),
      ...lines,
      noteLine(
        "store-spans",
        `${stored} spans in ${detail.blocks} blocks of ${detail.files} files; resident at most ${residentMb.toFixed(0)} MB while filled, bench included`,
      ),
    ];
  } finally {
    await store.close();
    rmSync(folder, { recursive: true });
  }
}
