/**
 * Reads a body in the Prometheus text format, 0.0.4 and OpenMetrics 1.0 mixed, as proxies print it: one pass over bytes,
 * a visitor is told where each series lies and its value.
 *
 * In: the whole body, inflated. Out: counts and the first odd line, or one error for a body that is no exposition.
 * Lenient: `{}`, blanks and tabs, CRLF, no HELP or TYPE, `# EOF` anywhere, exemplars (skipped unread), timestamps.
 * An odd line in a good body is counted and skipped. A body in which odd lines outnumber samples is refused whole, and so
 * is one whose last line may be cut: half a number is a wrong number, and a missing series would later look like a new one.
 * Not handled: the protobuf format, native histograms, quoted metric names.
 */
import { err, ok, type Result } from "../../base/result.ts";
import { isNameByte, labelsEnd, skipBlank, tokenEnd } from "./kernel-lex.ts";
import { numberOf } from "./number.ts";

export interface ExpositionVisitor {
  /**
   * Optional shortcut: where the series text at `start` ends, if the visitor has read these very bytes before, else -1.
   * The answer must be at most `end` and followed by a blank; the scanner then does not look into the series again.
   */
  known?(start: number, end: number): number;
  /** Bytes [start, end) are `name{…}`, [start, nameEnd) the name. `timestampMs` where the line has one. */
  sample(start: number, nameEnd: number, end: number, value: number, timestampMs: number | undefined): void;
  /** Bytes [nameStart, nameEnd) are the family of a `# TYPE` line, [typeStart, typeEnd) its type. */
  type?(nameStart: number, nameEnd: number, typeStart: number, typeEnd: number): void;
  /** Bytes [start, end) are a line that was counted as odd and skipped. */
  odd?(start: number, end: number): void;
}

export interface ExpositionLimits {
  /** More samples than this fail the body whole. */
  readonly samples: number;
  /** A longer line is skipped and counted. Bytes. */
  readonly lineBytes: number;
  /**
   * True when the transport vouches for the end of the body (Content-Length met, last chunk seen). False for a body that
   * ends with its connection: then a last line without newline and without `# EOF` before it is taken as cut.
   */
  readonly framed: boolean;
}

export const DEFAULT_LIMITS: ExpositionLimits = { samples: 500_000, lineBytes: 65_536, framed: true };

export type ExpositionErrorCode = "not_exposition" | "truncated_line" | "sample_limit";

export interface Position {
  /** From 1. */
  readonly line: number;
  /** Byte offset of the line from the start of the body. */
  readonly offset: number;
}

export interface ExpositionError extends Position {
  readonly code: ExpositionErrorCode;
  readonly message: string;
}

export interface OddLine extends Position {
  readonly code: "malformed_line" | "line_too_long";
  readonly reason: string;
}

export interface ExpositionStats {
  readonly lines: number;
  readonly samples: number;
  readonly malformed: number;
  readonly tooLong: number;
  readonly firstOdd: OddLine | undefined;
  readonly sawEof: boolean;
}

const NEWLINE = 10;
const RETURN = 13;
const HASH = 35;
const OPEN = 123;
/** By then a page of prose has shown itself; a body of samples with some odd lines has not. */
const ODD_LINES_JUDGED = 100;
/** Unix milliseconds are above this since 1973, and Unix seconds below until the year 5138. */
const FIRST_MS = 1e11;

class Scanner {
  readonly bytes: Uint8Array;
  readonly visitor: ExpositionVisitor;
  lines = 0;
  samples = 0;
  malformed = 0;
  tooLong = 0;
  firstOdd: OddLine | undefined;
  sawEof = false;

  constructor(bytes: Uint8Array, visitor: ExpositionVisitor) {
    this.bytes = bytes;
    this.visitor = visitor;
  }

  odd(code: OddLine["code"], start: number, end: number, reason: string): void {
    if (code === "malformed_line") this.malformed++;
    else this.tooLong++;
    this.firstOdd ??= { code, line: this.lines, offset: start, reason };
    this.visitor.odd?.(start, end);
  }

  /** `# TYPE name type` and `# EOF`; any other comment is skipped. */
  comment(start: number, end: number): void {
    const { bytes } = this;
    const word = skipBlank(bytes, start + 1, end);
    const wordEnd = tokenEnd(bytes, word, end);
    if (isWord(bytes, word, wordEnd, EOF)) this.sawEof = true;
    if (this.visitor.type === undefined || !isWord(bytes, word, wordEnd, TYPE)) return;
    const name = skipBlank(bytes, wordEnd, end);
    const nameEnd = tokenEnd(bytes, name, end);
    const type = skipBlank(bytes, nameEnd, end);
    const typeEnd = tokenEnd(bytes, type, end);
    if (typeEnd > type) this.visitor.type(name, nameEnd, type, typeEnd);
  }

