/**
 * The collector as users run it, over the real engine: what it acknowledged can be asked for within two seconds; while
 * ClickHouse is away it goes on taking spans and says that it cannot be asked; killed meanwhile and started again, it has
 * lost nothing and stored nothing twice.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type CollectorProcess, eventually, startCollector } from "../support/collector-process.ts";
import { hexId, zipkinBody } from "../support/payloads.ts";
import { findChdb } from "./binary.ts";
import { type Gate, openGate } from "./gate.ts";
import { scratchFolder } from "./rig.ts";
import { type ChdbServer, startChdb } from "./server.ts";

const site = await findChdb();
const traceSchema = z.object({ spanCount: z.number() });
const errorSchema = z.object({ code: z.string() });

describe.skipIf("skip" in site)("a collector over ClickHouse", () => {
  let server: ChdbServer;
  let gate: Gate;
  let scratch: Awaited<ReturnType<typeof scratchFolder>>;
  let collector: CollectorProcess;

  const start = (): Promise<CollectorProcess> =>
    startCollector({ data: `${scratch.path}/own`, store: { clickhouse: { url: gate.url, database: "meshscope" } } });

  beforeAll(async () => {
    if ("skip" in site) return;
    scratch = await scratchFolder();
    server = await startChdb(site, `${scratch.path}/data`);
    gate = await openGate(server.port);
    collector = await start();
  });

  afterAll(async () => {
    gate?.set("open");
    if (collector !== undefined) expect(await collector.stop()).toBe(0);
    await gate?.close();
    await server?.stop();
    await scratch?.remove();
  });

  async function post(label: string): Promise<number> {
    const headers = { "Content-Type": "application/json" };
    const answer = await fetch(`${collector.zipkin}/api/v2/spans`, {
      method: "POST",
      headers,
      body: zipkinBody(5, label),
    });
    return answer.status;
  }

  const count = async (label: string): Promise<number> =>
    (await collector.json(`/api/v1/traces/${hexId(label, 32)}`, traceSchema)).spanCount;

  async function stored(): Promise<string> {
    const sql = "SELECT count(), uniqExact(TraceId, SpanId, SpanKind) FROM meshscope.otel_traces";
    return (await (await fetch(server.url, { method: "POST", body: sql })).text()).trim();
  }

  test("what was acknowledged can be asked for within two seconds", async () => {
    expect(await post("first")).toBe(202);
    await eventually(async () => expect(await count("first")).toBe(5), 20_000);
    expect(await post("second")).toBe(202);
    await eventually(async () => expect(await count("second")).toBe(5), 2_000);
  });

  test("while ClickHouse is away spans are taken and reads say 503; killed and started again, nothing is lost or twice", async () => {
    gate.set("shut");
    for (let i = 0; i < 20; i++) expect(await post(`away-${i}`)).toBe(202);
    await eventually(async () => {
      const answer = await fetch(`${collector.api}/api/v1/traces/${hexId("first", 32)}`);
      expect(answer.status).toBe(503);
      expect(errorSchema.parse(await answer.json()).code).toBe("store_unavailable");
    });
    const gone = new Promise((resolve) => collector.child.once("exit", resolve));
    collector.child.kill("SIGKILL");
    await gone;
    collector = await start();
    expect(await post("after")).toBe(202);
    gate.set("open");
    await eventually(async () => expect(await count("after")).toBe(5));
    await eventually(async () => {
      for (let i = 0; i < 20; i++) expect(await count(`away-${i}`)).toBe(5);
    });
    expect(await stored()).toBe("115\t115");
  });
});
