import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { Registry } from "prom-client";
import { afterEach, describe, expect, test, vi } from "vitest";
import { err, ok } from "../../lib/base/result.ts";
import { DEFAULT_LIMITS, scanExposition } from "../../lib/wire/exposition/exposition.ts";
import type { ScrapeJob } from "../config/config.ts";
import { systemClock } from "../telemetry/clock.ts";
import { silentLog } from "../telemetry/log.ts";
import { SourceBoard } from "../telemetry/source-board.ts";
import { endpointsOf, targetIdOf } from "./endpoint.ts";
import { nextTick, phaseOf, type ScrapeSink } from "./scrape-loop.ts";
import { type Scraping, startScraping } from "./start-scraping.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function portOf(server: Pick<Server, "address">): number {
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

async function serve(handler: Handler): Promise<string> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return `http://127.0.0.1:${portOf(server)}/stats`;
}

/** A server of bare bytes: for what node:http would not say. */
async function serveRaw(answer: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    socket.once("data", () => answer(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return `http://127.0.0.1:${portOf(server)}/stats`;
}

const BODY = '# TYPE a counter\na{b="c"} 1\na{b="d"} 2\n';
const good: Handler = (_, response) => response.end(BODY);

function job(urls: readonly string[], over: Partial<ScrapeJob> = {}): ScrapeJob {
  return {
    name: "shop",
    mesh: "envoy",
    intervalMs: 60,
    timeoutMs: 60,
    bodyLimitBytes: 100_000,
    sampleLimit: 1000,
    targets: urls.map((url) => ({ url, labels: {} })),
    ...over,
  };
}

/** Counts samples as the pipeline would, without meaning. */
const sink: ScrapeSink = (endpoint, body) => {
  const limits = { ...DEFAULT_LIMITS, samples: endpoint.sampleLimit };
  const scan = scanExposition(body, { sample: () => {} }, limits);
  if (!scan.ok) return err(scan.error);
  const { samples, malformed, firstOdd } = scan.value;
  const details = new Map(firstOdd === undefined ? [] : [["malformed_line", `line ${firstOdd.line}`] as const]);
  return ok({ series: samples, dropped: new Map(malformed === 0 ? [] : [["malformed_line", malformed]]), details });
};

function start(jobs: readonly ScrapeJob[], to: ScrapeSink = sink) {
  const registry = new Registry();
  const board = new SourceBoard(registry, systemClock);
  const scraping: Scraping = startScraping(jobs, { sink: to, board, clock: systemClock, log: silentLog });
  cleanups.push(() => scraping.stop());
  const source = (url: string) => {
    const found = board.list().find((one) => one.address === url);
    if (found === undefined) throw new Error(`no source ${url}`);
    return found;
  };
  return { board, scraping, source, registry };
}

const soon = { timeout: 8000, interval: 10 };

describe("a healthy target", () => {
  test("is up, with its series counted, over one kept connection", async () => {
    const sockets = new Set<Socket>();
    let asked = 0;
    const url = await serve((request, response) => {
      asked++;
      sockets.add(request.socket);
      expect(request.headers["accept-encoding"]).toBe("gzip");
      expect(request.headers.accept).toContain("text/plain");
      response.end(BODY);
    });
    const { source, board } = start([job([url])]);
    await vi.waitFor(() => expect(asked).toBeGreaterThan(3), soon);
    expect(source(url)).toMatchObject({ up: true, items: { unit: "series", count: 2 }, lastError: null, drops: {} });
    expect(board.targets()).toEqual({ up: 1, down: 0 });
    expect(sockets.size).toBe(1);
  });

  test("may answer in gzip", async () => {
    const url = await serve((_, response) => {
      response.setHeader("content-encoding", "gzip");
      response.end(gzipSync(BODY));
    });
    const { source } = start([job([url])]);
    await vi.waitFor(() => expect(source(url)).toMatchObject({ up: true, items: { count: 2 } }), soon);
  });

  test("is never asked twice at once, and a sink that is slow overruns nothing", async () => {
    let now = 0;
    let most = 0;
    let asked = 0;
    const url = await serve((_, response) => {
      asked++;
      most = Math.max(most, ++now);
      setTimeout(() => {
        now--;
        response.end(BODY);
      }, 45);
    });
    start([job([url], { intervalMs: 20, timeoutMs: 1000 })]);
    await vi.waitFor(() => expect(asked).toBeGreaterThan(3), soon);
    expect(most).toBe(1);
  });

  test("odd lines are drops with a place, and the target stays up", async () => {
    const url = await serve((_, response) => response.end(`${BODY}a{b=c} 1\n`));
    const { source } = start([job([url])]);
    await vi.waitFor(() => expect(source(url).drops["malformed_line"]).toBeGreaterThan(0), soon);
    expect(source(url)).toMatchObject({ up: true, lastError: { code: "malformed_line" } });
    expect(source(url).lastError?.message).toContain("line 4");
  });
});

const HANG: Handler = () => {};
const TRICKLE: Handler = (_, response) => {
  const timer = setInterval(() => response.write("# slowly\n"), 10);
  response.on("close", () => clearInterval(timer));
};
const flood = Array.from({ length: 5000 }, (_, i) => `a{i="${i}"} 1\n`).join("");

const HOSTILE: readonly (readonly [string, string, Handler])[] = [
  ["hangs", "timeout", HANG],
  ["trickles", "timeout", TRICKLE],
  ["answers 404", "http_404", (_, response) => response.writeHead(404).end("404 page not found")],
  ["answers 500", "http_500", (_, response) => response.writeHead(500).end()],
  ["redirects", "http_302", (_, response) => response.writeHead(302, { location: "http://example.com/" }).end()],
  ["answers HTML", "not_exposition", (_, response) => response.end("<!DOCTYPE html><html>\n<body>hi</body>\n")],
  ["floods series", "sample_limit", (_, response) => response.end(flood)],
  ["says it is too large", "body_too_large", (_, response) => response.end("x".repeat(200_000))],
  ["streams without end", "body_too_large", (_, response) => void response.write("x".repeat(200_000))],
  [
    "sends a gzip bomb",
    "body_too_large",
    (_, response) => response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(Buffer.alloc(20_000_000))),
  ],
  [
    "calls plain text gzip",
    "bad_gzip",
    (_, response) => response.writeHead(200, { "content-encoding": "gzip" }).end(BODY),
  ],
  [
    "cuts its gzip",
    "bad_gzip",
    (_, response) => response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(BODY).subarray(0, 20)),
  ],
  [
    "uses an encoding nobody asked for",
    "unsupported_encoding",
    (_, response) => response.writeHead(200, { "content-encoding": "br" }).end(BODY),
  ],
  ["resets the connection", "connection_reset", (request) => request.socket.resetAndDestroy()],
];

