/** The protobuf body against protobufjs, with the message as zipkin.proto has it, and against the JSON of the same spans. */
import protobuf from "protobufjs";
import { expect, test } from "vitest";
import type { WorldSpan } from "../../lib/world/trace.ts";
import { World } from "../../lib/world/world.ts";
import { zipkinSpan } from "./zipkin.ts";
import { zipkinProto } from "./zipkin-proto.ts";

const PROTO = `
syntax = "proto3";
message Span {
  bytes trace_id = 1;
  bytes parent_id = 2;
  bytes id = 3;
  enum Kind { SPAN_KIND_UNSPECIFIED = 0; CLIENT = 1; SERVER = 2; PRODUCER = 3; CONSUMER = 4; }
  Kind kind = 4;
  string name = 5;
  fixed64 timestamp = 6;
  uint64 duration = 7;
  Endpoint local_endpoint = 8;
  Endpoint remote_endpoint = 9;
  repeated Annotation annotations = 10;
  map<string, string> tags = 11;
  bool debug = 12;
  bool shared = 13;
}
message Endpoint { string service_name = 1; bytes ipv4 = 2; bytes ipv6 = 3; int32 port = 4; }
message Annotation { fixed64 timestamp = 1; string value = 2; }
message ListOfSpans { repeated Span spans = 1; }
`;

const reference = protobuf.parse(PROTO).root.lookupType("ListOfSpans");
const hex = (base64: unknown): string => Buffer.from(String(base64), "base64").toString("hex");

/** Decoded by the reference, and put as the JSON format has it. */
function decoded(spans: readonly WorldSpan[]): unknown[] {
  const message = reference.decode(zipkinProto(spans));
  const { spans: list = [] } = reference.toObject(message, { longs: Number, enums: String, bytes: String });
  return list.map(({ id, traceId, parentId, localEndpoint, ...rest }: Record<string, unknown>) => ({
    ...rest,
    traceId: hex(traceId),
    id: hex(id),
    ...(parentId === undefined ? {} : { parentId: hex(parentId) }),
    localEndpoint: endpoint(localEndpoint),
  }));
}

function endpoint(value: unknown): unknown {
  const { serviceName, ipv4 } = Object(value);
  return { serviceName, ipv4: [...Buffer.from(String(ipv4), "base64")].join("."), port: 0 };
}

const startMs = Date.UTC(2026, 0, 5, 9);
const world = new World({ seed: 5, startMs });
world.advance(startMs + 3000);
/** Envoy's tracer sends what proxies see; an app's SDK speaks OTLP. */
const spans = world
  .takeSpans()
  .filter(({ by }) => by === "proxy")
  .slice(0, 400);

test("says what the JSON of the same spans says", () => {
  expect(spans.length).toBeGreaterThan(200);
  expect(spans.some(({ span }) => span.shared)).toBe(true);
  expect(spans.some(({ span }) => span.traceId.startsWith("0".repeat(16)))).toBe(true);
  expect(decoded(spans)).toEqual(spans.map(zipkinSpan));
});

test("is empty for no spans", () => {
  expect(zipkinProto([])).toEqual(new Uint8Array());
});
