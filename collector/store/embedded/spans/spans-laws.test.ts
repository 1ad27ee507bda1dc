/**
 * Laws of the store of spans on disk: what comes out is what `decodeSpans` makes of the same bodies, in every format,
 * whatever the commits; a search answers what looking at every span answers; what a file loses at its end costs what was
 * in it and nothing else.
 */
import { copyFileSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import root from "otlp-transformer-oracle/build/src/generated/root.js";
import protobuf from "protobufjs";
import { describe, expect, test } from "vitest";
import type { Span, TraceId } from "../../../../lib/model/span.ts";
import type { SpanFormat } from "../../../../lib/model/span-format.ts";
import { traceSearchSchema } from "../../../../lib/query/schema/traces.ts";
import type { TraceQuery } from "../../../../lib/query/span-store.ts";
import type { LoggedBatch } from "../../../../lib/query/store-engine.ts";
import { decodeSpans } from "../../../../lib/wire/decode-spans.ts";
import { referenceCodec, TRACE_REQUEST } from "../../../../lib/wire/otlp/reference-codec.ts";
import { MemorySpanStore } from "../../memory-span-store.ts";
import { EmbeddedSpanStore, type EmbeddedSpanStoreOptions } from "./embedded-span-store.ts";
import { identityOf } from "./trace-read.ts";

/** Each opens stores and waits for the disk. */
const RUNS = 30;
const timeout = 60_000;
const NOW_MS = 1_700_000_000_000;
const ZIPKIN = `syntax = "proto3";
message Span { bytes trace_id = 1; bytes parent_id = 2; bytes id = 3; int32 kind = 4; string name = 5; fixed64 timestamp = 6;
  uint64 duration = 7; Endpoint local_endpoint = 8; repeated Annotation annotations = 10; map<string, string> tags = 11; bool shared = 13; }
message Endpoint { string service_name = 1; }
message Annotation { fixed64 timestamp = 1; string value = 2; }
message ListOfSpans { repeated Span spans = 1; }`;
const zipkinList = protobuf.parse(ZIPKIN).root.lookupType("ListOfSpans");

interface RawAttribute {
  readonly key: string;
  readonly value: Record<string, unknown>;
}
interface RawSpan {
  readonly trace: number;
  readonly id: number;
  readonly parent: number;
  readonly name: string;
  readonly kind: number;
  /** ns after a second before the base; far values make spans that are left out. */
  readonly at: number;
  readonly ns: number;
  readonly status: number;
  readonly message: string;
  readonly attributes: readonly RawAttribute[];
  readonly events: readonly { readonly name: string; readonly attributes: readonly RawAttribute[] }[];
  readonly links: readonly { readonly trace: number; readonly id: number }[];
  readonly state: string;
}
interface RawBody {
  readonly format: Exclude<SpanFormat, "sides">;
  readonly service: number;
  readonly scope: number;
  readonly spans: readonly RawSpan[];
}

const text = fc.oneof(
  fc.constantFrom("", "GET", "POST", "200", "503", "1e3", "-4", "ü", "\u{1f600}", "x".repeat(127), "y".repeat(200)),
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.uuid(),
);
const scalar: fc.Arbitrary<Record<string, unknown>> = fc.oneof(
  { weight: 6, arbitrary: text.map((stringValue) => ({ stringValue })) },
  fc.integer({ min: -300, max: 300 }).map((intValue) => ({ intValue })),
  fc.constantFrom(2 ** 30, -(2 ** 40), 2 ** 53 - 1).map((intValue) => ({ intValue })),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((doubleValue) => ({ doubleValue })),
  fc.boolean().map((boolValue) => ({ boolValue })),
  fc.constant({}),
);
const value = fc.oneof(
  { weight: 6, arbitrary: scalar },
  fc.array(scalar, { maxLength: 3 }).map((values) => ({ arrayValue: { values } })),
  fc.tuple(text, scalar).map(([key, member]) => ({ kvlistValue: { values: [{ key, value: member }] } })),
);
const key = fc.constantFrom("http.method", "code", "guid", "message", "events", "a", "b", "");
const attributes = fc.array(fc.record({ key, value }), { maxLength: 5 });
const number = (max: number) => fc.integer({ min: 0, max });
const rawSpan: fc.Arbitrary<RawSpan> = fc.record({
  trace: number(6),
  id: number(20),
  parent: number(20),
  name: text,
  kind: number(7),
  at: fc.oneof(number(4_000_000_000), fc.constantFrom(-400 * 86_400e9, 9 * 60e9, 11 * 60e9)),
  ns: fc.oneof(number(1_000_000_000), fc.constantFrom(0, 2 ** 40, -5)),
  status: number(3),
  message: fc.constantFrom("", "", "failed"),
  attributes,
  events: fc.array(fc.record({ name: text, attributes }), { maxLength: 2 }),
  links: fc.array(fc.record({ trace: number(6), id: number(9) }), { maxLength: 2 }),
  state: fc.constantFrom("", "", "a=b"),
});
const rawBody: fc.Arbitrary<RawBody> = fc.record({
  format: fc.constantFrom("otlpProtobuf", "otlpProtobuf", "otlpJson", "zipkinJson", "zipkinProtobuf"),
  service: number(3),
  scope: number(2),
  spans: fc.array(rawSpan, { maxLength: 8 }),
});

const hexOf = (seed: number, digits: number): string => (seed === 0 ? "0" : `${seed + 7}`).padStart(digits, "0");
const startOf = (span: RawSpan): bigint => BigInt(NOW_MS) * 1_000_000n + BigInt(span.at);
const long = (ns: bigint) => ({
  low: Number(BigInt.asIntN(32, ns)),
  high: Number(BigInt.asIntN(32, ns >> 32n)),
  unsigned: true,
});

function otlpRequest(body: RawBody, binary: boolean): unknown {
  const id = (seed: number, digits: number) => (binary ? Buffer.from(hexOf(seed, digits), "hex") : hexOf(seed, digits));
  const time = (ns: bigint) => (binary ? long(ns) : String(ns));
  const spans = body.spans.map((span) => ({
    traceId: id(span.trace, 32),
    spanId: id(span.id, 16),
    ...(span.parent > 10 ? { parentSpanId: id(span.parent, 16) } : {}),
    name: span.name,
    kind: span.kind,
    startTimeUnixNano: time(startOf(span)),
    endTimeUnixNano: time(startOf(span) + BigInt(span.ns)),
    attributes: span.attributes,
    events: span.events.map((event) => ({ ...event, timeUnixNano: time(startOf(span)) })),
    links: span.links.map((link) => ({ traceId: id(link.trace, 32), spanId: id(link.id, 16) })),
    traceState: span.state,
    status: { code: span.status, message: span.message },
  }));
  const named = { key: "service.name", value: { stringValue: `s${body.service}` } };
  const resource =
    body.service === 0 ? {} : { attributes: [named, { key: "code", value: { intValue: body.service } }] };
  const scope = body.scope === 0 ? {} : { scope: { name: `scope${body.scope}`, version: "1" } };
  return { resourceSpans: [{ resource, scopeSpans: [{ ...scope, spans }] }] };
}

function zipkinSpans(body: RawBody, binary: boolean): Record<string, unknown>[] {
  const id = (seed: number, digits: number) => (binary ? Buffer.from(hexOf(seed, digits), "hex") : hexOf(seed, digits));
  return body.spans.map((span) => ({
    traceId: id(span.trace, 32),
    id: id(span.id, 16),
    ...(span.parent > 10 ? { parentId: id(span.parent, 16) } : {}),
    kind: binary ? span.kind % 5 : ["CLIENT", "SERVER", "PRODUCER", "CONSUMER"][span.kind % 4],
    name: span.name,
    timestamp: Number(startOf(span) / 1000n),
    duration: Math.max(0, Math.floor(span.ns / 1000)),
    localEndpoint: { serviceName: `s${body.service}` },
    annotations: span.events.map((event) => ({ timestamp: Number(startOf(span) / 1000n), value: event.name })),
    tags: Object.fromEntries(
      span.attributes.map(({ key: name, value: of }) => [name, String(Object.values(of)[0] ?? "")]),
    ),
    shared: span.state !== "",
  }));
}

function bytesOf(body: RawBody): Uint8Array {
  const json = (wire: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(wire));
  switch (body.format) {
    case "otlpJson":
      return json(otlpRequest(body, false));
    case "zipkinJson":
      return json(zipkinSpans(body, false));
    case "zipkinProtobuf":
      return zipkinList.encode(zipkinList.fromObject({ spans: zipkinSpans(body, true) })).finish();
    case "otlpProtobuf": {
      const codec = referenceCodec(root, TRACE_REQUEST);
      if (codec === undefined) throw new Error("the protobufjs reference is not installed");
      return codec.encode(otlpRequest(body, true)).finish();
    }
  }
}

function batchOf(body: RawBody, n: number): LoggedBatch {
  const position = { segment: 1, offset: n + 1 };
  return {
    log: "0",
    position,
    id: `b${n}`,
    receivedMs: NOW_MS,
    format: body.format,
    body: new Uint8Array(bytesOf(body)),
  };
}

/** No two spans start at once: one that is another's duplicate and says something else is either of them. */
function apart(bodies: readonly RawBody[]): RawBody[] {
  return bodies.map((body, i) => ({
    ...body,
    spans: body.spans.map((span, j) => ({ ...span, at: span.at + (i * 10 + j) * 1000 })),
  }));
}

function spansOf({ format, body, receivedMs }: LoggedBatch): readonly Span[] {
  const decoded = decodeSpans(format, body, receivedMs);
  return decoded.ok ? decoded.value.spans : [];
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "spans-law-"));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const open = (folder: string, more: Partial<EmbeddedSpanStoreOptions> = {}): Promise<EmbeddedSpanStore> =>
  EmbeddedSpanStore.open({ folder, groupMs: 0, ...more });

