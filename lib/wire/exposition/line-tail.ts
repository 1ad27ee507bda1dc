/**
 * What may follow a name or a series besides one number. In: bytes and a range that ends at `end`. Out: offsets and numbers.
 * After the value: a timestamp (ms, or seconds in OpenMetrics), the start timestamp of OpenMetrics 2.0 (`st@` seconds),
 * and exemplars (`# {labels} value [seconds]`, several of them in 2.0). In place of the value: a composite one in braces,
 * with which OpenMetrics 2.0 prints native histograms (`schema:` and spans; the proposal for 1.1 counts in deltas, 2.0
 * absolutely) as well as classic histograms and summaries on one line. Composites are recognised, never read.
 */
import { labelsEnd, skipBlank, tokenEnd } from "./kernel-lex.ts";
import { numberOf } from "./number.ts";

const HASH = 35;
const COLON = 58;
const AT = 64;
const UNDERSCORE = 95;
const LOWER_A = 97;
const LOWER_S = 115;
const LOWER_T = 116;
const LOWER_Z = 122;
const OPEN = 123;
const CLOSE = 125;
const SCHEMA = [115, 99, 104, 101, 109, 97, COLON];
/** Unix milliseconds are above this since 1973, and Unix seconds below until the year 5138. */
const FIRST_MS = 1e11;

export interface Tail {
  readonly timestampMs: number | undefined;
  /** Since when the value counts. */
  readonly startMs: number | undefined;
  /** Where exemplars begin (at their `#`), -1 where there are none. */
  readonly exemplars: number;
}

function isStart(bytes: Uint8Array, at: number, end: number): boolean {
  return at + 3 < end && bytes[at] === LOWER_S && bytes[at + 1] === LOWER_T && bytes[at + 2] === AT;
}

function millis(time: number): number {
  return Math.abs(time) < FIRST_MS ? time * 1000 : time;
}

/** From the first byte after the value's blanks; undefined where there is something else than a tail may hold. */
export function readTail(bytes: Uint8Array, from: number, end: number): Tail | undefined {
  let at = from;
  let timestampMs: number | undefined;
  let startMs: number | undefined;
  while (at < end && bytes[at] !== HASH) {
    const start = isStart(bytes, at, end);
    if (start ? startMs !== undefined : timestampMs !== undefined || startMs !== undefined) return undefined;
    const stop = tokenEnd(bytes, at, end);
    const time = numberOf(bytes, start ? at + 3 : at, stop);
    if (time === undefined || !Number.isFinite(time)) return undefined;
    if (start) startMs = time * 1000;
    else timestampMs = millis(time);
    at = skipBlank(bytes, stop, end);
  }
  return { timestampMs, startMs, exemplars: at < end ? at : -1 };
}

export interface Exemplar {
  /** Its labels stand in bytes [start, stop), braces included. */
  readonly start: number;
  readonly stop: number;
  readonly value: number;
  readonly timestampMs: number | undefined;
  /** Where the next one begins, `end` for none. */
  readonly next: number;
}

/** The exemplar whose `#` stands at `at`; undefined where it is broken. */
export function readExemplar(bytes: Uint8Array, at: number, end: number): Exemplar | undefined {
  const start = skipBlank(bytes, at + 1, end);
  if (start >= end || bytes[start] !== OPEN) return undefined;
  const stop = labelsEnd(bytes, start + 1, end);
  if (stop < 0) return undefined;
  const number = skipBlank(bytes, stop, end);
  const numberStop = tokenEnd(bytes, number, end);
  const value = numberOf(bytes, number, numberStop);
  const tail = value === undefined ? undefined : readTail(bytes, skipBlank(bytes, numberStop, end), end);
  if (value === undefined || tail === undefined || tail.startMs !== undefined) return undefined;
  const { timestampMs, exemplars } = tail;
  return { start, stop, value, timestampMs, next: exemplars < 0 ? end : exemplars };
}

export type Composite = "native" | "classic";

function isMember(byte: number): boolean {
  return byte === UNDERSCORE || (byte >= LOWER_A && byte <= LOWER_Z);
}

function holds(bytes: Uint8Array, from: number, end: number, word: readonly number[]): boolean {
  for (let at = from; at + word.length <= end; at++) {
    if (word.every((byte, i) => bytes[at + i] === byte)) return true;
  }
  return false;
}

/** Whether `{` at `at` opens a composite value, `{count:…}`, that is closed in this line; and of which kind. */
export function compositeAt(bytes: Uint8Array, at: number, end: number): Composite | undefined {
  if (at >= end || bytes[at] !== OPEN) return undefined;
  let member = skipBlank(bytes, at + 1, end);
  const first = member;
  while (member < end && isMember(bytes[member] ?? 0)) member++;
  if (member === first || member >= end || bytes[member] !== COLON) return undefined;
  let close = member;
  while (close < end && bytes[close] !== CLOSE) close++;
  if (close >= end) return undefined;
  return holds(bytes, first, close, SCHEMA) ? "native" : "classic";
}

/** The types of both formats. */
const TYPES = ["counter", "gauge", "histogram", "summary", "untyped", "unknown", "info", "stateset", "gaugehistogram"];
const TYPE_BYTES = TYPES.map((type) => ({ type, bytes: [...type].map((char) => char.charCodeAt(0)) }));
const LOWER = 32;

/** The type that bytes [start, end) name, in any case; undefined for another word. Makes no string of them. */
export function typeAt(bytes: Uint8Array, start: number, end: number): string | undefined {
  for (const known of TYPE_BYTES) {
    if (known.bytes.length !== end - start) continue;
    let at = 0;
    while (at < known.bytes.length && ((bytes[start + at] ?? 0) | LOWER) === known.bytes[at]) at++;
    if (at === known.bytes.length) return known.type;
  }
  return undefined;
}
