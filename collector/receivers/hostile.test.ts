/** Thousands of damaged bodies over HTTP: each has an answer, each is counted once, and the next good body is stored. */
import root from "otlp-transformer-oracle/build/src/generated/root.js";
import { afterEach, beforeEach, expect, test } from "vitest";
import { referenceCodec, TRACE_REQUEST } from "../../lib/wire/otlp/reference-codec.ts";
import {
  gzipped,
  JSON_TYPE,
  ListStore,
  otlpJsonSpan,
  PROTO_TYPE,
  post,
  type Rig,
  startRig,
  zipkinSpan,
} from "./receiver-rig.ts";

const ROUNDS = 1_000;
let store: ListStore;
let rig: Rig;

beforeEach(async () => {
  store = new ListStore();
  rig = await startRig({ store });
});

afterEach(() => rig.receivers.stop());

function mutations(seed: number): (body: Uint8Array) => Uint8Array {
  let state = seed;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
  return (body) => {
    const damaged = body.slice();
    for (let hits = 1 + random(3); hits > 0; hits--) damaged[random(damaged.length)] = random(256);
    return damaged.subarray(0, damaged.length - (random(3) === 0 ? random(damaged.length) : 0));
  };
}

interface Kind {
  readonly name: string;
  readonly id: "otlpHttp" | "zipkin";
  readonly headers: Record<string, string>;
  readonly good: number;
  body(seed: number): { traceId: string; body: Uint8Array };
}

function bytesOf({ traceId, body }: { traceId: string; body: string }) {
  return { traceId, body: new Uint8Array(Buffer.from(body)) };
}

function protobufOf(seed: number) {
  const { traceId, body } = otlpJsonSpan(seed);
  const request = JSON.parse(body);
  for (const span of request.resourceSpans[0].scopeSpans[0].spans) {
    span.traceId = Buffer.from(span.traceId, "hex");
    span.spanId = Buffer.from(span.spanId, "hex");
    for (const key of ["startTimeUnixNano", "endTimeUnixNano"]) {
      const ns = BigInt(span[key]);
      span[key] = { low: Number(BigInt.asIntN(32, ns)), high: Number(ns >> 32n), unsigned: true };
    }
    span.attributes = [{ key: "http.method", value: { stringValue: "GET" } }];
  }
  const encoded = referenceCodec(root, TRACE_REQUEST)?.encode(request).finish() ?? new Uint8Array(0);
  return { traceId, body: new Uint8Array(encoded) };
}

const KINDS: readonly Kind[] = [
  { name: "OTLP JSON", id: "otlpHttp", headers: JSON_TYPE, good: 200, body: (seed) => bytesOf(otlpJsonSpan(seed)) },
  { name: "OTLP protobuf", id: "otlpHttp", headers: PROTO_TYPE, good: 200, body: protobufOf },
  { name: "Zipkin JSON", id: "zipkin", headers: JSON_TYPE, good: 202, body: (seed) => bytesOf(zipkinSpan(seed)) },
];

test.each(KINDS)(
  "$name: damaged bodies, plain and gzipped",
  async ({ id, headers, good, body }) => {
    const path = id === "zipkin" ? `${rig.zipkin}/api/v2/spans` : `${rig.otlp}/v1/traces`;
    const mutate = mutations(42);
    let refused = 0;
    for (let i = 0; i < ROUNDS; i++) {
      const plain = i % 4 !== 0;
      const damaged = plain ? mutate(body(i).body) : mutate(gzipped(body(i).body));
      const reply = await post(path, damaged, plain ? headers : { ...headers, "content-encoding": "gzip" });
      expect([good, 400, 413]).toContain(reply.status);
      if (reply.status !== good) refused += 1;
    }
    expect(refused).toBeGreaterThan(ROUNDS / 10);
    const failures = await rig.failures(id);
    expect(Object.values(failures).reduce((sum, n) => sum + n, 0)).toBe(refused);
    const source = rig.source(id);
    expect(source.items.count).toBe(store.spans.length);
    expect(rig.intake.bytesInFlight()).toBe(0);
    const { traceId, body: last } = body(5_000);
    expect((await post(path, last, headers)).status).toBe(good);
    expect(await rig.spansOf(traceId)).toHaveLength(1);
  },
  30_000,
);
