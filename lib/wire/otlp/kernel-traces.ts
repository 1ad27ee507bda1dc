/**
 * ExportTraceServiceRequest in one pass over its bytes onto a tape (columns.ts). In: a body. Out: the tape, or a fault with
 * code, offset and path. Every field is checked with `n > end - p` against its own message before it is read.
 * Tapes of small bodies are cut one after the other from a slab, not written again where it was given out until it is given
 * back; the dictionary lives as long as the module. Not re-entrant, nothing in it yields. A field that comes again overwrites; one of another wire type is skipped.
 */
import {
  ATTRIBUTE,
  BAD_PARENT_ID,
  BAD_SPAN_ID,
  BAD_TRACE_ID,
  END,
  FLAGS,
  HAS_PARENT,
  KIND,
  MESSAGE_FROM,
  MESSAGE_TO,
  NAME,
  NONE,
  ORDINAL,
  type OtlpColumns,
  PARENT_ID,
  RESOURCE,
  RESOURCE_ORDINAL,
  RESOURCE_RECORD,
  RESOURCE_SERVICE,
  RESOURCE_WORDS,
  SCOPE,
  SCOPE_NAME,
  SCOPE_ORDINAL,
  SCOPE_PRESENT,
  SCOPE_RECORD,
  SCOPE_VERSION,
  SCOPE_WORDS,
  SERVICE,
  SPAN_ID,
  SPAN_RECORD,
  SPAN_WORDS,
  START,
  STATUS_CODE,
  TRACE_ID,
  TRACE_STATE,
} from "./columns.ts";
import { Dictionary } from "./kernel-dictionary.ts";
import { isServiceName } from "./service-name.ts";
import type { WireErrorCode } from "./wire-error.ts";
import { BYTES, FIXED64, VARINT, WireReader } from "./wire-reader.ts";

const MAX_SPANS = 1_000_000;
/** 128 MiB. */
const MAX_WORDS = 1 << 25;
const SLAB_WORDS = 1 << 14;
const dictionary = new Dictionary();
const NOTHING = new Uint8Array(0);
let bytes: Uint8Array = NOTHING;
let view: DataView = new DataView(bytes.buffer);
let tape = new Uint32Array(SLAB_WORDS);
/** Where this body's tape begins on the slab, and where the next word goes. */
let origin = 0;
let top = 0;
/** A slab that had to grow belongs to its body alone: cutting on from it would let it grow without end. */
let grown = false;
let spanCount = 0;

let fault: WireErrorCode | undefined;
let faultAt = 0;
/** Where the walk is, for the path of a fault; -1 = not inside one. */
let resourceIndex = -1;
let scopeIndex = -1;
let spanIndex = -1;

/** The field that `step` read: its number, or 0 when it is not length-delimited; its range. */
let field = 0;
let from = 0;
let to = 0;

function fail(code: WireErrorCode, offset: number): -1 {
  fault ??= code;
  faultAt = offset;
  return -1;
}

/** Makes room for `words` more, on a larger slab if need be; words keep their places. */
function room(words: number): boolean {
  if (top + words <= tape.length) return true;
  if (top + words > MAX_WORDS) return false;
  const larger = new Uint32Array(Math.min(MAX_WORDS, Math.max(tape.length * 2, top + words)));
  larger.set(tape.subarray(origin, top), origin);
  tape = larger;
  grown = true;
  return true;
}

/** Reads the field at `p` of a message that ends at `end`: where the next one begins, or -1. */
function step(p: number, end: number): number {
  const tag = bytes[p] ?? 0;
  if ((tag & 0x87) === BYTES && tag > 7) {
    let at = p + 1;
    let length = 0;
    for (let shift = 0; at < end && shift < 28; shift += 7) {
      const byte = bytes[at] ?? 0;
      at += 1;
      length |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        if (length > end - at) return fail("truncated", p);
        field = tag >>> 3;
        from = at;
        to = at + length;
        return to;
      }
    }
  }
  return stepAny(p, end);
}

/** The same for every legal encoding of a field. */
function stepAny(p: number, end: number): number {
  const reader = new WireReader(bytes);
  reader.pos = p;
  if (!reader.next(end)) return fail(reader.fault ?? "truncated", reader.faultAt);
  field = reader.wire === BYTES ? reader.field : 0;
  from = reader.from;
  to = reader.to;
  return reader.pos;
}

