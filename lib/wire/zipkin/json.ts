/**
 * Zipkin v2 JSON (openzipkin zipkin-api `zipkin2-api.yaml`) → canonical spans. In: the body of `POST /api/v2/spans`, a
 * list of spans; times are integer microseconds. Out: spans and per-item rejects: one malformed span does not lose the
 * others. A body that is no list of objects is refused whole; so is a v1 body (`binaryAnnotations`), which v2 would misread.
 * Ids: 1 to 32 (trace) or 1 to 16 (span) hex digits, padded with zeros on the left. Missing duration is 0.
 * Status: tag `error` means error (its text, unless "true", is the message), else unset; Zipkin has no "ok".
 * Texts of over 65,536 characters are cut and counted (cut-text.ts).
 * Not handled: `debug`; the address of endpoints is kept as attributes where nothing else says it.
 */
import { err, ok, type Result } from "../../base/result.ts";
import {
  type Attributes,
  type AttributeValue,
  parseSpanId,
  parseTraceId,
  type Span,
  type SpanEvent,
  type SpanKind,
} from "../../model/span.ts";
import { TextCutter } from "../otlp/cut-text.ts";
import { parseJson } from "../otlp/json-text.ts";
import { type Bag, isBag, wireInt } from "../otlp/json-walk.ts";
import { type RejectCode, RejectTally, type Translation } from "../otlp/rejects.ts";
import type { WireError } from "../otlp/wire-error.ts";
import { zipkinService } from "./service.ts";

const KINDS: ReadonlyMap<unknown, SpanKind> = new Map<unknown, SpanKind>([
  ["CLIENT", "client"],
  ["SERVER", "server"],
  ["PRODUCER", "producer"],
  ["CONSUMER", "consumer"],
]);

/** What an Envoy before its split of span sides calls the clusters behind its own listener (telemetry contract §6.3). */
export const INBOUND_CLUSTER = /^(?:inbound\||local_app|cds_ingress_)/;

/** Errors: `utf8_invalid`, `json_syntax`, `json_shape`, `zipkin_v1`. */
export function decodeZipkinJson(bytes: Uint8Array): Result<readonly Bag[], WireError> {
  const parsed = parseJson(bytes);
  if (!parsed.ok) return parsed;
  if (!Array.isArray(parsed.value)) {
    return err({ code: "json_shape", message: "a list of spans is expected", path: "$", offset: null });
  }
  const items: readonly unknown[] = parsed.value;
  const spans: Bag[] = [];
  for (const [i, item] of items.entries()) {
    const path = `$[${i}]`;
    if (!isBag(item)) return err({ code: "json_shape", message: "an object is expected", path, offset: null });
    if (Array.isArray(item["binaryAnnotations"])) {
      const message = "this is Zipkin v1: send v2";
      return err({ code: "zipkin_v1", message, path: `${path}.binaryAnnotations`, offset: null });
    }
    spans.push(item);
  }
  return ok(spans);
}

/** The id padded to `width` digits; undefined when it is not 1 to `width` hex digits. */
function padded(value: unknown, width: number): string | undefined {
  const wellFormed = typeof value === "string" && value.length <= width && /^[0-9a-fA-F]+$/.test(value);
  return wellFormed ? value.padStart(width, "0") : undefined;
}

/** Microseconds as ns; absent reads as 0, undefined when it is no integer from 0 up. */
function micros(value: unknown): bigint | undefined {
  if (value === undefined || value === null) return 0n;
  const int = wireInt(value);
  return int === undefined || int < 0n || int > 1n << 60n ? undefined : int * 1000n;
}

/** Tags are strings; numbers and booleans that some senders write become their text. */
function tags(span: Bag, cutter: TextCutter): Map<string, AttributeValue> | undefined {
  const value = span["tags"];
  const attributes = new Map<string, AttributeValue>();
  if (value === undefined || value === null) return attributes;
  if (!isBag(value)) return undefined;
  for (const [key, tag] of Object.entries(value)) {
    if (typeof tag !== "string" && typeof tag !== "number" && typeof tag !== "boolean") return undefined;
    attributes.set(cutter.text(key), cutter.text(String(tag)));
  }
  return attributes;
}

const NO_ATTRIBUTES: Attributes = new Map();

