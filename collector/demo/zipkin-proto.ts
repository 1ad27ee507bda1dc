/**
 * Zipkin v2 protobuf as App Mesh's agent posts it: one ListOfSpans. In: world spans. Out: bytes. Field numbers are those
 * of zipkin.proto (openzipkin/zipkin-api): Span 1 to 13, Endpoint 1 to 4. Fields with their default value are left out.
 * Not written: remote endpoint, annotations, debug, which Envoy does not set.
 */
import type { WorldSpan } from "../../lib/world/trace.ts";

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;

const KINDS: Readonly<Record<string, number>> = { client: 1, server: 2, producer: 3, consumer: 4 };
const text = new TextEncoder();

function varint(value: bigint): number[] {
  const out: number[] = [];
  let left = value;
  for (; left >= 0x80n; left >>= 7n) out.push(Number(left & 0x7fn) | 0x80);
  out.push(Number(left));
  return out;
}

const tag = (field: number, wire: number): number[] => varint(BigInt((field << 3) | wire));

function bytes(field: number, value: ArrayLike<number>): number[] {
  if (value.length === 0) return [];
  return [...tag(field, BYTES), ...varint(BigInt(value.length)), ...Array.from(value)];
}

function number(field: number, value: bigint): number[] {
  return value === 0n ? [] : [...tag(field, VARINT), ...varint(value)];
}

function fixed64(field: number, value: bigint): number[] {
  const out = tag(field, FIXED64);
  for (let shift = 0n; shift < 64n; shift += 8n) out.push(Number((value >> shift) & 0xffn));
  return out;
}

function hex(id: string): number[] {
  return Array.from({ length: id.length / 2 }, (_, i) => Number.parseInt(id.slice(i * 2, i * 2 + 2), 16));
}

const string = (field: number, value: string): number[] => bytes(field, text.encode(value));

function spanBytes({ span, pod }: WorldSpan): number[] {
  const endpoint = [...string(1, span.service), ...bytes(2, pod.ip.split(".").map(Number))];
  const tags = [...span.attributes].flatMap(([key, value]) =>
    bytes(11, [...string(1, key), ...string(2, String(value))]),
  );
  return [
    // A trace id of 64 bits has eight bytes.
    ...bytes(1, hex(span.traceId.replace(/^0{16}/, ""))),
    ...bytes(2, hex(span.parentSpanId ?? "")),
    ...bytes(3, hex(span.spanId)),
    ...number(4, BigInt(KINDS[span.kind] ?? 0)),
    ...string(5, span.operation),
    ...fixed64(6, span.startNs / 1000n),
    ...number(7, span.durationNs / 1000n),
    ...bytes(8, endpoint),
    ...tags,
    ...number(13, span.shared ? 1n : 0n),
  ];
}

export function zipkinProto(spans: readonly WorldSpan[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(spans.flatMap((span) => bytes(1, spanBytes(span))));
}