/** What a store that has these batches holds of each trace. */
function expected(batches: readonly LoggedBatch[]): Map<TraceId, Map<string, Span>> {
  const traces = new Map<TraceId, Map<string, Span>>();
  for (const span of batches.flatMap(spansOf)) {
    const own = traces.get(span.traceId) ?? new Map<string, Span>();
    traces.set(span.traceId, own);
    if (!own.has(identityOf(span))) own.set(identityOf(span), span);
  }
  return traces;
}

async function expectHeld(store: EmbeddedSpanStore, batches: readonly LoggedBatch[]): Promise<void> {
  for (const [id, spans] of expected(batches)) {
    const found = await store.trace(id);
    expect(new Map(found.map((span) => [identityOf(span), span]))).toEqual(spans);
    expect(found.map(({ attributes: own }) => [...own.keys()])).toEqual(
      found.map((span) => [...(spans.get(identityOf(span))?.attributes.keys() ?? [])]),
    );
  }
}

const blocks = fc.constantFrom(1, 5, 16, 10_000);

describe("what comes out is what was taken in", { timeout }, () => {
  test("in every format, over commits, blocks, files and restarts; a batch that comes again changes nothing", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(rawBody, { maxLength: 8 }),
        blocks,
        fc.boolean(),
        async (bodies, blockRows, oneFile) => {
          await inFolder(async (folder) => {
            const batches = bodies.map(batchOf);
            const options = { blockRows, ...(oneFile ? {} : { segmentBytes: 1 }) };
            const store = await open(folder, options);
            for (let i = 0; i < batches.length; i += 3) {
              await store.ingest(batches.slice(i, i + 3));
              await store.ingest(batches.slice(0, i + 1));
            }
            await expectHeld(store, batches);
            await store.close();
            const again = await open(folder, options);
            expect((await again.ingestedThrough()).get("0")).toEqual(batches.at(-1)?.position);
            await again.ingest(batches.map((batch) => ({ ...batch, log: "1" })));
            await expectHeld(again, batches);
            expect(again.stats().spans).toBe(batches.flatMap(spansOf).length);
            expect(again.detail()).toMatchObject({ damaged: 0, unreadable: 0 });
            const exported: Span[] = [];
            for await (const piece of again.export(0, NOW_MS * 2)) exported.push(...piece);
            const all = [...expected(batches).values()].flatMap((own) => [...own.values()]);
            expect(exported.length).toBe(all.length);
            await again.close();
          });
        },
      ),
      { numRuns: RUNS },
    );
  });
});

