/**
 * ExportTraceServiceRequest in protobuf → columns, in one pass over the bytes (opentelemetry-proto trace/v1). In: a body.
 * Out: typed columns; attributes, events and links stay byte ranges. A malformed body is refused whole with a code, the
 * byte offset and the path; nothing throws. Unknown fields and known ones of another wire type are skipped; groups are
 * refused. What is wrong inside an attribute is found when it is read (translate.ts) and loses that span only.
 * The kernel's scratch is shared: a decode runs to its end before the next begins (it never yields).
 */
import { err, ok, type Result } from "../../base/result.ts";
import { ATTRIBUTE, NONE, type OtlpColumns, RESOURCE_WORDS, SCOPE_WORDS } from "./columns.ts";
import { readSpan, rows } from "./kernel-spans.ts";
import type { WireError, WireErrorCode } from "./wire-error.ts";
import { BYTES, WireReader } from "./wire-reader.ts";

/** Ranges are kept as start × 4 + kind in 32 bits. */
const MAX_BYTES = 1 << 28;
/** "service.name" */
const SERVICE_NAME = Uint8Array.from([115, 101, 114, 118, 105, 99, 101, 46, 110, 97, 109, 101]);

interface Fault {
  readonly code: WireErrorCode;
  readonly offset: number;
  readonly path: string;
}

/** Fault of a reader at a path; undefined when it has none. */
function faultOf(reader: WireReader, path: string): Fault | undefined {
  return reader.fault === undefined ? undefined : { code: reader.fault, offset: reader.faultAt, path };
}

function at(bytes: Uint8Array, from: number): WireReader {
  const reader = new WireReader(bytes);
  reader.pos = from;
  return reader;
}

class Decode {
  private readonly bytes: Uint8Array;
  readonly resources: number[] = [];
  readonly scopes: number[] = [];

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** ExportTraceServiceRequest { resource_spans = 1 } */
  request(): Fault | undefined {
    const reader = at(this.bytes, 0);
    let index = 0;
    while (reader.next(this.bytes.length)) {
      if (reader.field !== 1 || reader.wire !== BYTES) continue;
      const fault = this.resourceSpans(reader.from, reader.to, index);
      if (fault !== undefined) return fault;
      index += 1;
    }
    return faultOf(reader, "request");
  }

  /**
   * ResourceSpans { resource = 1, scope_spans = 2 }, in any order: the resource is read first, so that its attributes lie
   * together in `ranges` and its spans know their service. Resources that come in parts are merged.
   */
  private resourceSpans(from: number, to: number, index: number): Fault | undefined {
    const path = `resourceSpans[${index}]`;
    const rangesFrom = rows.rangeWords;
    const first = at(this.bytes, from);
    while (first.next(to)) {
      if (first.field !== 1 || first.wire !== BYTES) continue;
      const fault = this.resource(first.from, first.to, `${path}.resource`);
      if (fault !== undefined) return fault;
    }
    const broken = faultOf(first, path);
    if (broken !== undefined) return broken;
    const resource = this.resources.length / RESOURCE_WORDS;
    const service = this.service(rangesFrom);
    this.resources.push(rangesFrom, rows.rangeWords, service);
    const second = at(this.bytes, from);
    let ordinal = 0;
    while (second.next(to)) {
      if (second.field !== 2 || second.wire !== BYTES) continue;
      const fault = this.scopeSpans(second.from, second.to, { resource, service, path, ordinal });
      if (fault !== undefined) return fault;
      ordinal += 1;
    }
    return undefined;
  }

  /** Resource { attributes = 1 } */
  private resource(from: number, to: number, path: string): Fault | undefined {
    const reader = at(this.bytes, from);
    while (reader.next(to)) {
      if (reader.field !== 1 || reader.wire !== BYTES) continue;
      if (!rows.range(ATTRIBUTE, reader.from, reader.to)) {
        return { code: "too_many_attributes", offset: reader.from, path };
      }
    }
    return faultOf(reader, path);
  }

  /** Dictionary id of the last `service.name` with text in it, as a map of attributes would keep. */
  private service(rangesFrom: number): number {
    let service = NONE;
    for (let i = rangesFrom; i < rows.rangeWords; i += 2) {
      const value = this.serviceValue((rows.ranges[i] ?? 0) >>> 2, rows.ranges[i + 1] ?? 0);
      if (value !== undefined) service = value;
    }
    return service;
  }

