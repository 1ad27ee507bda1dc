/**
 * What the protobuf reader makes of an ExportTraceServiceRequest: one row of 24 words per span, tables of resources and
 * scopes, a dictionary of strings as byte ranges, and the byte ranges of everything that is read later or never.
 * All ranges point into `bytes`, and every one of them was checked against its message's end.
 */

/** Words of a span's row. */
export const SPAN_WORDS = 24;
/** Trace id: four big-endian words; span and parent ids: two. */
export const TRACE_ID = 0;
export const SPAN_ID = 4;
export const PARENT_ID = 6;
/** Unix ns, low and high word. */
export const START = 8;
export const END = 10;
/** Enums as int32 (low word). */
export const KIND = 12;
export const STATUS_CODE = 13;
/** Dictionary ids; NONE when absent. */
export const NAME = 14;
export const SERVICE = 15;
/** Rows of the tables. */
export const RESOURCE = 16;
export const SCOPE = 17;
/** First and last (exclusive) word of the span's entries in `ranges`. */
export const RANGES_FROM = 18;
export const RANGES_TO = 19;
/** Byte range of the status message; empty when absent. */
export const MESSAGE_FROM = 20;
export const MESSAGE_TO = 21;
export const FLAGS = 22;
/** Place in its ScopeSpans. */
export const ORDINAL = 23;

/** Ids of the wrong length. An absent or empty parent sets neither HAS_PARENT nor BAD_PARENT. */
export const BAD_TRACE_ID = 1;
export const BAD_SPAN_ID = 2;
export const BAD_PARENT_ID = 4;
export const HAS_PARENT = 8;

export const NONE = 0xffffffff;

/** Words of a resource: entries in `ranges` (from, to), dictionary id of `service.name`, its place in the request. */
export const RESOURCE_WORDS = 3;
/** Words of a scope: byte ranges of name and version, whether the message was there, its place in its ResourceSpans. */
export const SCOPE_WORDS = 6;

/** An entry of `ranges` is two words: start × 4 + what it is, and end. */
export const ATTRIBUTE = 0;
export const EVENT = 1;
export const LINK = 2;

export interface OtlpColumns {
  readonly bytes: Uint8Array;
  readonly count: number;
  readonly spans: Uint32Array;
  readonly resources: Uint32Array;
  readonly scopes: Uint32Array;
  readonly ranges: Uint32Array;
  /** Start and end of each dictionary string. Equal strings nearly always share an id; a reader may not rely on it. */
  readonly strings: Uint32Array;
}
