/** Many targets that answer at once: whoever else waits for the event loop is heard in between. */
import { createServer, type ServerResponse } from "node:http";
import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { ok } from "../../lib/base/result.ts";
import { systemClock } from "../telemetry/clock.ts";
import { silentLog } from "../telemetry/log.ts";
import { SourceBoard } from "../telemetry/source-board.ts";
import type { ScrapeSink } from "./scrape-loop.ts";
import { startScraping } from "./start-scraping.ts";

const TARGETS = 12;
const WORK_MS = 5;

/** All are asked before any is answered. */
async function crowd() {
  const waiting: ServerResponse[] = [];
  const server = createServer((_, response) => {
    waiting.push(response);
    if (waiting.length === TARGETS) for (const one of waiting) one.end("a 1\n");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { server, url: (i: number) => `http://127.0.0.1:${address.port}/${i}` };
}

test("bodies that come at once are read a few milliseconds of them in each turn of the event loop", async () => {
  const { server, url } = await crowd();
  let turn = 0;
  const count = (): void => {
    turn++;
    ticking = setImmediate(count);
  };
  let ticking = setImmediate(count);
  const turns: number[] = [];
  let all = (): void => {};
  const seen = new Promise<void>((resolve) => {
    all = resolve;
  });
  const sink: ScrapeSink = () => {
    turns.push(turn);
    for (const until = performance.now() + WORK_MS; performance.now() < until; );
    if (turns.length === TARGETS) all();
    return ok({ series: 1, dropped: new Map() });
  };
  const targets = Array.from({ length: TARGETS }, (_, i) => ({ url: url(i), labels: {} }));
  const job = { name: "shop", mesh: "envoy", intervalMs: 500, timeoutMs: 30_000, targets } as const;
  const board = new SourceBoard(new Registry(), systemClock);
  const limits = { bodyLimitBytes: 1_000, sampleLimit: 10 };
  const scraping = startScraping([{ ...job, ...limits }], { sink, board, clock: systemClock, log: silentLog });
  await seen;
  clearImmediate(ticking);
  await scraping.stop();
  server.closeAllConnections();
  server.close();
  expect(new Set(turns).size).toBe(TARGETS);
});
