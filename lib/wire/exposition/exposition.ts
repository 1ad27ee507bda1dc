/**
 * Reads a body in the Prometheus text format, 0.0.4 and OpenMetrics mixed, as proxies print it: one pass over bytes, a
 * visitor is told where each series lies and its value.
 *
 * In: the whole body, inflated. Out: counts and the first odd line, or one error for a body that is no exposition.
 * Lenient: `{}`, blanks and tabs, CRLF, no HELP or TYPE, timestamps in ms or s, `# EOF` anywhere: what follows it is read
 * too, since merged ports print one body after the other. Both formats may stand in one body, whatever its content type
 * says. Exemplars are no part of the value: they are checked, and told to a visitor who asks; a broken one costs itself.
 * An odd line in a good body is counted and skipped. A body in which odd lines outnumber samples is refused whole, and so
 * is one whose last line may be cut: half a number is a wrong number, and a missing series would later look like a new one.
 * Composite values (native histograms, and OpenMetrics 2.0's classic histograms on one line) are told, and not read.
 * Not handled: the protobuf format, quoted metric names.
 */
import { err, ok, type Result } from "../../base/result.ts";
import { isNameByte, labelsEnd, skipBlank, tokenEnd } from "./kernel-lex.ts";
import { type Composite, compositeAt, readExemplar, readTail, typeAt } from "./line-tail.ts";
import { numberOf } from "./number.ts";

export interface ExpositionVisitor {
  /**
   * Optional shortcut: where the series text at `start` ends, if the visitor has read these very bytes before, else -1.
   * The answer must be at most `end` and followed by a blank; the scanner then does not look into the series again.
   */
  known?(start: number, end: number): number;
  /** Bytes [start, end) are `name{…}`, [start, nameEnd) the name. `timestampMs` where the line has one. */
  sample(start: number, nameEnd: number, end: number, value: number, timestampMs: number | undefined): void;
  /** Since when the next sample counts, Unix ms, where its line says so (OpenMetrics 2.0). */
  started?(startMs: number): void;
  /** Exemplars of the last sample: labels in bytes [start, end), braces included. */
  exemplar?(start: number, end: number, value: number, timestampMs: number | undefined): void;
  /** Bytes [start, nameEnd) name a family whose value is composite: a native histogram, or a classic one on a line. */
  composite?(start: number, nameEnd: number, end: number, kind: Composite): void;
  /** Bytes [nameStart, nameEnd) are the family of a `# TYPE` line, without `_total` in OpenMetrics. */
  type?(nameStart: number, nameEnd: number, type: string): void;
  /** Bytes [nameStart, nameEnd) are the family of a `# UNIT` line, [unitStart, unitEnd) its unit. */
  unit?(nameStart: number, nameEnd: number, unitStart: number, unitEnd: number): void;
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
   * ends with its connection: then a last line without newline is taken as cut, unless it is `# EOF`.
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
  /** Lines whose value is composite; in neither of the above. */
  readonly composites: number;
  /** Broken exemplars; their samples count. */
  readonly badExemplars: number;
  readonly firstOdd: OddLine | undefined;
  readonly sawEof: boolean;
}

const NEWLINE = 10;
const RETURN = 13;
const HASH = 35;
const OPEN = 123;
/** By then a page of prose has shown itself; a body of samples with some odd lines has not. */
const ODD_LINES_JUDGED = 100;

class Scanner {
  readonly bytes: Uint8Array;
  readonly visitor: ExpositionVisitor;
  lines = 0;
  samples = 0;
  malformed = 0;
  tooLong = 0;
  composites = 0;
  badExemplars = 0;
  firstOdd: OddLine | undefined;
  /** The line of the last `# EOF`, 0 for none. */
  eofLine = 0;

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

