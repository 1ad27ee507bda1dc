/** The store of spans on disk: the contract of every span store, and its own. */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { Span } from "../../../../lib/model/span.ts";
import type { TraceQuery } from "../../../../lib/query/span-store.ts";
import type { LoggedBatch } from "../../../../lib/query/store-engine.ts";
import { BASE_MS, SPAN_STORE_CASES } from "../../span-store-contract.ts";
import { EXEMPLAR_CASES } from "../../span-store-contract-exemplars.ts";
import { VALUE_CASES } from "../../span-store-contract-values.ts";
import { EmbeddedSpanStore, type EmbeddedSpanStoreOptions } from "./embedded-span-store.ts";
import { SEGMENT_VERSION } from "./segment-file.ts";

const folders: string[] = [];

const stores: EmbeddedSpanStore[] = [];

async function opened(options: Partial<EmbeddedSpanStoreOptions> = {}): Promise<EmbeddedSpanStore> {
  const store = await EmbeddedSpanStore.open({ folder: folder(), groupMs: 0, ...options });
  stores.push(store);
  return store;
}

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "spans-"));
  folders.push(made);
  return made;
}

afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
  for (const made of folders.splice(0)) rmSync(made, { recursive: true });
});

test.each([...SPAN_STORE_CASES, ...EXEMPLAR_CASES, ...VALUE_CASES])("contract: $name", async ({ run }) => {
  await expect(run(opened)).resolves.toBeUndefined();
});

/** A body of `count` spans of one trace each, with the attributes of a proxy: 18, some of them random. */
function body(n: number, count: number): LoggedBatch {
  const random = (use: number, digits: number): string =>
    createHash("sha256").update(`${n} ${use}`).digest("hex").slice(0, digits);
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const spans = Array.from({ length: count }, (_, i) => ({
    traceId: random(i >> 3, 32),
    spanId: random(i + 10_000, 16),
    parentSpanId: random(i + 10_001, 16),
    name: `productpage:9080/${i % 13}`,
    kind: 2 + (i % 2),
    startTimeUnixNano: String(BigInt(BASE_MS + n * 10) * 1_000_000n + BigInt(Number.parseInt(random(i, 5), 16))),
    endTimeUnixNano: String(BigInt(BASE_MS + n * 10 + 40) * 1_000_000n + BigInt(Number.parseInt(random(i, 6), 16))),
    attributes: [
      text(
        "guid:x-request-id",
        `${random(i, 8)}-${random(i + 1, 4)}-4${random(i + 2, 3)}-a${random(i, 3)}-${random(i + 3, 12)}`,
      ),
      text("http.url", `http://productpage.bookinfo.svc.cluster.local:9080/productpage?u=${i % 97}`),
      text("response_size", String(4000 + ((i * 7919) % 1500))),
      text("peer.address", `10.244.0.${(i * 31) % 250}`),
      { key: "http.response.status_code", value: { intValue: i % 11 === 0 ? 503 : 200 } },
      text("http.method", i % 7 === 0 ? "POST" : "GET"),
      ...Array.from({ length: 12 }, (_, k) => text(`label.${k}`, `a value that is the same everywhere, number ${k}`)),
    ],
  }));
  const resource = { attributes: [text("service.name", "productpage")] };
  const request = { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] };
  const position = { segment: 1, offset: n + 1 };
  const bytes = new TextEncoder().encode(JSON.stringify(request));
  return { log: "0", position, id: `b${n}`, receivedMs: BASE_MS + n * 10, format: "otlpJson", body: bytes };
}

const bodies = (count: number, each: number): LoggedBatch[] => Array.from({ length: count }, (_, n) => body(n, each));

async function all(store: EmbeddedSpanStore): Promise<number> {
  let spans = 0;
  for await (const piece of store.export(0, 2 * BASE_MS)) spans += piece.length;
  return spans;
}

test("a span with 18 attributes takes 85 bytes at most, 34 of them random", async () => {
  const store = await opened();
  await store.ingest(bodies(16, 1_024));
  const { bytes, spans } = store.stats();
  expect(spans).toBe(16_384);
  expect(store.detail()).toMatchObject({ blocks: 1, files: 1 });
  expect(bytes / spans).toBeLessThan(85);
  expect(bytes / spans).toBeGreaterThan(34);
});

test("retention lets whole files go, by when their spans were received and by what they take, and disk is given back", async () => {
  const made = folder();
  const store = await opened({ folder: made, blockRows: 100, segmentBytes: 20_000, retainMs: 60_000 });
  const onDisk = (): number => readdirSync(made).reduce((sum, name) => sum + statSync(join(made, name)).size, 0);
  for (const batch of bodies(20, 100)) await store.ingest([batch]);
  const before = onDisk();
  expect(store.detail().files).toBeGreaterThan(3);
  await store.tick(BASE_MS + 60_000);
  expect(store.stats().evicted).toBe(0);
  await store.tick(BASE_MS + 60_000 + 100);
  const { evicted, spans } = store.stats();
  expect(evicted).toBeGreaterThan(0);
  expect(spans).toBe(2_000 - evicted);
  expect(await all(store)).toBe(spans);
  expect(onDisk()).toBeLessThan(before);
  await store.tick(BASE_MS + 3_600_000);
  expect(store.stats()).toMatchObject({ spans: 0, evicted: 2_000 });
  expect(onDisk()).toBe(0);
  await store.ingest([{ ...body(30, 100), receivedMs: BASE_MS + 3_600_000 }]);
  expect(await all(store)).toBe(100);
});

