/**
 * Four ways to keep spans with 18 attributes on disk, side by side; the figures are in docs/decisions/0028. Given are
 * canonical spans (for the store of our own: bodies, which it decodes itself). Measured for each: processor time a span,
 * the longest stall of the event loop, resident memory, bytes a span, a trace by id, a search by service and duration, one
 * by an attribute, and what deleting half of the spans gives back. No goal: it says what was chosen on.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { EmbeddedSpanStore } from "../collector/store/embedded/spans/embedded-span-store.ts";
import type { Span } from "../lib/model/span.ts";
import { traceSearchSchema } from "../lib/query/schema/traces.ts";
import type { LoggedBatch } from "../lib/query/store-engine.ts";
import { decodeSpans } from "../lib/wire/decode-spans.ts";
import { ATTRIBUTE, inDuckDb, mixed, SERVICE, VALUE, type Way } from "./duckdb-ways.ts";
import { noteLine } from "./line.ts";
import { CHAIN } from "./load/calls.ts";
import { fill, template } from "./load/template.ts";
import { type BenchOptions, PLAIN_RUN, sized } from "./options.ts";

const SPANS = 512;

function batches(count: number): LoggedBatch[] {
  const templates = Array.from({ length: 40 }, (_, i) => template("otlp", "sdk", i, i % CHAIN));
  const startMs = Date.now() - 600_000;
  return Array.from({ length: count }, (_, n) => {
    const one = templates[n % 40];
    if (one === undefined) throw new Error("no template");
    const receivedMs = startMs + n * 25;
    const body = new Uint8Array(fill(one, Math.floor(n / CHAIN), receivedMs));
    return { log: "0", position: { segment: 1, offset: n + 1 }, id: `b${n}`, receivedMs, format: "otlpProtobuf", body };
  });
}

function spansOf({ format, body, receivedMs }: LoggedBatch): readonly Span[] {
  const decoded = decodeSpans(format, body, receivedMs);
  if (!decoded.ok) throw new Error(decoded.error.code);
  return decoded.value.spans;
}

function sizeOf(folder: string): number {
  if (!existsSync(folder)) return 0;
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

/** Our attributes, each a column; the same 18 in every span. */
function keysOf(spans: readonly Span[]): readonly string[] {
  return [...(spans[0]?.attributes.keys() ?? [])];
}

/** Blocks of columns of our own. */
async function own(folder: string): Promise<Way> {
  const store = await EmbeddedSpanStore.open({
    folder,
    groupMs: 0,
    segmentBytes: 4_000_000,
    retainMs: 86_400_000,
    countRows: 1e9,
  });
  const { edge: _, node: __, ...defaults } = traceSearchSchema.parse({});
  const total = async (fields: object): Promise<number> => {
    const found = await store.search({ ...defaults, start: 0, end: Date.now() * 2, limit: 20, ...fields });
    return found.ok ? found.value.total : 0;
  };
  let pending: LoggedBatch[] = [];
  let bytes = 0;
  return {
    name: "blocks of columns of our own, decoding included",
    take: async (_spans, batch) => {
      pending.push(batch);
      if (pending.length < 32) return;
      await store.ingest(pending);
      pending = [];
    },
    finish: async () => {
      await store.ingest(pending);
      bytes = store.stats().bytes;
    },
    trace: async (id) => {
      const found = store.tracesByLowBits(id.slice(16));
      const [known] = await found;
      return known === undefined ? 0 : (await store.trace(known)).length;
    },
    search: () => total({ service: [SERVICE], minDurationMs: 400 }),
    attribute: () => total({ attr: [`${ATTRIBUTE}=${VALUE}`] }),
    forget: async () => {
      const half = await EmbeddedSpanStore.open({ folder, maxBytes: bytes / 2 });
      await half.tick(Date.now());
      await half.close();
    },
    close: () => store.close(),
  };
}

async function ms(work: () => Promise<number>): Promise<string> {
  const began = performance.now();
  const found = await work();
  return `${(performance.now() - began).toFixed(0)} ms (${found} found)`;
}

async function measured(open: (folder: string) => Promise<Way>, given: readonly LoggedBatch[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "spike-"));
  const way = await open(folder);
  const before = process.memoryUsage().rss;
  let [cpu, stall, most, spans] = [0, 0, 0, 0];
  let last = performance.now();
  const timer = setInterval(() => {
    stall = Math.max(stall, performance.now() - last - 2);
    last = performance.now();
  }, 2);
  const timed = async (work: () => Promise<void>): Promise<void> => {
    const start = process.cpuUsage();
    last = performance.now();
    await work();
    const used = process.cpuUsage(start);
    cpu += used.user + used.system;
    most = Math.max(most, process.memoryUsage().rss);
  };
  const ownDecodes = open === own;
  for (const batch of given) {
    const list = ownDecodes ? [] : spansOf(batch);
    spans += SPANS;
    await timed(() => way.take(list, batch));
    await setImmediate();
  }
  await timed(() => way.finish());
  clearInterval(timer);
  const bytes = sizeOf(folder);
  const id = given[given.length >> 1] ?? given[0];
  const wanted = id === undefined ? "" : (spansOf(id)[0]?.traceId ?? "");
  const reads = [await ms(() => way.trace(wanted)), await ms(() => way.search()), await ms(() => way.attribute())];
  await way.forget();
  const left = sizeOf(folder);
  await way.close();
  rmSync(folder, { recursive: true });
  const figures = `${(cpu / spans).toFixed(2)} us a span, longest stall ${stall.toFixed(0)} ms, resident +${((most - before) / 1e6).toFixed(0)} MB, ${(bytes / spans).toFixed(0)} B a span`;
  return `${way.name}: ${figures}; trace ${reads[0]}, search ${reads[1]}, attribute ${reads[2]}; half forgotten gives ${(100 * (1 - left / bytes)).toFixed(0)} % back`;
}

export async function run(options: BenchOptions = PLAIN_RUN): Promise<string[]> {
  if (!options.named) return [];
  const given = batches(Math.ceil(sized(options, { smoke: 30_000, plain: 300_000, full: 2_000_000 }) / SPANS));
  const [first] = given;
  if (first === undefined) return [];
  const keys = keysOf(spansOf(first));
  const ways = [
    own,
    (folder: string) => mixed(folder, keys),
    (folder: string) => inDuckDb(folder, keys, true),
    (folder: string) => inDuckDb(folder, keys, false),
  ];
  const lines: string[] = [];
  for (const way of ways) lines.push(noteLine("store-spike", await measured(way, given)));
  return lines;
}
