import { createServer, type Server } from "node:http";
import { Registry } from "prom-client";
import { afterEach, expect, test, vi } from "vitest";
import { ok } from "../../lib/base/result.ts";
import type { ScrapeJob } from "../config/config.ts";
import { systemClock } from "../telemetry/clock.ts";
import { silentLog } from "../telemetry/log.ts";
import { SourceBoard } from "../telemetry/source-board.ts";
import { type Scraping, startScraping } from "./start-scraping.ts";

let server: Server | undefined;
let scraping: Scraping | undefined;
afterEach(async () => {
  await scraping?.stop();
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve) ?? resolve(undefined));
});

async function targets(count: number): Promise<string[]> {
  server = createServer((_request, response) => response.end("x 1\n"));
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return Array.from({ length: count }, (_, i) => `http://127.0.0.1:${port}/${i}`);
}

function jobOf(urls: readonly string[]): ScrapeJob {
  return {
    ...{ name: "j", mesh: "auto", intervalMs: 20, timeoutMs: 1_000, bodyLimitBytes: 1e6, sampleLimit: 1e3 },
    targets: urls.map((url, i) => ({ url, labels: { pod: `p${i}` } })),
  };
}

test("of several collectors each scrapes its own targets; one that is given away is read no more, and forgotten", async () => {
  const urls = await targets(4);
  const read = new Map<string, number>();
  const own = new Set<string>();
  const forgotten: string[] = [];
  const board = new SourceBoard(new Registry(), systemClock);
  scraping = startScraping([jobOf(urls)], {
    sink: ({ target }) => {
      read.set(target, (read.get(target) ?? 0) + 1);
      return ok({ series: 1, dropped: new Map() });
    },
    ...{ board, clock: systemClock, log: silentLog },
    owns: (target) => own.has(target),
    forget: ({ target }) => forgotten.push(target),
  });
  const [a = "", b = "", c = ""] = scraping.endpoints.map(({ target }) => target);
  expect(board.list()).toEqual([]);
  own.add(a).add(b);
  scraping.reassign();
  await vi.waitFor(() => expect([...read.keys()].sort()).toEqual([a, b].sort()));
  own.delete(a);
  own.add(c);
  scraping.reassign();
  const before = read.get(a);
  expect(forgotten).toEqual([a]);
  await vi.waitFor(() => expect(read.get(c)).toBeGreaterThan(3));
  expect(read.get(a)).toBe(before);
  expect(board.list()).toHaveLength(2);
});
