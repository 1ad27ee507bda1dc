/** The pairing in typed tables tells what the pairing of objects in maps tells: the same calls in the same order, and losses. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Endpoint } from "../model/identity.ts";
import { parseSpanId, parseTraceId } from "../model/span.ts";
import type { SpanCall, SpanSide } from "../model/span-side.ts";
import { HeldTable } from "./kernel-held.ts";
import { SpanPairing as Oracle } from "./oracle-pairing.ts";
import { PairingRig } from "./pairing-rig.ts";
import { batchOf } from "./side-batch.ts";

const NOW = 1_700_000_000_000;

const service = (name: string, namespace: string, cluster: string): Endpoint => {
  return { cluster, namespace, kind: "service", name, mesh: null, service: name };
};
const end = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("a", "b", "c").map((name) => service(name, "n", "c1")) },
  fc.constantFrom(
    service("a", "", "c1"),
    service("a.n", "", ""),
    service("b", "other", "c1"),
    service("c", "n", "c2"),
    service("", "", ""),
  ),
);
const rarely = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: undefined, freq: 3 });

const side = fc
  .record({
    trace: fc.constantFrom(1, 1, 1, 2),
    id: fc.integer({ min: 1, max: 9 }),
    parent: fc.integer({ min: 0, max: 9 }),
    role: fc.constantFrom<SpanSide["role"]>("client", "server", "server", "client", "producer", "consumer", "internal"),
    shared: fc.boolean(),
    own: end,
    peer: rarely(end),
    through: rarely(fc.record({ source: end, target: end })),
    protocol: fc.constantFrom<SpanSide["protocol"]>("http", "grpc"),
    offMs: fc.constantFrom(0, 0, 0, -900_000, 400),
    code: fc.constantFrom("200", "503", "none"),
    sampled: fc.constantFrom(null, 0.5),
    flags: fc.constantFrom<readonly string[]>([], ["UH"]),
  })
  .map(({ trace, id, parent, peer, through, offMs, ...rest }): SpanSide => {
    const traceId = parseTraceId(trace.toString(16).padStart(32, "0"));
    const spanId = parseSpanId(id.toString(16).padStart(16, "0"));
    const parentSpanId = parent === 0 ? undefined : parseSpanId(parent.toString(16).padStart(16, "0"));
    if (traceId === undefined || spanId === undefined) throw new Error("malformed id in a test");
    return {
      ...{ traceId, spanId, ...rest, grpcStatus: "", endMs: NOW + offMs, durationMs: id },
      ...(parentSpanId === undefined ? {} : { parentSpanId }),
      ...(peer === undefined ? {} : { peer }),
      ...(through === undefined ? {} : { through }),
    };
  });

const step = fc.record({
  afterMs: fc.constantFrom(0, 0, 400, 4_000, 11_000, 700_000, -2_000),
  sides: fc.array(side, { maxLength: 10 }),
  segment: fc.constantFrom(undefined, 1, 2, 3),
  giveUpTo: fc.constantFrom(0, 0, 0, 2, 4),
  heldUp: fc.constantFrom(false, false, false, true),
});

test("the same spans, clocks, limits and memory given up: the same calls, names learnt, losses and shares", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 14 }), fc.constantFrom(3, 12, 100_000), (steps, limit) => {
      const seen: [string[], string[]] = [[], []];
      const sinkOf = (told: string[]) => ({
        call: (call: SpanCall) => void told.push(JSON.stringify(call, Object.keys(call).sort())),
        learn: (a: Endpoint, b: Endpoint, c: Endpoint) => void told.push(`${a.name} ${b.name} ${c.name}`),
      });
      const [rig, oracle] = [new PairingRig(sinkOf(seen[0]), limit), new Oracle(sinkOf(seen[1]), limit)];
      let nowMs = NOW;
      for (const { afterMs, sides, segment, giveUpTo, heldUp } of steps) {
        nowMs += afterMs;
        const heldUpMs = heldUp ? nowMs - 5_000 : Number.POSITIVE_INFINITY;
        const moved = sides.map((one) => ({ ...one, endMs: one.endMs - NOW + nowMs }));
        const batch = segment === undefined ? undefined : { log: "0", segment, from: 0, to: 1 };
        const told = [rig, oracle].map((pairing) => {
          pairing.heldUpMs = () => heldUpMs;
          pairing.see(moved, nowMs, batch);
          const given = pairing.giveUp((one) => one.segment < giveUpTo);
          return [given, pairing.size, [...pairing.takeLosses()].sort(), pairing.unpairedShare(nowMs)];
        });
        expect(told[0]).toEqual(told[1]);
        expect(seen[0]).toEqual(seen[1]);
      }
    }),
    { numRuns: 300 },
  );
});

test("twenty thousand children of one parent come and go one by one, in a ring that grows", () => {
  const table = new HeldTable(1_000);
  const arrival = { nowMs: NOW, batch: undefined, state: 0, below: undefined };
  let early = 0;
  for (let body = 0; body < 20; body++) {
    const sides = batchOf(
      Array.from({ length: 1_000 }, (_, i): SpanSide => {
        const traceId = parseTraceId("7".repeat(32));
        const spanId = parseSpanId((body * 1_000 + i + 2).toString(16).padStart(16, "0"));
        const parentSpanId = parseSpanId("1".padStart(16, "0"));
        if (traceId === undefined || spanId === undefined || parentSpanId === undefined)
          throw new Error("malformed id");
        const own = service("a", "n", "c");
        return {
          ...{ traceId, spanId, parentSpanId, own, shared: false, role: "client", protocol: "http" },
          ...{ endMs: NOW, durationMs: 1, code: "200", grpcStatus: "", flags: [], sampled: null },
        };
      }),
    );
    for (let nth = 0; nth < sides.size; nth++) table.await(table.add(sides, nth, nth, arrival));
    table.trim(NOW, () => early++);
    expect(table.size).toBe(1_000);
  }
  expect(early).toBe(19_000);
});
