/**
 * Reads what tracers posted just far enough to check the harness with: Zipkin v2 JSON and OTLP protobuf, by a way of its own.
 *
 * In: bodies as received. Out: spans with ids in lower-case hex, kind as a word, the service that reported them. A body
 * that cannot be read throws: here that is a defect of the harness. Not handled: OTLP JSON, links, events.
 */
import type { Received } from "./sink.ts";

export type SeenSpan = {
  readonly from: "zipkin" | "otlp";
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string;
  readonly kind: string;
  readonly name: string;
  readonly shared: boolean;
};

type Bag = { readonly [key: string]: unknown };

function isBag(value: unknown): value is Bag {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function zipkinSpans(body: Buffer): readonly SeenSpan[] {
  const parsed: unknown = JSON.parse(body.toString("utf8"));
  if (!Array.isArray(parsed)) throw new Error("a Zipkin body is a list");
  return parsed.filter(isBag).map((span) => {
    const endpoint = span["localEndpoint"];
    return {
      from: "zipkin",
      service: isBag(endpoint) ? text(endpoint["serviceName"]) : "",
      traceId: text(span["traceId"]),
      spanId: text(span["id"]),
      parentId: text(span["parentId"]),
      kind: text(span["kind"]),
      name: text(span["name"]),
      shared: span["shared"] === true,
    };
  });
}

type Field = { readonly number: number; readonly bytes: Buffer; readonly value: number };
const NO_BYTES = Buffer.alloc(0);

/** One varint at `at`: value (exact below 2^53) and where it ends. */
function varint(bytes: Buffer, at: number): { readonly value: number; readonly end: number } {
  let value = 0;
  let factor = 1;
  for (let end = at; end < bytes.length; end += 1) {
    const byte = bytes[end] ?? 0;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return { value, end: end + 1 };
    factor *= 128;
  }
  throw new Error("a varint runs past the end");
}

/** The fields of one protobuf message, in order; fixed-width values are passed over. */
function fieldsOf(bytes: Buffer): readonly Field[] {
  const fields: Field[] = [];
  let at = 0;
  while (at < bytes.length) {
    const tag = varint(bytes, at);
    const number = Math.floor(tag.value / 8);
    const wire = tag.value % 8;
    at = tag.end;
    if (wire === 0) {
      const read = varint(bytes, at);
      fields.push({ number, bytes: NO_BYTES, value: read.value });
      at = read.end;
    } else if (wire === 2) {
      const length = varint(bytes, at);
      at = length.end + length.value;
      if (at > bytes.length) throw new Error("a field runs past the end");
      fields.push({ number, bytes: bytes.subarray(length.end, at), value: 0 });
    } else {
      at += wire === 1 ? 8 : 4;
    }
  }
  return fields;
}

function all(bytes: Buffer, number: number): readonly Buffer[] {
  return fieldsOf(bytes)
    .filter((field) => field.number === number)
    .map((field) => field.bytes);
}

function first(bytes: Buffer, number: number): Buffer {
  return all(bytes, number)[0] ?? NO_BYTES;
}

/** Resource { attributes = 1 }, KeyValue { key = 1, value = 2 { string_value = 1 } }. */
function serviceName(resource: Buffer): string {
  const named = all(resource, 1).find((pair) => first(pair, 1).toString("utf8") === "service.name");
  return named === undefined ? "" : first(first(named, 2), 1).toString("utf8");
}

const KINDS = ["", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"] as const;

/** ResourceSpans { resource = 1, scope_spans = 2 { spans = 2 } }; Span { 1 trace, 2 span, 4 parent, 5 name, 6 kind }. */
function otlpSpans(body: Buffer): readonly SeenSpan[] {
  return all(body, 1).flatMap((group) => {
    const service = serviceName(first(group, 1));
    const spans = all(group, 2).flatMap((scope) => all(scope, 2));
    return spans.map((span) => ({
      from: "otlp" as const,
      service,
      traceId: first(span, 1).toString("hex"),
      spanId: first(span, 2).toString("hex"),
      parentId: first(span, 4).toString("hex"),
      kind: KINDS[fieldsOf(span).find((field) => field.number === 6)?.value ?? 0] ?? "",
      name: first(span, 5).toString("utf8"),
      shared: false,
    }));
  });
}

/** All spans of all bodies, in order of arrival. */
export function spansOf(received: readonly Received[]): readonly SeenSpan[] {
  return received.flatMap((post) => (post.path.startsWith("/api/") ? zipkinSpans(post.body) : otlpSpans(post.body)));
}
