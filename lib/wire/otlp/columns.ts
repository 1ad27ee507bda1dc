/**
 * What the protobuf reader makes of an ExportTraceServiceRequest, and readers of other formats of theirs: a tape of 32-bit words with one record per resource,
 * scope and span, then the dictionary of strings. Strings and whatever is read later (attributes, events, links, trace state) stay
 * byte ranges into `bytes`; every one of them was checked against its message's end. One array, since a body of five
 * spans spends more on a second allocation than on a span.
 */

/** Word 0 of each record: its length in words × 4 + what it is. */
export const RESOURCE_RECORD = 0;
export const SCOPE_RECORD = 1;
export const SPAN_RECORD = 2;

/** Words of a span's record; entries (below) follow to its end. */
export const SPAN_WORDS = 23;
/** Trace id: four big-endian words; span and parent ids: two. */
export const TRACE_ID = 1;
export const SPAN_ID = 5;
export const PARENT_ID = 7;
/** Unix ns, low and high word. */
export const START = 9;
export const END = 11;
/** Enums as int32 (low word). */
export const KIND = 13;
export const STATUS_CODE = 14;
/** Dictionary ids; NONE when absent. */
export const NAME = 15;
export const SERVICE = 16;
/** Where the records of its resource and scope begin on the tape. */
export const RESOURCE = 17;
export const SCOPE = 18;
/** Byte range of the status message; empty when absent. */
export const MESSAGE_FROM = 19;
export const MESSAGE_TO = 20;
export const FLAGS = 21;
/** Place in its ScopeSpans. */
export const ORDINAL = 22;

/** Words of a resource's record: dictionary id of `service.name` or NONE, place in the request; then entries. */
export const RESOURCE_WORDS = 3;
export const RESOURCE_SERVICE = 1;
export const RESOURCE_ORDINAL = 2;

/** Words of a scope's record: byte ranges of name and version, 1 if the message was there, place in its ResourceSpans. */
export const SCOPE_WORDS = 7;
export const SCOPE_NAME = 1;
export const SCOPE_VERSION = 3;
export const SCOPE_PRESENT = 5;
export const SCOPE_ORDINAL = 6;

/** Ids of the wrong length. An absent or empty parent sets neither HAS_PARENT nor BAD_PARENT. */
export const BAD_TRACE_ID = 1;
export const BAD_SPAN_ID = 2;
export const BAD_PARENT_ID = 4;
export const HAS_PARENT = 8;
/** Zipkin's: client and server share the span's id, and this is the server's half. */
export const SHARED = 16;

export const NONE = 0xffffffff;

/** An entry is one word: the offset of the field's length prefix × 4 + what the field is. */
export const ATTRIBUTE = 0;
export const EVENT = 1;
export const LINK = 2;
export const TRACE_STATE = 3;

export interface OtlpColumns {
  readonly bytes: Uint8Array;
  /** Spans. */
  readonly count: number;
  /** Shared with other bodies: this one has the words from `origin` to `stringsAt`, and its strings behind. */
  readonly tape: Uint32Array;
  readonly origin: number;
  /** Where records end and strings begin: start and end of each, by dictionary id. Equal strings nearly always share one. */
  readonly stringsAt: number;
}
