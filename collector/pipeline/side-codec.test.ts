import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readSpan } from "../../lib/mesh/spans/read-span.ts";
import { type Endpoint, MESHES, NODE_KINDS } from "../../lib/model/identity.ts";
import { parseSpanId, parseTraceId } from "../../lib/model/span.ts";
import type { SpanSide } from "../../lib/model/span-side.ts";
import { batchOf } from "../../lib/rollup/side-batch.ts";
import { encodeSides, SideReader } from "./side-codec.ts";
import { spanOf } from "./span-rig.ts";

const text = fc.string({ unit: "grapheme", maxLength: 12 });
const endpoints: fc.Arbitrary<Endpoint> = fc.record(
  {
    cluster: text,
    namespace: text,
    kind: fc.constantFrom(...NODE_KINDS),
    name: text,
    version: text,
    mesh: fc.constantFrom(null, ...MESHES),
    meshes: fc.subarray([...MESHES], { minLength: 1 }),
    service: text,
    app: text,
    reason: text,
  },
  { requiredKeys: ["cluster", "namespace", "kind", "name", "mesh"] },
);

function hexId<T>(digits: number, parse: (id: string) => T | undefined): fc.Arbitrary<T> {
  return fc.bigInt({ min: 1n, max: 2n ** BigInt(digits * 4) - 1n }).map((id) => {
    const made = parse(id.toString(16).padStart(digits, "0"));
    if (made === undefined) throw new Error("malformed id in a test");
    return made;
  });
}

const sides: fc.Arbitrary<SpanSide> = fc.record(
  {
    traceId: hexId(32, parseTraceId),
    spanId: hexId(16, parseSpanId),
    parentSpanId: hexId(16, parseSpanId),
    shared: fc.boolean(),
    role: fc.constantFrom("client", "server", "producer", "consumer", "internal"),
    own: endpoints,
    peer: endpoints,
    through: fc.record({ source: endpoints, target: endpoints }),
    protocol: fc.constantFrom("http", "grpc", "tcp"),
    endMs: fc.double({ noNaN: true, noDefaultInfinity: true }),
    durationMs: fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 }),
    code: text,
    grpcStatus: text,
    flags: fc.array(text, { maxLength: 3 }),
    sampled: fc.option(fc.double({ min: 0.001, max: 1, noNaN: true })),
  },
  {
    requiredKeys: [
      ...(["traceId", "spanId", "shared", "role", "own", "protocol", "endMs", "durationMs"] as const),
      ...(["code", "grpcStatus", "flags", "sampled"] as const),
    ],
  },
);

describe("sides as bytes", () => {
  test("what is written is read again, by one reader after another body", () => {
    const reader = new SideReader();
    fc.assert(
      fc.property(fc.array(sides, { maxLength: 8 }), (some) => {
        expect(reader.read(encodeSides([batchOf(some)]))?.all()).toEqual(some);
      }),
    );
  });

  test("bytes that are cut short, go on too long or are of another version are refused whole", () => {
    const side = readSpan(spanOf(7, "client", "web", { endMs: 1_000 }));
    const bytes = encodeSides([batchOf(side === undefined ? [] : [side])]);
    const reader = new SideReader();
    expect(reader.read(bytes)?.size).toBe(1);
    for (let length = 0; length < bytes.length; length++)
      expect(reader.read(bytes.subarray(0, length))).toBeUndefined();
    expect(reader.read(Buffer.concat([bytes, Buffer.alloc(1)]))).toBeUndefined();
    const newer = Buffer.from(bytes);
    newer.writeUInt32LE(2, 0);
    expect(reader.read(newer)).toBeUndefined();
  });

  test("a row that points past the names is refused", () => {
    const side = readSpan(spanOf(7, "client", "web", { endMs: 1_000 }));
    const bytes = encodeSides([batchOf(side === undefined ? [] : [side])]);
    bytes.writeUInt32LE(9, bytes.length - 72 + 48);
    expect(new SideReader().read(bytes)).toBeUndefined();
  });

  test("ends met before are the same objects", () => {
    const reader = new SideReader();
    const side = readSpan(spanOf(7, "client", "web", { endMs: 1_000 }));
    const [first, second] = [0, 1].map(
      () => reader.read(encodeSides([batchOf(side === undefined ? [] : [side])]))?.reading(0)?.own,
    );
    expect(first).toBeDefined();
    expect(second).toBe(first);
  });
});
