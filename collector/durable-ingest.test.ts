/** The write path against a store that outlives it: whatever is left behind is taken up, once. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { KeptStore, type RiggedCollector, startIngest } from "./durable-rig.ts";

const T0 = 1_700_000_000_000;
let data = "";
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "durable-"));
});
afterEach(() => rmSync(data, { recursive: true }));

const hexId = (n: number, digits: number): string => n.toString(16).padStart(digits, "0");

interface Spec {
  readonly trace: number;
  readonly id: number;
  readonly parent?: number;
  readonly kind: "CLIENT" | "SERVER";
  readonly service: string;
  readonly endMs: number;
}

/** Zipkin's JSON. */
function bodyOf(specs: readonly Spec[]): Uint8Array {
  return Buffer.from(
    JSON.stringify(
      specs.map(({ trace, id, parent, kind, service, endMs }) => ({
        traceId: hexId(trace, 32),
        id: hexId(id, 16),
        ...(parent === undefined ? {} : { parentId: hexId(parent, 16) }),
        kind,
        name: "get",
        timestamp: (endMs - 5) * 1_000,
        duration: 5_000,
        localEndpoint: { serviceName: service },
        tags: { "http.status_code": "200" },
      })),
    ),
  );
}

async function send({ ingest }: RiggedCollector, body: Uint8Array): Promise<number> {
  const taken = await ingest.intake.take("zipkinJson", body);
  if (!taken.ok) throw new Error(taken.error.code);
  await taken.value.later;
  return taken.value.spans;
}

/** Requests by edge: of the live table and of the store together. */
async function edgesOf({ slots }: RiggedCollector, store: KeptStore): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  const stored = await store.rollups.read(10_000, 0, Number.MAX_SAFE_INTEGER);
  for (const { row, values } of [
    ...slots.read(Number.NEGATIVE_INFINITY, Number.MAX_SAFE_INTEGER).rows,
    ...stored.rows,
  ]) {
    const name = `${row.edge.source.name} → ${row.edge.target.name}`;
    row.columns.forEach((column, i) => {
      if (column.kind === "class") found[name] = (found[name] ?? 0) + (values[i] ?? 0);
    });
  }
  return found;
}

type Step =
  | { readonly do: "client" | "server" | "both"; readonly call: number }
  | { readonly do: "pass"; readonly ms: number }
  | {
      readonly do:
        | "checkpoint"
        | "crash"
        | "stop"
        | "breakStore"
        | "breakCheckpoints"
        | "mendStore"
        | "follow"
        | "repeat";
    };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom("client", "server", "both"), call: fc.nat({ max: 30 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("pass"), ms: fc.constantFrom(1_000, 11_000, 40_000, 310_000, 900_000) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom(
        "checkpoint",
        "crash",
        "crash",
        "stop",
        "breakStore",
        "breakCheckpoints",
        "mendStore",
        "follow",
        "repeat",
      ),
    }),
  },
);

