/**
 * Clients that do harm, against the real process: 2,000 connections that say nothing, one that sends a byte a second, one
 * that never reads its answers. Others are served all the while, memory stays within a bound, and what was opened is closed.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CollectorProcess, eventually, startCollector } from "../support/collector-process.ts";
import { zipkinBody } from "../support/payloads.ts";
import { Acknowledged } from "./acknowledged.ts";
import { hasProc, openFiles, residentBytes } from "./processes.ts";
import { sized } from "./size.ts";

const CONNECTIONS = 2_000;
const GROWTH_BYTES = 128 * 1024 * 1024;
const data = mkdtempSync(join(tmpdir(), "meshscope-hostile-"));
let collector: CollectorProcess;
beforeAll(async () => {
  collector = await startCollector({ data, store: "duckdb" });
});
afterAll(async () => {
  const code = await collector.stop();
  rmSync(data, { recursive: true });
  expect(code).toBe(0);
});

const pid = (): number => collector.child.pid ?? 0;
const portOf = (url: string): number => Number(new URL(url).port);

function dial(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => resolve(socket)).once("error", reject);
    socket.on("error", () => {});
  });
}

async function servedAsUsual(sent: Acknowledged): Promise<void> {
  const began = Date.now();
  for (let n = 0; n < 5; n++) expect((await sent.send(collector.zipkin)).status).toBe(202);
  expect((await fetch(`${collector.api}/api/v1/graph`)).status).toBe(200);
  expect(Date.now() - began).toBeLessThan(10_000);
}

test.skipIf(!hasProc).concurrent(
  "2,000 connections that say nothing are let go again, and others are served meanwhile",
  async () => {
    const sent = new Acknowledged();
    await servedAsUsual(sent);
    const files = openFiles(pid());
    const memory = residentBytes(pid());
    const sockets: Socket[] = [];
    for (const url of [collector.zipkin, collector.otlpHttp]) {
      for (let n = 0; n < CONNECTIONS / 2; n++) sockets.push(await dial(portOf(url)));
    }
    await servedAsUsual(sent);
    expect(residentBytes(pid()) - memory).toBeLessThan(GROWTH_BYTES);
    // A head has 10 s; then node:http closes what sent none.
    await eventually(async () => expect(openFiles(pid())).toBeLessThan(files + 50), 75_000);
    for (const socket of sockets) socket.destroy();
    await servedAsUsual(sent);
    await eventually(async () => expect(await sent.missing(collector.api)).toEqual([]));
  },
  120_000,
);

test.skipIf(!hasProc).concurrent(
  "a client that sends a byte a second is cut off in time, and keeps nobody waiting",
  async () => {
    const sent = new Acknowledged();
    const socket = await dial(portOf(collector.zipkin));
    let answer = "";
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      answer += chunk;
    });
    socket.write(
      "POST /api/v2/spans HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n",
    );
    const trickle = setInterval(() => socket.write("["), 1_000);
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    await servedAsUsual(sent);
    await closed;
    clearInterval(trickle);
    expect(answer).toMatch(/^HTTP\/1.1 408/);
  },
  120_000,
);

test.skipIf(!hasProc)(
  "a client that never reads its answers holds a bounded piece of memory",
  async () => {
    const sent = new Acknowledged();
    await servedAsUsual(sent);
    const memory = residentBytes(pid());
    const many = await dial(portOf(collector.zipkin));
    many.pause();
    const one = zipkinBody(1, "never-reads");
    const head = `POST /api/v2/spans HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${one.length}\r\n\r\n`;
    const requests = Buffer.from(`${head}${one}`.repeat(sized(2_000, 20_000)));
    many.write(requests);
    const get = (path: string): string => `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`;
    const asks = [get("/api/v1/graph/live"), get("/metrics").repeat(200), get("/api/v1/graph").repeat(200)];
    const readers = await Promise.all(asks.map(() => dial(portOf(collector.api))));
    readers.forEach((reader, i) => {
      reader.pause();
      reader.write(asks[i] ?? "");
    });
    for (let n = 0; n < sized(5, 30); n++) {
      await servedAsUsual(sent);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    expect(residentBytes(pid()) - memory).toBeLessThan(GROWTH_BYTES);
    for (const socket of [many, ...readers]) socket.destroy();
    await servedAsUsual(sent);
    await eventually(async () => expect(await sent.missing(collector.api)).toEqual([]));
  },
  240_000,
);
