/** A pairing that is saved and taken up by another process counts what an uninterrupted one counts. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Endpoint } from "../model/identity.ts";
import { parseSpanId, parseTraceId } from "../model/span.ts";
import type { SpanCall, SpanSide } from "../model/span-side.ts";
import type { HeldBatch } from "./kernel-held.ts";
import { PairingRig } from "./pairing-rig.ts";

const NOW = 1_700_000_000_000;

function sideOf(trace: number, id: number, parent: number, role: SpanSide["role"], name: string): SpanSide {
  const traceId = parseTraceId((trace + 1).toString(16).padStart(32, "0"));
  const spanId = parseSpanId((id + 1).toString(16).padStart(16, "0"));
  const parentSpanId = parent < 0 ? undefined : parseSpanId((parent + 1).toString(16).padStart(16, "0"));
  if (traceId === undefined || spanId === undefined) throw new Error("malformed id in a test");
  const own: Endpoint = { cluster: "c", namespace: "n", kind: "service", name, mesh: null };
  return {
    traceId,
    spanId,
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    ...{ shared: false, role, own, protocol: "http", endMs: NOW, durationMs: 1, code: "200", grpcStatus: "" },
    ...{ flags: [], sampled: null },
  };
}

const span = fc.record({
  trace: fc.integer({ min: 0, max: 2 }),
  id: fc.integer({ min: 0, max: 11 }),
  parent: fc.integer({ min: -1, max: 11 }),
  role: fc.constantFrom("client", "server", "producer", "consumer", "internal"),
  name: fc.constantFrom("a", "b", "c"),
});
const body = fc.record({ afterMs: fc.constantFrom(0, 900, 4_000, 11_000), spans: fc.array(span, { maxLength: 6 }) });

interface Body {
  readonly batch: HeldBatch;
  readonly atMs: number;
  readonly sides: readonly SpanSide[];
}

function sinkOf(calls: string[]) {
  const call = ({ edge, code, speaker }: SpanCall) =>
    calls.push(`${edge.source.name} → ${edge.target.name} ${code} ${speaker}`);
  return { call, learn: () => {} };
}

function run(bodies: readonly Body[], interruptedAt: ReadonlySet<number>): string[] {
  const calls: string[] = [];
  let pairing = new PairingRig(sinkOf(calls));
  bodies.forEach(({ batch, atMs, sides }, i) => {
    if (interruptedAt.has(i)) {
      const saved = JSON.parse(JSON.stringify(pairing.save()));
      pairing = new PairingRig(sinkOf(calls));
      pairing.restore(saved, ({ from }) => bodies[from]?.sides);
    }
    pairing.see(sides, atMs, batch);
  });
  pairing.settle((bodies[bodies.length - 1]?.atMs ?? NOW) + 60_000);
  return calls;
}

test("saved and restored between any two bodies, the same calls are told in the same order", () => {
  fc.assert(
    fc.property(fc.array(body, { maxLength: 12 }), fc.uniqueArray(fc.nat({ max: 11 })), (drawn, cuts) => {
      let atMs = NOW;
      const bodies = drawn.map(({ afterMs, spans }, i): Body => {
        atMs += afterMs;
        const sides = spans.map(({ trace, id, parent, role, name }) => sideOf(trace, id, parent, role, name));
        return { batch: { log: "0", segment: 1, from: i, to: i + 1 }, atMs, sides };
      });
      expect(run(bodies, new Set(cuts))).toEqual(run(bodies, new Set()));
    }),
    { numRuns: 500 },
  );
});

test("a body that is gone is not held, and the others are", () => {
  const calls: string[] = [];
  const pairing = new PairingRig(sinkOf([]));
  const lone = (trace: number, from: number) =>
    pairing.see([sideOf(trace, 1, 0, "client", "a")], NOW, { log: "0", segment: 1, from, to: from + 1 });
  lone(1, 0);
  lone(2, 1);
  const restored = new PairingRig(sinkOf(calls));
  restored.restore(pairing.save(), ({ from }) => (from === 0 ? undefined : [sideOf(2, 1, 0, "client", "a")]));
  restored.settle(NOW + 10_000);
  expect(calls).toHaveLength(1);
});

test("spans that had their time are given up for the bodies they hold, oldest first, and others wait on", () => {
  const calls: string[] = [];
  const pairing = new PairingRig(sinkOf(calls));
  const lone = (trace: number, atMs: number, segment: number) =>
    pairing.see([sideOf(trace, 1, 0, "client", "a")], atMs, { log: "0", segment, from: 0, to: 1 });
  lone(1, NOW, 1);
  lone(2, NOW + 1, 2);
  lone(3, NOW + 5_000, 1);
  pairing.settle(NOW + 12_000);
  expect(pairing.giveUp(({ segment }) => segment < 2)).toBe(1);
  expect(pairing.giveUp(({ segment }) => segment < 3)).toBe(1);
  expect(pairing.size).toBe(1);
  pairing.settle(NOW + 20_000);
  expect(calls).toHaveLength(3);
});

test("a clock that is set back an hour keeps nobody waiting, one that is set right by little changes nothing", () => {
  const calls: string[] = [];
  const pairing = new PairingRig(sinkOf(calls));
  pairing.see([sideOf(1, 1, 0, "client", "a")], NOW);
  pairing.settle(NOW - 500);
  expect(calls).toHaveLength(0);
  pairing.settle(NOW - 3_600_000);
  expect(calls).toHaveLength(1);
});
