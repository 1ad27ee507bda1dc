/**
 * OTLP/HTTP JSON (opentelemetry-proto, "JSON Protobuf Encoding") → raw spans → canonical spans. In: the body of
 * `POST /v1/traces`. Out: spans and per-item rejects; a body of the wrong shape is refused whole with its JSON path.
 * Ids are hex in any case, enums integers, int64 text or number, unknown members ignored, null means absent.
 * Texts of over 65,536 characters are cut and counted (cut-text.ts).
 * Lenient beyond the spec where nothing can be misread: enum names (`SPAN_KIND_SERVER`) are taken for their number.
 * Refused, since ignoring unknown members would answer success and keep nothing: `batches` (Tempo's JSON, which has
 * base64 ids) and `resource_spans` (proto field names).
 */
import { err, ok, type Result } from "../../base/result.ts";
import type { SpanEvent } from "../../model/span.ts";
import { type DepthFlag, jsonAttributes } from "./json-attributes.ts";
import { parseJson } from "./json-text.ts";
import { type Bag, isBag, JsonWalk, wireInt } from "./json-walk.ts";
import { RejectTally, type Translation } from "./rejects.ts";
import { type RawGroup, type RawLink, type RawSpan, serviceOf, toSpan } from "./to-span.ts";
import type { WireError } from "./wire-error.ts";

export interface JsonScope {
  readonly group: RawGroup;
  /** Path up to the span's index, for rejects. */
  readonly path: string;
  readonly spans: readonly RawSpan[];
  /** Texts of the resource (told with its first scope) and the scope that were cut. */
  readonly cuts: number;
}

const ENUM_NAMES = new Map([
  ["SPAN_KIND_UNSPECIFIED", 0],
  ["SPAN_KIND_INTERNAL", 1],
  ["SPAN_KIND_SERVER", 2],
  ["SPAN_KIND_CLIENT", 3],
  ["SPAN_KIND_PRODUCER", 4],
  ["SPAN_KIND_CONSUMER", 5],
  ["STATUS_CODE_UNSET", 0],
  ["STATUS_CODE_OK", 1],
  ["STATUS_CODE_ERROR", 2],
]);

function enumValue(walk: JsonWalk, bag: Bag, member: string): number {
  const value = bag[member];
  if (value === undefined || value === null) return 0;
  const number = typeof value === "string" ? ENUM_NAMES.get(value) : undefined;
  const int = number ?? wireInt(value);
  if (int === undefined) walk.fail(member, "an integer is expected");
  return Number(int ?? 0);
}

function time(walk: JsonWalk, bag: Bag, member: string): bigint {
  const ns = walk.int(bag, member);
  if (ns < 0n) walk.fail(member, "a time is not negative");
  return ns;
}

function events(walk: JsonWalk, span: Bag, flag: DepthFlag): SpanEvent[] {
  const list: SpanEvent[] = [];
  walk.each(span, "events", (event) =>
    list.push({
      timeNs: time(walk, event, "timeUnixNano"),
      name: walk.text(event, "name"),
      attributes: jsonAttributes(walk, event, flag),
    }),
  );
  return list;
}

function links(walk: JsonWalk, span: Bag, flag: DepthFlag): RawLink[] {
  const list: RawLink[] = [];
  walk.each(span, "links", (link) =>
    list.push({
      traceId: walk.text(link, "traceId"),
      spanId: walk.text(link, "spanId"),
      attributes: jsonAttributes(walk, link, flag),
    }),
  );
  return list;
}

function rawSpan(walk: JsonWalk, span: Bag): RawSpan {
  const flag: DepthFlag = { tooDeep: false };
  const cutBefore = walk.cutter.cuts;
  const status = walk.inside(span, "status", (s) => ({
    statusCode: enumValue(walk, s, "code"),
    statusMessage: walk.text(s, "message"),
  }));
  const raw = {
    traceId: walk.text(span, "traceId"),
    spanId: walk.text(span, "spanId"),
    parentSpanId: walk.text(span, "parentSpanId"),
    name: walk.text(span, "name"),
    kind: enumValue(walk, span, "kind"),
    startNs: time(walk, span, "startTimeUnixNano"),
    endNs: time(walk, span, "endTimeUnixNano"),
    ...status,
    attributes: jsonAttributes(walk, span, flag),
    events: events(walk, span, flag),
    links: links(walk, span, flag),
    traceState: walk.text(span, "traceState"),
  };
  const cuts = walk.cutter.cuts - cutBefore;
  return { ...raw, cuts, ...(flag.tooDeep ? { problem: "span_too_deep" } : {}) };
}

function scopeOf(walk: JsonWalk, scopeSpans: Bag): RawGroup["scope"] {
  if (scopeSpans["scope"] === undefined || scopeSpans["scope"] === null) return undefined;
  return walk.inside(scopeSpans, "scope", (s) => ({ name: walk.text(s, "name"), version: walk.text(s, "version") }));
}

function foreign(root: Bag): WireError | undefined {
  if (Array.isArray(root["resourceSpans"])) return undefined;
  const refuse = (code: WireError["code"], member: string, message: string): WireError | undefined =>
    root[member] === undefined ? undefined : { code, message, path: `$.${member}`, offset: null };
  return (
    refuse("tempo_json", "batches", "this is Tempo's JSON, not OTLP's: send resourceSpans with ids in hex") ??
    refuse("json_snake_case", "resource_spans", "OTLP JSON names its members in lowerCamelCase: resourceSpans")
  );
}

function scopes(walk: JsonWalk, root: Bag): JsonScope[] {
  const read: JsonScope[] = [];
  walk.each(root, "resourceSpans", (resourceSpans) => {
    const flag: DepthFlag = { tooDeep: false };
    let cutBefore = walk.cutter.cuts;
    const resource = walk.inside(resourceSpans, "resource", (inner) => jsonAttributes(walk, inner, flag));
    if (flag.tooDeep) walk.fail("resource", "attributes are nested deeper than 64");
    const service = serviceOf(resource);
    walk.each(resourceSpans, "scopeSpans", (scopeSpans) => {
      const scope = scopeOf(walk, scopeSpans);
      const cuts = walk.cutter.cuts - cutBefore;
      const spans: RawSpan[] = [];
      walk.each(scopeSpans, "spans", (span) => spans.push(rawSpan(walk, span)));
      const group = { resource, service, ...(scope === undefined ? {} : { scope }) };
      read.push({ group, path: `${walk.path()}.spans`, spans, cuts });
      cutBefore = walk.cutter.cuts;
    });
  });
  return read;
}

/** Errors: `utf8_invalid`, `json_syntax`, `json_shape`, `json_snake_case`, `tempo_json`. */
export function decodeOtlpJson(bytes: Uint8Array): Result<readonly JsonScope[], WireError> {
  const parsed = parseJson(bytes);
  if (!parsed.ok) return parsed;
  const root = parsed.value;
  if (!isBag(root)) return err({ code: "json_shape", message: "an object is expected", path: "$", offset: null });
  const refused = foreign(root);
  if (refused !== undefined) return err(refused);
  const walk = new JsonWalk();
  const read = scopes(walk, root);
  return walk.error === undefined ? ok(read) : err(walk.error);
}

export function translateOtlpJson(scopeList: readonly JsonScope[]): Translation {
  const tally = new RejectTally();
  const spans = scopeList.flatMap(({ group, path, spans: raws, cuts }) => {
    tally.add("attribute_cut", "part", () => path, cuts);
    return raws.flatMap((raw, i) => toSpan(raw, group, tally, () => `${path}[${i}]`) ?? []);
  });
  return { spans, rejects: tally.list() };
}