describe("a search", { timeout }, () => {
  const expression = fc
    .tuple(
      key.filter((name) => name !== ""),
      fc.constantFrom("=", "!=", ">", ">=", "<", "<=", "=~", "exists"),
      fc.constantFrom("200", "503", '"GET"', "GET", "1000", "-4", "0.5", ".*", "x+"),
    )
    .map(([name, op, right]) => (op === "exists" ? `exists:${name}` : `${name}${op}${right}`));
  const asked = fc.record(
    {
      service: fc.subarray(["s1", "s2", "unknown_service", "none"]),
      operation: fc.subarray(["GET", "POST", "200"]),
      kind: fc.subarray(["server", "client"]),
      status: fc.constantFrom("ok" as const, "error" as const, "unset" as const),
      minDurationMs: fc.constantFrom(0, 1, 500),
      maxDurationMs: fc.constantFrom(0, 300, 2_000_000),
      minTraceDurationMs: fc.constantFrom(1, 900),
      hasError: fc.constantFrom("0" as const, "1" as const),
      attr: fc.array(expression, { maxLength: 2 }),
      order: fc.constantFrom("start" as const, "duration" as const, "spans" as const, "errors" as const),
      limit: fc.constantFrom(1, 2, 50),
      start: fc.constantFrom(0, NOW_MS, NOW_MS + 1500),
      end: fc.constantFrom(NOW_MS + 2000, NOW_MS * 2),
    },
    { requiredKeys: ["start", "end", "order", "limit"] },
  );

  test("answers page by page what a store in memory answers", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(rawBody, { minLength: 1, maxLength: 8 }),
        blocks,
        fc.array(asked, { minLength: 3, maxLength: 8 }),
        async (bodies, blockRows, queries) => {
          await inFolder(async (folder) => {
            const batches = apart(bodies).map(batchOf);
            const store = await open(folder, { blockRows });
            const memory = new MemorySpanStore();
            for (const batch of batches) {
              await store.ingest([batch]);
              await memory.write(spansOf(batch));
            }
            for (const fields of queries) {
              const { edge: _, ...defaults } = traceSearchSchema.parse({});
              let query: TraceQuery = { ...defaults, ...fields };
              for (let pages = 0; pages < 20; pages++) {
                const [found, wanted] = await Promise.all([store.search(query), memory.search(query)]);
                expect(found).toEqual(wanted);
                const cursor = found.ok ? found.value.nextCursor : null;
                if (cursor === null) break;
                query = { ...query, cursor };
              }
            }
            expect(await store.values()).toEqual(await memory.values());
            await store.close();
          });
        },
      ),
      { numRuns: RUNS },
    );
  });
});

