/** A disk that fills up under the real process, and has room again. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CollectorProcess, eventually, startCollector } from "../support/collector-process.ts";
import { Acknowledged } from "./acknowledged.ts";
import { sized } from "./size.ts";
import { smallDisk } from "./small-disk.ts";

const SIZE_MIB = sized(96, 256);
const disk = smallDisk(SIZE_MIB);
const why = "skip" in disk ? ` (${disk.skip})` : "";

let collector: CollectorProcess;
beforeAll(async () => {
  if ("skip" in disk) return;
  collector = await startCollector({ data: disk.path, store: "duckdb" });
});
afterAll(async () => {
  if ("skip" in disk) return;
  await collector.stop();
  disk.unmount();
});

test.skipIf("skip" in disk)(
  `receivers refuse while the disk is full, reads go on, and room is all it takes to go on${why}`,
  async () => {
    if ("skip" in disk) return;
    const sent = new Acknowledged();
    const send = () => sent.send(collector.zipkin, 100, 10_000);
    let refused = await send();
    for (let bodies = 0; refused.status === 202; bodies++) {
      expect(bodies, "the disk never filled").toBeLessThan(SIZE_MIB * 4);
      refused = await send();
    }
    expect(refused).toMatchObject({
      status: 503,
      code: expect.stringMatching(/^log_/),
      retryAfter: expect.any(String),
    });
    expect(sent.traces.size).toBeGreaterThan(5);

    for (const path of ["/healthz", "/metrics", "/api/v1/graph", "/api/v1/sources"]) {
      expect((await fetch(`${collector.api}${path}`)).status, path).toBe(200);
    }
    // What the full disk kept from being stored waits in the log; what was stored can be read.
    const [first = ""] = sent.traces.keys();
    await eventually(async () => expect((await fetch(`${collector.api}/api/v1/traces/${first}`)).status).toBe(200));

    disk.resize(SIZE_MIB * 16);
    await eventually(async () => expect((await send()).status).toBe(202), 60_000);
    for (let n = 0; n < 5; n++) expect((await send()).status).toBe(202);
    await eventually(async () => expect(await sent.missing(collector.api)).toEqual([]), 60_000);
  },
  300_000,
);