/** What the edges say in the end, and every span that the store has. */
async function play(steps: readonly Step[], withCrashes: boolean) {
  const folder = mkdtempSync(join(data, "run-"));
  const clock = { now: T0, nowMs: () => clock.now };
  const store = new KeptStore(folder);
  let collector = await startIngest(folder, store, clock);
  const sent = new Set<string>();
  let last = bodyOf([]);
  let lastMs = Number.NEGATIVE_INFINITY;
  const post = async (specs: readonly Spec[]): Promise<void> => {
    const fresh = specs.filter(({ trace, kind }) => !sent.has(`${trace}${kind}`));
    for (const { trace, kind } of fresh) sent.add(`${trace}${kind}`);
    if (fresh.length === 0) return;
    last = bodyOf(fresh);
    lastMs = clock.now;
    expect(await send(collector, last)).toBe(fresh.length);
  };
  const tick = async (): Promise<void> => {
    collector.edges.tick();
    await collector.ingest.tick();
  };
  const restart = async (): Promise<void> => {
    collector = await startIngest(folder, store, clock);
  };
  for (const one of steps) {
    if (one.do === "client" || one.do === "server" || one.do === "both") {
      const { call } = one;
      const client = { trace: call + 1, id: 1, kind: "CLIENT", service: `web-${call % 3}`, endMs: clock.now } as const;
      const server = { ...client, id: 2, parent: 1, kind: "SERVER", service: `cart-${call % 2}` } as const;
      await post(one.do === "client" ? [client] : one.do === "server" ? [server] : [client, server]);
    } else if (one.do === "pass") {
      clock.now += one.ms;
      await tick();
    } else if (one.do === "repeat") {
      // Sent again more than five minutes later it is no retry.
      if (clock.now - lastMs < 300_000) expect(await send(collector, last)).toBe(0);
    } else if (one.do === "follow") await store.follow();
    else if (one.do === "breakStore") store.rollups.broken = "all";
    else if (one.do === "breakCheckpoints") store.rollups.broken = "checkpoints";
    else if (one.do === "mendStore") store.rollups.broken = "nothing";
    else if (one.do === "checkpoint") {
      clock.now += 30_000;
      await tick();
    } else if (withCrashes) {
      if (one.do === "stop") await collector.ingest.stop();
      // Nothing but its files is left of it.
      await collector.folder.logs.close();
      await restart();
    }
  }
  store.rollups.broken = "nothing";
  clock.now += 20_000;
  await tick();
  collector.ingest.intake.flush();
  await store.follow();
  const spans = store.engine.spans.stats().spans;
  const result = { edges: await edgesOf(collector, store), spans, sent: sent.size };
  await collector.ingest.stop();
  return result;
}

/** What chance would hardly hit on. */
const UNLIKELY: Step[][] = [
  // A slot grows too old while no checkpoint holds what it gained.
  [{ do: "both", call: 1 }, { do: "breakCheckpoints" }, { do: "pass", ms: 910_000 }, { do: "crash" }],
  // The store takes a checkpoint, then the slot, and the process dies before the next checkpoint.
  [{ do: "both", call: 1 }, { do: "checkpoint" }, { do: "pass", ms: 900_000 }, { do: "breakStore" }, { do: "crash" }],
  // Half a call is kept, its time is up while nobody runs, and the other half comes after that.
  [{ do: "client", call: 1 }, { do: "stop" }, { do: "pass", ms: 40_000 }, { do: "crash" }, { do: "server", call: 1 }],
];

describe("a collector that crashes and starts again", () => {
  test("counts and stores what one counts and stores that never did", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const crashed = await play(steps, true);
        const whole = await play(steps, false);
        expect(crashed).toEqual(whole);
        expect(crashed.spans).toBe(crashed.sent);
      }),
      { numRuns: 60, examples: UNLIKELY.map((steps) => [steps]) },
    );
  }, 120_000);
});

test("scraped increases since the last checkpoint are gone with the time they were observed in, not turned to zero", async () => {
  const clock = { now: T0, nowMs: () => clock.now };
  const store = new KeptStore(data);
  const first = await startIngest(data, store, clock);
  const end = (name: string) => ({ cluster: "c", namespace: "n", kind: "workload", name, mesh: null }) as const;
  const edge = { source: end("web"), target: end("cart"), protocol: "http", layer: "L7" } as const;
  const scrape = ({ slots }: RiggedCollector, fromMs: number, requests: number): void => {
    const row = slots.table.row({ edge, reporter: "inbound", job: "shop", transport: false }, fromMs);
    const target = slots.target("shop/cart-1", 10_000);
    slots.join(row.group, target);
    target.seen(fromMs + 10_000);
    target.cover(fromMs, fromMs + 10_000);
    slots.add(row, [row.class("200", "")], requests, [{ slotMs: fromMs, share: 1 }]);
    slots.observed(fromMs + 10_000);
  };
  scrape(first, T0, 30);
  clock.now += 30_000;
  await first.ingest.tick();
  scrape(first, T0 + 10_000, 50);
  await first.folder.logs.close();
  const second = await startIngest(data, store, clock);
  expect(await edgesOf(second, store)).toEqual({ "web → cart": 30 });
  const covered = (fromMs: number): number[] => [...second.slots.coverage(fromMs, fromMs + 10_000).values()];
  expect(covered(T0)).toEqual([10_000]);
  expect(covered(T0 + 10_000)).toEqual([0]);
  expect(second.slots.lastObservationMs).toBe(T0 + 10_000);
});