  sampleLine(start: number, end: number): void {
    const { bytes, visitor } = this;
    const known = visitor.known?.(start, end) ?? -1;
    if (known > start) {
      this.valueOf(start, start, known, end);
      return;
    }
    let nameEnd = start;
    while (nameEnd < end && isNameByte(bytes[nameEnd] ?? 0)) nameEnd++;
    if (nameEnd === start) {
      this.odd("malformed_line", start, end, "no metric name");
      return;
    }
    let seriesEnd = nameEnd;
    const brace = skipBlank(bytes, nameEnd, end);
    if (brace < end && bytes[brace] === OPEN) {
      seriesEnd = labelsEnd(bytes, brace + 1, end);
      if (seriesEnd < 0) {
        this.odd("malformed_line", start, end, "labels");
        return;
      }
    } else if (brace === nameEnd) {
      this.odd("malformed_line", start, end, "metric name");
      return;
    }
    this.valueOf(start, nameEnd, seriesEnd, end);
  }

  /** Value, then an optional timestamp, then nothing or a comment (an exemplar). */
  valueOf(start: number, nameEnd: number, seriesEnd: number, end: number): void {
    const { bytes } = this;
    const valueStart = skipBlank(bytes, seriesEnd, end);
    const valueEnd = tokenEnd(bytes, valueStart, end);
    const value = numberOf(bytes, valueStart, valueEnd);
    if (value === undefined) {
      this.odd("malformed_line", start, end, "value");
      return;
    }
    let timestampMs: number | undefined;
    const timeStart = skipBlank(bytes, valueEnd, end);
    if (timeStart < end && bytes[timeStart] !== HASH) {
      const timeEnd = tokenEnd(bytes, timeStart, end);
      const time = numberOf(bytes, timeStart, timeEnd);
      const rest = skipBlank(bytes, timeEnd, end);
      if (time === undefined || !Number.isFinite(time) || (rest < end && bytes[rest] !== HASH)) {
        this.odd("malformed_line", start, end, "timestamp");
        return;
      }
      timestampMs = Math.abs(time) < FIRST_MS ? time * 1000 : time;
    }
    this.samples++;
    this.visitor.sample(start, nameEnd, seriesEnd, value, timestampMs);
  }
}

const EOF = [69, 79, 70];
const TYPE = [84, 89, 80, 69];

function isWord(bytes: Uint8Array, start: number, end: number, word: readonly number[]): boolean {
  return end - start === word.length && word.every((byte, index) => bytes[start + index] === byte);
}

function startOf(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes.subarray(0, 40)) text += byte >= 32 && byte < 127 ? String.fromCharCode(byte) : ".";
  return text;
}

function refused(scanner: Scanner, limits: ExpositionLimits): ExpositionError | undefined {
  const { firstOdd, samples, malformed, bytes, lines } = scanner;
  if (firstOdd !== undefined && malformed > samples) {
    const message = `not the Prometheus text format: line ${firstOdd.line} (${firstOdd.reason}), body starts "${startOf(bytes)}"`;
    return { code: "not_exposition", message, line: firstOdd.line, offset: firstOdd.offset };
  }
  if (samples <= limits.samples) return undefined;
  const message = `more than ${limits.samples} samples, reached at line ${lines}`;
  return { code: "sample_limit", message, line: lines, offset: 0 };
}

function isCut(bytes: Uint8Array, limits: ExpositionLimits, scanner: Scanner, end: number): boolean {
  return !limits.framed && end === bytes.length && bytes[end - 1] !== NEWLINE && !scanner.sawEof;
}

/**
 * Scans `bytes` and tells `visitor`, in order. Errors: `not_exposition`, `truncated_line`, `sample_limit`, with line and
 * byte offset. The visitor has then been told of samples that do not count: it must hold them back until the answer.
 */
export function scanExposition(
  bytes: Uint8Array,
  visitor: ExpositionVisitor,
  limits: ExpositionLimits = DEFAULT_LIMITS,
): Result<ExpositionStats, ExpositionError> {
  const scanner = new Scanner(bytes, visitor);
  // A byte order mark is no part of the first name.
  let at = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  while (at < bytes.length) {
    const newline = bytes.indexOf(NEWLINE, at);
    const next = newline < 0 ? bytes.length : newline + 1;
    let end = newline < 0 ? bytes.length : newline;
    scanner.lines++;
    const start = skipBlank(bytes, at, end);
    if (start < end && bytes[end - 1] === RETURN) end--;
    const isComment = start < end && bytes[start] === HASH;
    if (isComment) scanner.comment(start, end);
    if (start < end && isCut(bytes, limits, scanner, next)) {
      const message = `the last line (${scanner.lines}) may be cut: no newline, no "# EOF", and the connection ended the body`;
      return err({ code: "truncated_line", message, line: scanner.lines, offset: at });
    }
    if (!isComment && end - start > limits.lineBytes) scanner.odd("line_too_long", start, end, `${end - start} bytes`);
    else if (!isComment && start < end) scanner.sampleLine(start, end);
    at = next;
    if (scanner.samples > limits.samples || scanner.malformed >= ODD_LINES_JUDGED) {
      const error = refused(scanner, limits);
      if (error !== undefined) return err(error);
    }
  }
  const error = refused(scanner, limits);
  if (error !== undefined) return err(error);
  const { lines, samples, malformed, tooLong, firstOdd, sawEof } = scanner;
  return ok({ lines, samples, malformed, tooLong, firstOdd, sawEof });
}