/** Status { message = 2, code = 3 }; nearly always empty or a code alone. */
function status(start: number, end: number, base: number): boolean {
  if (end - start === 2 && bytes[start] === 0x18 && (bytes[start + 1] ?? 0x80) < 0x80) {
    tape[base + STATUS_CODE] = bytes[start + 1] ?? 0;
    return true;
  }
  const reader = new WireReader(bytes);
  reader.pos = start;
  while (reader.next(end)) {
    if (reader.field === 2 && reader.wire === BYTES) {
      tape[base + MESSAGE_FROM] = reader.from;
      tape[base + MESSAGE_TO] = reader.to;
    } else if (reader.field === 3 && reader.wire === VARINT) tape[base + STATUS_CODE] = reader.low;
  }
  return reader.fault === undefined || fail(reader.fault, reader.faultAt) > 0;
}

function traceId(start: number, length: number, base: number, flags: number): number {
  if (length !== 16) return flags | BAD_TRACE_ID;
  tape[base + TRACE_ID] = view.getUint32(start);
  tape[base + TRACE_ID + 1] = view.getUint32(start + 4);
  tape[base + TRACE_ID + 2] = view.getUint32(start + 8);
  tape[base + TRACE_ID + 3] = view.getUint32(start + 12);
  return flags & ~BAD_TRACE_ID;
}

function spanId(start: number, length: number, base: number, flags: number): number {
  if (length !== 8) return flags | BAD_SPAN_ID;
  tape[base + SPAN_ID] = view.getUint32(start);
  tape[base + SPAN_ID + 1] = view.getUint32(start + 4);
  return flags & ~BAD_SPAN_ID;
}

function parentId(start: number, length: number, base: number, flags: number): number {
  const rest = flags & ~(BAD_PARENT_ID | HAS_PARENT);
  if (length === 0) return rest;
  if (length !== 8) return rest | BAD_PARENT_ID;
  tape[base + PARENT_ID] = view.getUint32(start);
  tape[base + PARENT_ID + 1] = view.getUint32(start + 4);
  return rest | HAS_PARENT;
}

/** A field of Span in an encoding that the fast path leaves alone: where the next begins, or -1. `field` is 0 if done. */
function unusual(p: number, end: number, base: number): number {
  const reader = new WireReader(bytes);
  reader.pos = p;
  if (!reader.next(end)) return fail(reader.fault ?? "truncated", reader.faultAt);
  field = 0;
  if (reader.wire === VARINT && reader.field === 6) tape[base + KIND] = reader.low;
  else if (reader.wire === FIXED64 && (reader.field === 7 || reader.field === 8)) {
    const into = base + (reader.field === 7 ? START : END);
    tape[into] = reader.low;
    tape[into + 1] = reader.high;
  } else if (reader.wire === BYTES) {
    field = reader.field;
    from = reader.from;
    to = reader.to;
  }
  return reader.pos;
}

/** Offset of the length prefix of a range: entries begin there, so that one word holds both ends. */
function prefixOf(start: number, p: number): number {
  let at = p;
  while ((bytes[at] ?? 0) > 0x7f && at < start) at += 1;
  return at + 1;
}

/** Opens the record of a span whose message has `length` bytes; -1 when there is no room. */
function openSpan(length: number, resource: number, scope: number, service: number): number {
  // A field takes two bytes at least, so this is room for every entry.
  if (spanCount >= MAX_SPANS || !room(SPAN_WORDS + (length >>> 1) + 1)) return -1;
  const base = top;
  for (let word = START; word <= STATUS_CODE; word++) tape[base + word] = 0;
  tape[base + NAME] = NONE;
  tape[base + SERVICE] = service;
  tape[base + RESOURCE] = resource;
  tape[base + SCOPE] = scope;
  tape[base + MESSAGE_FROM] = 0;
  tape[base + MESSAGE_TO] = 0;
  tape[base + ORDINAL] = spanIndex;
  spanCount += 1;
  return base;
}

