import { afterEach, describe, expect, test, vi } from "vitest";
import { JSON_TYPE, otlpJsonSpan, post, zipkinSpan } from "../receivers/receiver-rig.ts";
import { startFleet } from "./shard-rig.ts";

let rig: Awaited<ReturnType<typeof startFleet>>;
afterEach(() => rig.stop());

/** A connection of its own for each. */
const FRESH = { ...JSON_TYPE, connection: "close" };

const bodies = new Map<number, string>();
/** Sent again it is the same to the byte. */
function bodyOf(seed: number): string {
  const body = bodies.get(seed) ?? otlpJsonSpan(seed).body;
  bodies.set(seed, body);
  return body;
}

async function send(seed: number): Promise<number> {
  return (await post(`${rig.otlp}/v1/traces`, bodyOf(seed), FRESH)).status;
}

const view = (kind: string) => rig.board.list().find((source) => source.id === kind);

describe.each([1, 2, 4])("%i receiving processes", (count) => {
  test("share the connections and every span is folded once, counted once", async () => {
    rig = await startFleet(count);
    const seeds = Array.from({ length: 40 }, (_, i) => i);
    expect(new Set(await Promise.all(seeds.map(send)))).toEqual(new Set([200]));
    const zipkins = seeds.map((seed) => post(`${rig.zipkin}/api/v2/spans`, zipkinSpan(1_000 + seed).body, FRESH));
    for (const reply of await Promise.all(zipkins)) expect(reply.status).toBe(202);
    await vi.waitFor(() => expect(rig.queue.spanIds).toHaveLength(80));
    expect(new Set(rig.queue.spanIds).size).toBe(80);
    expect([view("otlpHttp")?.items.count, view("zipkin")?.items.count]).toEqual([40, 40]);
    expect([...rig.shards.values()].map(({ sockets }) => sockets.size)).toEqual(
      Array.from({ length: count }, () => 80 / count),
    );
  });
});

describe("receiving processes", () => {
  test("refuse what is malformed, and main counts it", async () => {
    rig = await startFleet(2);
    expect((await post(`${rig.otlp}/v1/traces`, "{", JSON_TYPE)).status).toBe(400);
    expect((await post(`${rig.otlp}/v1/logs`, "{}", JSON_TYPE)).status).toBe(404);
    await vi.waitFor(async () => {
      expect(await rig.registry.metrics()).toContain('code="not_built"} 1');
      expect(view("otlpHttp")?.lastError?.code).toBe("not_built");
    });
  });

  test("know a body that another of them has taken", async () => {
    rig = await startFleet(2);
    for (let i = 0; i < 4; i++) expect(await send(5)).toBe(200);
    expect(await Promise.all([6, 6, 6, 6].map(send))).toEqual([200, 200, 200, 200]);
    await vi.waitFor(() => expect(rig.queue.spanIds).toHaveLength(2));
    expect(view("otlpHttp")?.items.count).toBe(2);
  });

  test("what one has logged and not told when it is killed is folded once; a retry of it is known; another follows it", async () => {
    rig = await startFleet(2);
    const first = rig.shards.get("1");
    first?.swallow.add("news");
    expect(await send(1)).toBe(200);
    expect(await send(2)).toBe(200);
    await vi.waitFor(() => expect(rig.queue.spanIds).toHaveLength(1));
    first?.kill();
    await vi.waitFor(() => expect(rig.fleet.restarts).toBe(1));
    expect(rig.fleet.running).toBe(2);
    expect(new Set(rig.queue.spanIds).size).toBe(2);
    for (const seed of [1, 2, 1, 2, 3, 4]) expect(await send(seed)).toBe(200);
    await vi.waitFor(() => expect(rig.queue.spanIds).toHaveLength(4));
    expect(new Set(rig.queue.spanIds).size).toBe(4);
    await vi.waitFor(() => expect(view("otlpHttp")?.items.count).toBe(4));
  });

  test("a body whose process died before it was logged is new when it comes again, also while the log is read", async () => {
    rig = await startFleet(2);
    const first = rig.shards.get("1");
    const lost = "a-key-that-no-log-holds";
    rig.claims.claim(lost, "1", () => {});
    const second = new Promise<boolean>((answer) => rig.claims.claim(lost, "2", answer));
    first?.kill();
    expect(await second).toBe(true);
  });

  test("connections wait while none of them is there", async () => {
    rig = await startFleet(1);
    rig.shards.get("1")?.kill();
    const [status] = await Promise.all([send(9), vi.waitFor(() => expect(rig.fleet.restarts).toBe(1))]);
    expect(status).toBe(200);
  });

  test("refuse with 503 when main is behind, before they acknowledge, and take again when it has caught up", async () => {
    rig = await startFleet(1);
    let open = (): void => {};
    rig.queue.gate = new Promise((resolve) => {
      open = resolve;
    });
    const padded = (seed: number): string => `${bodyOf(seed)}${" ".repeat(15 * 1024 * 1024)}`;
    const statuses: number[] = [];
    for (let seed = 0; seed < 5; seed++)
      statuses.push((await post(`${rig.otlp}/v1/traces`, padded(seed), FRESH)).status);
    expect(statuses).toEqual([200, 200, 200, 200, 503]);
    open();
    await vi.waitFor(() => expect(rig.queue.spanIds).toHaveLength(4));
    await vi.waitFor(async () => expect(await send(7)).toBe(200));
    await vi.waitFor(() => expect(view("otlpHttp")?.items.count).toBe(5));
  });

  test("stopping folds what was acknowledged before", async () => {
    rig = await startFleet(2);
    await Promise.all([1, 2, 3, 4, 5, 6].map(send));
    await rig.fleet.stop();
    expect(new Set(rig.queue.spanIds).size).toBe(6);
    expect(rig.fleet.restarts).toBe(0);
  });
});