  /** `# TYPE name type`, `# UNIT name unit` and `# EOF`; any other comment is skipped. */
  comment(start: number, end: number): void {
    const { bytes, visitor } = this;
    const word = skipBlank(bytes, start + 1, end);
    const wordEnd = tokenEnd(bytes, word, end);
    if (isWord(bytes, word, wordEnd, EOF)) this.eofLine = this.lines;
    const isType = visitor.type !== undefined && isWord(bytes, word, wordEnd, TYPE);
    if (!isType && (visitor.unit === undefined || !isWord(bytes, word, wordEnd, UNIT))) return;
    const name = skipBlank(bytes, wordEnd, end);
    const nameEnd = tokenEnd(bytes, name, end);
    const said = skipBlank(bytes, nameEnd, end);
    const saidEnd = tokenEnd(bytes, said, end);
    if (saidEnd === said || skipBlank(bytes, saidEnd, end) < end) return;
    if (!isType) visitor.unit?.(name, nameEnd, said, saidEnd);
    else {
      const type = typeAt(bytes, said, saidEnd);
      if (type !== undefined) visitor.type?.(name, nameEnd, type);
    }
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
        this.noNumber(start, end, brace, "labels");
        return;
      }
    } else if (brace === nameEnd) {
      this.odd("malformed_line", start, end, "metric name");
      return;
    }
    this.valueOf(start, nameEnd, seriesEnd, end);
  }

  /** Value, then perhaps a tail: see `readTail`. */
  valueOf(start: number, nameEnd: number, seriesEnd: number, end: number): void {
    const { bytes } = this;
    const valueStart = skipBlank(bytes, seriesEnd, end);
    const valueEnd = tokenEnd(bytes, valueStart, end);
    const value = numberOf(bytes, valueStart, valueEnd);
    if (value === undefined) {
      this.noNumber(start, end, valueStart, "value");
      return;
    }
    const rest = skipBlank(bytes, valueEnd, end);
    const tail = rest < end ? readTail(bytes, rest, end) : NO_TAIL;
    if (tail === undefined) {
      this.odd("malformed_line", start, end, "timestamp");
      return;
    }
    this.samples++;
    if (tail.startMs !== undefined) this.visitor.started?.(tail.startMs);
    this.visitor.sample(start, nameEnd, seriesEnd, value, tail.timestampMs);
    if (tail.exemplars >= 0) this.exemplars(tail.exemplars, end);
  }

  private exemplars(from: number, end: number): void {
    for (let at = from; at < end; ) {
      const exemplar = readExemplar(this.bytes, at, end);
      if (exemplar === undefined) {
        this.badExemplars++;
        return;
      }
      this.visitor.exemplar?.(exemplar.start, exemplar.stop, exemplar.value, exemplar.timestampMs);
      at = exemplar.next;
    }
  }

  /** A line without a number where one should stand: at `at` there is a composite value, or nothing that can be read. */
  private noNumber(start: number, end: number, at: number, reason: string): void {
    const kind = compositeAt(this.bytes, at, end);
    if (kind === undefined) {
      this.odd("malformed_line", start, end, reason);
      return;
    }
    this.composites++;
    let nameEnd = start;
    while (nameEnd < end && isNameByte(this.bytes[nameEnd] ?? 0)) nameEnd++;
    this.visitor.composite?.(start, nameEnd, end, kind);
  }
}

const NO_TAIL = { timestampMs: undefined, startMs: undefined, exemplars: -1 } as const;
const EOF = [69, 79, 70];
const TYPE = [84, 89, 80, 69];
const UNIT = [85, 78, 73, 84];

function isWord(bytes: Uint8Array, start: number, end: number, word: readonly number[]): boolean {
  return end - start === word.length && word.every((byte, index) => bytes[start + index] === byte);
}

function startOf(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes.subarray(0, 40)) text += byte >= 32 && byte < 127 ? String.fromCharCode(byte) : ".";
  return text;
}

function refused(scanner: Scanner, limits: ExpositionLimits): ExpositionError | undefined {
  const { firstOdd, samples, malformed, composites, bytes, lines } = scanner;
  if (firstOdd !== undefined && malformed > samples + composites) {
    const message = `not the Prometheus text format: line ${firstOdd.line} (${firstOdd.reason}), body starts "${startOf(bytes)}"`;
    return { code: "not_exposition", message, line: firstOdd.line, offset: firstOdd.offset };
  }
  if (samples <= limits.samples) return undefined;
  const message = `more than ${limits.samples} samples, reached at line ${lines}`;
  return { code: "sample_limit", message, line: lines, offset: 0 };
}

function isCut(bytes: Uint8Array, limits: ExpositionLimits, scanner: Scanner, end: number): boolean {
  return !limits.framed && end === bytes.length && bytes[end - 1] !== NEWLINE && scanner.eofLine !== scanner.lines;
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
  const { lines, samples, malformed, tooLong, composites, badExemplars, firstOdd, eofLine } = scanner;
  return ok({ lines, samples, malformed, tooLong, composites, badExemplars, firstOdd, sawEof: eofLine > 0 });
}