/** Reads the Span in [start, end) into a new record. False on a fault. */
function readSpan(start: number, end: number, resource: number, scope: number, service: number): boolean {
  const base = openSpan(end - start, resource, scope, service);
  if (base < 0) return fail(spanCount >= MAX_SPANS ? "too_many_spans" : "too_many_attributes", start) > 0;
  const words = tape;
  const body = bytes;
  const data = view;
  let write = base + SPAN_WORDS;
  let flags = BAD_TRACE_ID | BAD_SPAN_ID;
  let p = start;
  // How every encoder begins: trace id, span id, parent id. What begins otherwise goes through the loop.
  if (end - start >= 38 && data.getUint16(p) === 0x0a10 && data.getUint16(p + 18) === 0x1208) {
    words[base + TRACE_ID] = data.getUint32(p + 2);
    words[base + TRACE_ID + 1] = data.getUint32(p + 6);
    words[base + TRACE_ID + 2] = data.getUint32(p + 10);
    words[base + TRACE_ID + 3] = data.getUint32(p + 14);
    words[base + SPAN_ID] = data.getUint32(p + 20);
    words[base + SPAN_ID + 1] = data.getUint32(p + 24);
    p += 28;
    flags = 0;
    if (data.getUint16(p) === 0x2208) {
      words[base + PARENT_ID] = data.getUint32(p + 2);
      words[base + PARENT_ID + 1] = data.getUint32(p + 6);
      p += 10;
      flags = HAS_PARENT;
    }
  }
  while (p < end) {
    // Attributes, nearly all of a span: tag 0x4a and a length below 128.
    while (p + 1 < end && body[p] === 0x4a) {
      const length = body[p + 1] ?? 0x80;
      if (length > 0x7f) break;
      words[write] = (p + 1) << 2;
      write += 1;
      p += 2 + length;
    }
    if (p >= end) {
      if (p > end) return fail("truncated", end) > 0;
      break;
    }
    const tag = body[p] ?? 0;
    let kind = tag >>> 3;
    let low = 0;
    let next = -1;
    if ((tag & 0x87) === BYTES && tag > 7 && p + 1 < end) {
      // One byte of length, or two; anything else is unusual.
      const one = body[p + 1] ?? 0;
      if (one < 0x80) {
        low = p + 2;
        next = low + one;
      } else if (p + 2 < end && (body[p + 2] ?? 0x80) < 0x80) {
        low = p + 3;
        next = low + ((one & 0x7f) | ((body[p + 2] ?? 0) << 7));
      }
      if (next > end) return fail("truncated", p) > 0;
    } else if ((tag === 0x39 || tag === 0x41) && end - p >= 9) {
      const into = base + (tag === 0x39 ? START : END);
      words[into] = data.getUint32(p + 1, true);
      words[into + 1] = data.getUint32(p + 5, true);
      p += 9;
      continue;
    } else if (tag === 0x30 && p + 1 < end && (body[p + 1] ?? 0x80) < 0x80) {
      words[base + KIND] = body[p + 1] ?? 0;
      p += 2;
      continue;
    }
    let prefix = p + 1;
    if (next < 0) {
      next = unusual(p, end, base);
      if (next < 0) return false;
      kind = field;
      low = from;
      prefix = kind === 0 ? 0 : prefixOf(from, p);
    }
    switch (kind) {
      case 1:
        flags = traceId(low, next - low, base, flags);
        break;
      case 2:
        flags = spanId(low, next - low, base, flags);
        break;
      case 4:
        flags = parentId(low, next - low, base, flags);
        break;
      case 5:
        words[base + NAME] = dictionary.id(view, low, next);
        break;
      case 3:
      case 9:
      case 11:
      case 13:
        // Attributes 9, events 11, links 13: entries 0, 1, 2.
        words[write] = prefix * 4 + (kind === 3 ? TRACE_STATE : (kind - 9) >>> 1);
        write += 1;
        break;
      case 15:
        if (next > low && !status(low, next, base)) return false;
        break;
    }
    p = next;
  }
  words[base + FLAGS] = flags;
  words[base] = (write - base) * 4 + SPAN_RECORD;
  top = write;
  return true;
}

/** AnyValue { string_value = 1 }: dictionary id of its text, NONE when it has none or is another type. */
function textValue(start: number, end: number): number {
  let id = NONE;
  for (let p = start; p < end; ) {
    p = step(p, end);
    if (p < 0) return NONE;
    id = field === 1 && to > from ? dictionary.id(view, from, to) : NONE;
  }
  return id;
}

/** KeyValue { key = 1, value = 2 }: the text of `service.name`, -1 when the key is another. */
function serviceOf(start: number, end: number): number {
  let named = false;
  let service = NONE;
  for (let p = start; p < end; ) {
    p = step(p, end);
    if (p < 0) break;
    if (field === 1) named = isServiceName(bytes, from, to);
    else if (field === 2) service = textValue(from, to);
  }
  return named ? service : -1;
}

/** Resource { attributes = 1 }: entries onto the open record at `base`. False on a fault. */
function readResource(start: number, end: number, base: number): boolean {
  if (!room((end - start) >>> 1)) return fail("too_many_attributes", start) > 0;
  for (let p = start; p < end; ) {
    const at = p;
    p = step(p, end);
    if (p < 0) return false;
    if (field !== 1) continue;
    tape[top] = prefixOf(from, at) * 4 + ATTRIBUTE;
    top += 1;
    // A malformed attribute is found again when it is read, and then loses the spans; the body stands.
    const service = serviceOf(from, to);
    fault = undefined;
    if (service >= 0) tape[base + RESOURCE_SERVICE] = service;
  }
  return true;
}

/** InstrumentationScope { name = 1, version = 2 } */
function readScope(start: number, end: number, base: number): boolean {
  tape[base + SCOPE_PRESENT] = 1;
  for (let p = start; p < end; ) {
    p = step(p, end);
    if (p < 0) return false;
    if (field !== 1 && field !== 2) continue;
    const into = base + (field === 1 ? SCOPE_NAME : SCOPE_VERSION);
    tape[into] = from;
    tape[into + 1] = to;
  }
  return true;
}