const RAW: readonly (readonly [string, string, string])[] = [
  ["ends before its length", "truncated_body", `HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n${BODY}`],
  ["ends within a chunk", "truncated_body", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\na 1\n"],
  ["ends within a line", "truncated_body", "HTTP/1.0 200 OK\r\n\r\na 1\nb 12"],
  ["speaks no HTTP", "bad_http", "SSH-2.0-OpenSSH_9.2\r\n"],
];

const SLOWLY = { timeout: 15_000, interval: 50 };

describe("a hostile target is named with a code, and others do not notice", () => {
  test("each and all at once", async () => {
    const bad = await Promise.all(HOSTILE.map(async ([, code, handler]) => ({ code, url: await serve(handler) })));
    const raw = await Promise.all(
      RAW.map(async ([, code, text]) => ({ code, url: await serveRaw((socket) => void socket.end(text)) })),
    );
    const refused = await serve(good);
    await cleanups.pop()?.();
    const all = [...bad, ...raw, { code: "connection_refused", url: refused }];
    const healthy = await serve(good);
    const urls = all.map(({ url }) => url);
    const { source, board, registry } = start([
      job(urls, { timeoutMs: 400, intervalMs: 500 }),
      job([healthy], { timeoutMs: 5_000, intervalMs: 500 }),
    ]);
    const names = [...HOSTILE.map(([name]) => name), ...RAW.map(([name]) => name), "refuses"];
    // On a busy machine any of them may be late before it is what it is.
    await vi.waitFor(() => {
      const seen = all.map(({ url }, i) => [names[i], source(url).lastError?.code, source(url).up]);
      expect(seen).toEqual(all.map(({ code }, i) => [names[i], code, false]));
      expect(source(healthy).up).toBe(true);
    }, SLOWLY);
    for (const { url } of all) expect(source(url).lastError?.message).toContain(url);
    expect(source(healthy)).toMatchObject({ up: true, items: { count: 2 }, lastError: null, drops: {} });
    expect(board.targets()).toEqual({ up: 1, down: all.length });
    const metrics = await registry.metrics();
    expect(metrics).toMatch(/meshscope_source_failures_total\{kind="scrape",job="shop",code="http_404"\} [1-9]/);
  });

  test("a target that recovers is up again", async () => {
    let broken = true;
    const url = await serve((_, response) => (broken ? response.writeHead(503).end() : response.end(BODY)));
    const { source } = start([job([url])]);
    await vi.waitFor(() => expect(source(url).lastError?.code).toBe("http_503"), soon);
    expect(source(url).up).toBe(false);
    broken = false;
    await vi.waitFor(() => expect(source(url).up).toBe(true), soon);
  });

  test("a body that ends with its connection is taken where it ends as an exposition ends", async () => {
    const url = await serveRaw((socket) => void socket.end("HTTP/1.0 200 OK\r\n\r\na 1\nb 12\n"));
    const { source } = start([job([url])]);
    await vi.waitFor(() => expect(source(url)).toMatchObject({ up: true, items: { count: 2 } }), soon);
  });

  test("a sink that throws fails its scrape and not the loop", async () => {
    let calls = 0;
    const url = await serve(good);
    const { source } = start([job([url])], () => {
      if (++calls < 3) throw new Error("a bug");
      return ok({ series: 7, dropped: new Map() });
    });
    await vi.waitFor(() => expect(source(url)).toMatchObject({ up: true, items: { count: 7 } }), soon);
    expect(source(url).lastError).toMatchObject({ code: "internal" });
  });

  test("notes stand while they are repeated", async () => {
    let noted = true;
    const url = await serve(good);
    const { source } = start([job([url])], () =>
      ok({ series: 1, dropped: new Map(), notes: noted ? [{ code: "stats_hidden", message: "m" }] : [] }),
    );
    await vi.waitFor(() => expect(source(url).notes.map((note) => note.code)).toContain("stats_hidden"), soon);
    noted = false;
    await vi.waitFor(() => expect(source(url).notes.map((note) => note.code)).not.toContain("stats_hidden"), soon);
  });
});

describe("stopping", () => {
  test("ends requests in flight at once and calls the sink no more", async () => {
    let asked = 0;
    const hanging = await serve(() => {
      asked++;
    });
    const healthy = await serve(good);
    let calls = 0;
    const { scraping, source } = start([job([hanging, healthy], { intervalMs: 100, timeoutMs: 60_000 })], (...args) => {
      calls++;
      return sink(...args);
    });
    await vi.waitFor(() => expect([asked > 0, calls > 0]).toEqual([true, true]), soon);
    const began = performance.now();
    await scraping.stop();
    expect(performance.now() - began).toBeLessThan(1000);
    const after = calls;
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(calls).toBe(after);
    expect(source(hanging).lastError).toBeNull();
  });
});

describe("schedule and identity", () => {
  test("the grid has no drift, and overrun points are left out", () => {
    expect(nextTick(1000, 100, 0)).toBe(1000);
    expect(nextTick(1000, 100, 1000)).toBe(1100);
    expect(nextTick(1000, 100, 1099.9)).toBe(1100);
    expect(nextTick(1000, 100, 1350)).toBe(1400);
  });

  test("phases spread over the interval and are the URL's own", () => {
    const phases = Array.from({ length: 1000 }, (_, i) => phaseOf(`http://10.0.${i % 7}.${i}:15020/stats`, 10_000));
    expect(phases).toEqual(
      Array.from({ length: 1000 }, (_, i) => phaseOf(`http://10.0.${i % 7}.${i}:15020/stats`, 10_000)),
    );
    for (let tenth = 0; tenth < 10; tenth++) {
      const there = phases.filter((phase) => Math.floor(phase / 1000) === tenth).length;
      expect(there).toBeGreaterThan(50);
      expect(there).toBeLessThan(170);
    }
  });

  test("a pod scraped on two ports is one target; on loopback the port tells proxies apart", () => {
    const labels = { cluster: "c1", namespace: "shop" };
    const id = (url: string, more = {}) => targetIdOf({ ...labels, ...more }, url);
    expect(id("http://10.0.0.1:15020/stats")).toBe(id("http://10.0.0.1:15090/stats/prometheus"));
    expect(id("http://10.0.0.1:15020/x", { pod: "web-0" })).toBe(id("http://10.0.0.2:15090/y", { pod: "web-0" }));
    expect(id("http://10.0.0.1:15020/x", { instance: "i" })).toBe(id("http://10.0.0.2:15090/y", { instance: "i" }));
    expect(id("http://127.0.0.1:1/x")).not.toBe(id("http://127.0.0.1:2/x"));
    expect(id("http://localhost:1/x")).not.toBe(id("http://localhost:2/x"));
    expect(id("http://10.0.0.1:1/x")).not.toBe(targetIdOf({ ...labels, cluster: "c2" }, "http://10.0.0.1:1/x"));
  });

  test("passwords stay out of addresses, and a URL that stands twice is scraped once", () => {
    const urls = ["http://me:secret@10.0.0.1/stats", "http://10.0.0.1/stats"];
    const endpoints = endpointsOf([job(urls)]);
    expect(endpoints.map((endpoint) => endpoint.address)).toEqual(["http://10.0.0.1/stats"]);
    expect(endpoints[0]?.url).toContain("secret");
  });
});