function annotations(span: Bag, tally: RejectTally, cutter: TextCutter, path: string): SpanEvent[] {
  const list: unknown = span["annotations"];
  if (!Array.isArray(list)) {
    if (list !== undefined && list !== null) tally.add("annotation_invalid", "part", () => `${path}.annotations`);
    return [];
  }
  const items: readonly unknown[] = list;
  return items.flatMap((item, i) => {
    const timeNs = isBag(item) ? micros(item["timestamp"]) : undefined;
    const name = isBag(item) ? item["value"] : undefined;
    if (timeNs !== undefined && typeof name === "string") {
      return [{ timeNs, name: cutter.text(name), attributes: NO_ATTRIBUTES }];
    }
    tally.add("annotation_invalid", "part", () => `${path}.annotations[${i}]`);
    return [];
  });
}

function endpointText(endpoint: unknown, member: string): string {
  const value = isBag(endpoint) ? endpoint[member] : undefined;
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

/** Endpoints as OpenTelemetry names them; a tag of the same name was said by the tracer and stays. */
function addEndpoints(attributes: Map<string, AttributeValue>, span: Bag, cutter: TextCutter): void {
  const add = (key: string, value: string): void => {
    if (value !== "" && !attributes.has(key)) attributes.set(key, cutter.text(value));
  };
  const remote = span["remoteEndpoint"];
  add("peer.service", endpointText(remote, "serviceName"));
  add("network.peer.address", endpointText(remote, "ipv4") || endpointText(remote, "ipv6"));
  add("network.peer.port", endpointText(remote, "port"));
  const local = span["localEndpoint"];
  add("network.local.address", endpointText(local, "ipv4") || endpointText(local, "ipv6"));
  add("network.local.port", endpointText(local, "port"));
}

function kindOf(span: Bag, attributes: Attributes): SpanKind | undefined {
  const value = span["kind"];
  if (value === undefined || value === null) return "internal";
  const kind = KINDS.get(value);
  const cluster = attributes.get("upstream_cluster");
  const inbound = typeof cluster === "string" && INBOUND_CLUSTER.test(cluster);
  return kind === "client" && inbound ? "server" : kind;
}

interface Ids {
  readonly traceId: Span["traceId"];
  readonly spanId: Span["spanId"];
  readonly parentSpanId?: Span["spanId"];
}

function idsOf(span: Bag): Ids | RejectCode {
  const traceId = parseTraceId(padded(span["traceId"], 32) ?? "");
  if (traceId === undefined) return "trace_id_invalid";
  const spanId = parseSpanId(padded(span["id"], 16) ?? "");
  if (spanId === undefined) return "span_id_invalid";
  const parent = span["parentId"];
  if (parent === undefined || parent === null || parent === "") return { traceId, spanId };
  const text = padded(parent, 16);
  if (text === undefined) return "parent_id_invalid";
  const parentSpanId = parseSpanId(text);
  return parentSpanId === undefined ? { traceId, spanId } : { traceId, spanId, parentSpanId };
}

function statusOf(attributes: Attributes): Pick<Span, "status" | "statusMessage"> {
  const error = attributes.get("error");
  if (error === undefined || error === "false") return { status: "unset" };
  const plain = error === "" || error === "true" || typeof error !== "string";
  return plain ? { status: "error" } : { status: "error", statusMessage: error };
}

function toSpan(span: Bag, tally: RejectTally, path: string): Span | RejectCode {
  const ids = idsOf(span);
  if (typeof ids === "string") return ids;
  const startNs = micros(span["timestamp"]);
  const durationNs = micros(span["duration"]);
  if (startNs === undefined || durationNs === undefined) return "time_invalid";
  if (startNs === 0n) return "start_missing";
  const cutter = new TextCutter();
  const attributes = tags(span, cutter);
  const name = span["name"] ?? "";
  if (attributes === undefined || typeof name !== "string") return "shape_invalid";
  const kind = kindOf(span, attributes);
  if (kind === undefined) return "shape_invalid";
  const service = zipkinService(cutter.text(endpointText(span["localEndpoint"], "serviceName")), attributes);
  addEndpoints(attributes, span, cutter);
  const operation = cutter.text(name);
  const events = annotations(span, tally, cutter, path);
  tally.add("attribute_cut", "part", () => path, cutter.cuts);
  return {
    ...ids,
    shared: span["shared"] === true,
    kind,
    startNs,
    durationNs,
    service,
    operation,
    ...statusOf(attributes),
    attributes,
    resource: NO_ATTRIBUTES,
    events,
    links: [],
  };
}

export function translateZipkin(items: readonly Bag[]): Translation {
  const tally = new RejectTally();
  const spans = items.flatMap((item, i) => {
    const span = toSpan(item, tally, `$[${i}]`);
    if (typeof span !== "string") return [span];
    tally.add(span, "span", () => `$[${i}]`);
    return [];
  });
  return { spans, rejects: tally.list() };
}