/** ScopeSpans { scope = 1, spans = 2 } */
function readScopeSpans(start: number, end: number, resource: number): boolean {
  if (!room(SCOPE_WORDS)) return fail("too_many_attributes", start) > 0;
  const scope = top;
  for (let i = scope; i < scope + SCOPE_WORDS; i++) tape[i] = 0;
  tape[scope] = SCOPE_WORDS * 4 + SCOPE_RECORD;
  tape[scope + SCOPE_ORDINAL] = scopeIndex;
  top += SCOPE_WORDS;
  const service = tape[resource + RESOURCE_SERVICE] ?? NONE;
  let ordinal = 0;
  for (let p = start; p < end; ) {
    p = step(p, end);
    if (p < 0) return false;
    if (field === 1) {
      if (!readScope(from, to, scope)) return false;
    } else if (field === 2) {
      spanIndex = ordinal;
      if (!readSpan(from, to, resource, scope, service)) return false;
      spanIndex = -1;
      ordinal += 1;
    }
  }
  return true;
}

/**
 * ResourceSpans { resource = 1, scope_spans = 2 } in any order: the resource is read first, so that its entries lie
 * together and its spans know their service. Resources that come in parts are merged.
 */
function readResourceSpans(start: number, end: number): boolean {
  if (!room(RESOURCE_WORDS)) return fail("too_many_attributes", start) > 0;
  const resource = top;
  top += RESOURCE_WORDS;
  tape[resource + RESOURCE_SERVICE] = NONE;
  tape[resource + RESOURCE_ORDINAL] = resourceIndex;
  for (let p = start; p < end; ) {
    p = step(p, end);
    if (p < 0) return false;
    if (field === 1 && !readResource(from, to, resource)) return false;
  }
  tape[resource] = (top - resource) * 4 + RESOURCE_RECORD;
  let ordinal = 0;
  for (let p = start; p < end; ) {
    p = step(p, end);
    if (p < 0) return false;
    if (field !== 2) continue;
    scopeIndex = ordinal;
    if (!readScopeSpans(from, to, resource)) return false;
    scopeIndex = -1;
    ordinal += 1;
  }
  return true;
}

function readRequest(): boolean {
  let ordinal = 0;
  for (let p = 0; p < bytes.length; ) {
    p = step(p, bytes.length);
    if (p < 0) return false;
    if (field !== 1) continue;
    resourceIndex = ordinal;
    if (!readResourceSpans(from, to)) return false;
    resourceIndex = -1;
    ordinal += 1;
  }
  return true;
}

function reset(body: Uint8Array): void {
  // A Buffer is a class of its own, and two classes in one loop are slower than one.
  const plain = body.constructor === Uint8Array;
  bytes = plain ? body : new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  // A span of an SDK has some 20 bytes for each word it needs here.
  const likely = (body.length >>> 4) + 1024;
  if (grown || tape.length - top < likely) {
    grown = false;
    tape = new Uint32Array(Math.max(SLAB_WORDS, likely));
    top = 0;
  }
  origin = top;
  dictionary.reset();
  spanCount = 0;
  fault = undefined;
  resourceIndex = -1;
  scopeIndex = -1;
  spanIndex = -1;
}

/** Puts the dictionary behind the records. */
function finish(body: Uint8Array): OtlpColumns | undefined {
  const words = dictionary.count * 2;
  if (!room(words)) return undefined;
  const stringsAt = top;
  const { entries } = dictionary;
  for (let i = 0; i < words; i++) tape[top + i] = entries[i] ?? 0;
  top += words;
  return { bytes: body, count: spanCount, tape, origin, stringsAt };
}

/** The caller is done with what was decoded last: its tape may be written over. */
export function giveBack(columns: OtlpColumns): void {
  if (columns.tape !== tape || columns.origin !== origin) return;
  top = origin;
  grown = tape.length > SLAB_WORDS * 64;
}

export interface Fault {
  readonly code: WireErrorCode;
  readonly offset: number;
  readonly path: string;
}

function pathNow(): string {
  if (resourceIndex < 0) return "request";
  const scope = scopeIndex < 0 ? "" : `.scopeSpans[${scopeIndex}]`;
  return `resourceSpans[${resourceIndex}]${scope}${spanIndex < 0 ? "" : `.spans[${spanIndex}]`}`;
}

export function readTraces(body: Uint8Array): OtlpColumns | Fault {
  reset(body);
  const done = readRequest() ? finish(body) : undefined;
  // Nobody may hold on to a caller's bytes.
  bytes = NOTHING;
  return done ?? { code: fault ?? "too_many_spans", offset: faultAt, path: pathNow() };
}