  /** KeyValue { key = 1, value = 2 { string_value = 1 } }: undefined when the key is another. */
  private serviceValue(from: number, to: number): number | undefined {
    const reader = at(this.bytes, from);
    let named = false;
    let service = NONE;
    while (reader.next(to)) {
      if (reader.wire !== BYTES) continue;
      if (reader.field === 1) named = this.isServiceName(reader.from, reader.to);
      else if (reader.field === 2) service = this.stringValue(reader.from, reader.to);
    }
    return named ? service : undefined;
  }

  private stringValue(from: number, to: number): number {
    const reader = at(this.bytes, from);
    let id = NONE;
    while (reader.next(to)) {
      const text = reader.field === 1 && reader.wire === BYTES && reader.to > reader.from;
      id = text ? rows.dictionary.id(this.bytes, reader.from, reader.to) : NONE;
    }
    return id;
  }

  private isServiceName(from: number, to: number): boolean {
    return to - from === SERVICE_NAME.length && SERVICE_NAME.every((byte, i) => this.bytes[from + i] === byte);
  }

  /** ScopeSpans { scope = 1, spans = 2 } */
  private scopeSpans(
    from: number,
    to: number,
    owner: { resource: number; service: number; path: string; ordinal: number },
  ): Fault | undefined {
    const path = (): string => `${owner.path}.scopeSpans[${owner.ordinal}]`;
    const scope = this.scopes.length / SCOPE_WORDS;
    this.scopes.push(0, 0, 0, 0, 0, owner.ordinal);
    const place = { resource: owner.resource, service: owner.service, scope };
    const reader = at(this.bytes, from);
    let ordinal = 0;
    while (reader.next(to)) {
      if (reader.wire !== BYTES) continue;
      if (reader.field === 1) {
        const fault = this.scope(reader.from, reader.to, scope * SCOPE_WORDS, path);
        if (fault !== undefined) return fault;
      } else if (reader.field === 2) {
        if (!readSpan(this.bytes, reader.from, reader.to, place, ordinal)) {
          return { code: rows.fault ?? "truncated", offset: rows.faultAt, path: `${path()}.spans[${ordinal}]` };
        }
        ordinal += 1;
      }
    }
    return reader.fault === undefined ? undefined : faultOf(reader, path());
  }

  /** InstrumentationScope { name = 1, version = 2 } */
  private scope(from: number, to: number, base: number, path: () => string): Fault | undefined {
    const reader = at(this.bytes, from);
    this.scopes[base + 4] = 1;
    while (reader.next(to)) {
      if (reader.wire !== BYTES || reader.field > 2) continue;
      const word = base + (reader.field - 1) * 2;
      this.scopes[word] = reader.from;
      this.scopes[word + 1] = reader.to;
    }
    return reader.fault === undefined ? undefined : faultOf(reader, `${path()}.scope`);
  }
}

const MESSAGES: Partial<Record<WireErrorCode, string>> = {
  truncated: "a field runs past the end of its message",
  varint_too_long: "a varint has more than ten bytes",
  wire_type_invalid: "there is no such wire type",
  group_unsupported: "groups are not part of proto3",
  field_number_invalid: "a field number is 0 or above 2^29",
  too_many_spans: "more than 500,000 spans in one body",
  too_many_attributes: "more than 4,000,000 attributes, events and links in one body",
};

function refuse(code: WireErrorCode, offset: number, path: string): Result<never, WireError> {
  return err({ code, message: MESSAGES[code] ?? code, path, offset });
}

/** Errors: the codes of `MESSAGES` and `body_too_large` (256 MiB). An empty body is an empty request. */
export function decodeOtlpTraces(bytes: Uint8Array): Result<OtlpColumns, WireError> {
  if (bytes.length >= MAX_BYTES) return refuse("body_too_large", 0, "request");
  rows.reset();
  const decode = new Decode(bytes);
  const fault = decode.request();
  if (fault !== undefined) return refuse(fault.code, fault.offset, fault.path);
  const { resources, scopes } = decode;
  return ok({ bytes, ...rows.take(), resources: Uint32Array.from(resources), scopes: Uint32Array.from(scopes) });
}