test("past the limit on disk the oldest files go", async () => {
  const store = await opened({ blockRows: 100, maxBytes: 80_000 });
  for (const batch of bodies(30, 100)) {
    await store.ingest([batch]);
    await store.tick(BASE_MS);
    expect(store.stats().bytes).toBeLessThan(80_000);
  }
  expect(await store.trace(known((await newest(store)).traceId))).not.toEqual([]);
  expect(store.stats().evicted).toBeGreaterThan(0);
});

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("nothing was found");
  return value;
}

async function newest(store: EmbeddedSpanStore): Promise<Span> {
  let last: Span | undefined;
  for await (const piece of store.export(0, 2 * BASE_MS)) last = piece.at(-1);
  return known(last);
}

test("a damaged block is reported, counted and left out; the rest is answered", async () => {
  const made = folder();
  const reports: string[] = [];
  const options = { folder: made, blockRows: 100, report: (what: string) => reports.push(what) };
  const first = await opened(options);
  for (const batch of bodies(4, 100)) await first.ingest([batch]);
  const name = join(made, known(readdirSync(made).find((file) => file.startsWith("spans"))));
  const clean = readFileSync(name);
  await stores.pop()?.close();
  const share = Math.floor((clean.length - 16) / 4);
  for (let at = 16 + share + 7; at < 16 + 2 * share; at += Math.floor(share / 9)) {
    const bytes = Uint8Array.from(clean);
    bytes[at] = (bytes[at] ?? 0) ^ 0x10;
    writeFileSync(name, bytes);
    const store = await opened(options);
    expect(await all(store)).toBeGreaterThanOrEqual(300);
    expect(await all(store)).toBeLessThanOrEqual(400);
    expect(store.detail().damaged > 0 || (await all(store)) === 400).toBe(true);
    await store.ingest([body(4, 100)]);
    expect((await store.ingestedThrough()).get("0")?.offset).toBe(5);
    await stores.pop()?.close();
  }
  expect(reports.length).toBeGreaterThan(3);
});

test("a folder of a later version is refused with a code, and stays as it is", async () => {
  const made = folder();
  const store = await opened({ folder: made, blockRows: 1 });
  await store.ingest([body(0, 1)]);
  await stores.pop()?.close();
  const name = join(made, known(readdirSync(made).find((file) => file.startsWith("spans"))));
  const bytes = readFileSync(name);
  bytes.writeUInt32LE(SEGMENT_VERSION + 1, 4);
  writeFileSync(name, bytes);
  await expect(opened({ folder: made })).rejects.toMatchObject({ code: "store_newer" });
  expect(readFileSync(name)).toEqual(bytes);
});

test("what cannot be written is not acknowledged, reads go on, and giving it again stores it once", async () => {
  const made = folder();
  const store = await opened({ folder: made, blockRows: 100 });
  await store.ingest([body(0, 100)]);
  // A folder where the next tail has to go stands for a disk that takes nothing more.
  mkdirSync(join(made, "tail-0000000002.log"));
  await expect(store.ingest([body(1, 40)])).rejects.toThrow();
  expect((await store.ingestedThrough()).get("0")?.offset).toBe(1);
  expect(await all(store)).toBeGreaterThanOrEqual(100);
  rmdirSync(join(made, "tail-0000000002.log"));
  await store.ingest([body(1, 40), body(2, 5)]);
  expect((await store.ingestedThrough()).get("0")?.offset).toBe(3);
  expect(await all(store)).toBe(145);
  await stores.pop()?.close();
  expect(await all(await opened({ folder: made }))).toBe(145);
});

test("of a great many traces a page is exact and the rest counted as far as that may cost", async () => {
  const store = await opened({ blockRows: 200, countRows: 1_000 });
  for (const batch of bodies(20, 200)) await store.ingest([batch]);
  const window = { start: 0, end: 2 * BASE_MS, order: "start", limit: 10 } as const;
  const page = known(okOf(await store.search(window)));
  const exact = known(okOf(await (await again(store, { countRows: 1e9 })).search(window)));
  expect(page.traces).toEqual(exact.traces);
  expect(page.totalIsAtLeast).toBe(true);
  expect(page.total).toBeGreaterThan(10);
  expect(page.total).toBeLessThan(exact.total);
  expect(exact.totalIsAtLeast).toBeUndefined();
  expect(exact.total).toBe(500);
});

test("a search past its bound answers what is certain and goes on behind it, or says that it is too wide", async () => {
  const whole = await opened({ blockRows: 200 });
  for (const batch of bodies(20, 200)) await whole.ingest([batch]);
  const attr = ["response_size=~.*77"];
  const query: TraceQuery = { start: 0, end: 2 * BASE_MS, order: "start", limit: 10, attr };
  const expected = known(okOf(await whole.search({ ...query, limit: 500 }))).traces.map(({ traceId }) => traceId);
  const bounded = await again(whole, { bounds: { rows: 40_000, ms: 60_000 } });
  const first = known(okOf(await bounded.search(query)));
  expect(first.totalIsAtLeast).toBe(true);
  const seen = first.traces.map(({ traceId }) => traceId);
  expect(seen).toEqual(expected.slice(0, seen.length));
  expect(seen.length).toBeLessThan(expected.length);
  expect(first.nextCursor).not.toBeNull();
  expect(await bounded.search({ ...query, order: "duration" })).toMatchObject({ error: { code: "search_too_wide" } });
});

function okOf<T>(result: { readonly ok: boolean; readonly value?: T }): T | undefined {
  return result.ok ? result.value : undefined;
}

/** The same folder, opened with other limits. */
async function again(store: EmbeddedSpanStore, options: Partial<EmbeddedSpanStoreOptions>): Promise<EmbeddedSpanStore> {
  const at = stores.indexOf(store);
  await store.close();
  stores.splice(at, 1);
  return opened({ folder: known(folders.at(-1)), blockRows: 200, ...options });
}