describe("what a crash leaves", { timeout }, () => {
  const cut = fc.double({ min: 0, max: 1, noNaN: true });

  test("the file written last, cut anywhere: the rest is there, and going on from what was stored gives all of it", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(rawBody, { minLength: 1, maxLength: 6 }),
        blocks,
        cut,
        async (bodies, blockRows, share) => {
          await inFolder(async (folder) => {
            const batches = bodies.map(batchOf);
            const store = await open(folder, { blockRows });
            for (const batch of batches) await store.ingest([batch]);
            await store.close();
            const names = readdirSync(folder).sort();
            const name = names.findLast((file) => file.startsWith("tail")) ?? names.at(-1);
            if (name === undefined) return;
            truncateSync(join(folder, name), Math.floor(statSync(join(folder, name)).size * share));
            const again = await open(folder, { blockRows });
            const through = (await again.ingestedThrough()).get("0")?.offset ?? 0;
            await expectHeld(again, batches.slice(0, through));
            await again.ingest(batches.slice(through));
            await expectHeld(again, batches);
            await again.close();
          });
        },
      ),
      { numRuns: RUNS },
    );
  });

  test("a block half written, with the tail that it was to replace: nothing that was acknowledged is lost or doubled", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(rawBody, { minLength: 2, maxLength: 6 }), cut, async (bodies, share) => {
        await inFolder(async (folder) => {
          const batches = bodies.map(batchOf);
          const acknowledged = batches.slice(0, -1);
          const first = await open(folder);
          for (const batch of acknowledged) await first.ingest([batch]);
          await first.close();
          const tail = readdirSync(folder).find((file) => file.startsWith("tail")) ?? "";
          copyFileSync(join(folder, tail), join(folder, "kept"));
          const second = await open(folder, { blockRows: 1 });
          await second.ingest(batches.slice(-1));
          await second.close();
          const block = readdirSync(folder).find((file) => file.startsWith("spans"));
          if (block === undefined) return;
          copyFileSync(join(folder, "kept"), join(folder, tail));
          truncateSync(join(folder, block), Math.floor(statSync(join(folder, block)).size * share));
          const third = await open(folder);
          const through = (await third.ingestedThrough()).get("0")?.offset ?? 0;
          expect(through).toBeGreaterThanOrEqual(acknowledged.length);
          await expectHeld(third, batches.slice(0, through));
          await third.ingest(batches.slice(through));
          await expectHeld(third, batches);
          expect(third.stats().spans).toBe(batches.flatMap(spansOf).length);
          await third.close();
        });
      }),
      { numRuns: RUNS },
    );
  });
});
