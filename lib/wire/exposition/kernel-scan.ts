/**
 * One line of the text format at a time: comments and samples. In: a body and byte ranges of its lines. Out: calls of the
 * visitor and counts. A line is lexed from where it differs from the line before, since proxies print runs of series that
 * differ in their last label; a line that the visitor foresaw is not lexed at all. What is told is the same either way.
 */
import { commonLength } from "./kernel-compare.ts";
import { isNameByte, type LabelMarks, labelMarks, labelsEnd, skipBlank, tokenEnd } from "./kernel-lex.ts";
import { compositeAt, readExemplar, readTail, typeAt } from "./line-tail.ts";
import { EXACT_DIGITS, numberOf, scaled } from "./number.ts";
import type { ExpositionVisitor } from "./visitor.ts";

export interface Position {
  /** From 1. */
  readonly line: number;
  /** Byte offset of the line from the start of the body. */
  readonly offset: number;
}

export interface OddLine extends Position {
  readonly code: "malformed_line" | "line_too_long";
  readonly reason: string;
}

const NEWLINE = 10;
const DOT = 46;
const ZERO = 48;
const NINE = 57;
const OPEN = 123;
const NO_TAIL = { timestampMs: undefined, startMs: undefined, exemplars: -1 } as const;
const EOF = [69, 79, 70];
const TYPE = [84, 89, 80, 69];
const UNIT = [85, 78, 73, 84];

function isWord(bytes: Uint8Array, start: number, end: number, word: readonly number[]): boolean {
  return end - start === word.length && word.every((byte, index) => bytes[start + index] === byte);
}

export class Scanner {
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
  private readonly view: DataView;
  /** The last line whose labels were lexed to their end: where it begins, its name ends, and its labels end. */
  private lastStart = -1;
  private lastNameEnd = 0;
  private lastBrace = 0;
  private lastSeriesEnd = 0;
  private readonly marks: LabelMarks = labelMarks();
  /** What `sameAsLast` told last, and of where. */
  private same = 0;
  private sameStart = -1;

  constructor(bytes: Uint8Array, visitor: ExpositionVisitor) {
    this.bytes = bytes;
    this.visitor = visitor;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
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

  /**
   * A foreseen line at `start` whose series ends at `stop`: tells it if nothing but a plain number of few digits follows,
   * and returns where the line ends. -1 where there is more to it, or it is longer than `limit` bytes.
   */
  plainLine(start: number, stop: number, limit: number): number {
    const { bytes } = this;
    const first = stop + 1;
    let value = 0;
    let at = first;
    let dot = -1;
    let byte = bytes[at] ?? 0;
    for (; ; byte = bytes[++at] ?? 0) {
      if (byte >= ZERO && byte <= NINE) value = value * 10 + (byte - ZERO);
      else if (byte === DOT && dot < 0) dot = at;
      else break;
    }
    const digits = at - first - (dot < 0 ? 0 : 1);
    if (byte !== NEWLINE || digits === 0 || digits > EXACT_DIGITS || at - start > limit) return -1;
    const read = dot < 0 ? value : scaled(value, dot + 1 - at);
    if (read === undefined) return -1;
    this.lines++;
    this.samples++;
    this.visitor.sample(start, start, stop, read, undefined);
    return at;
  }

  sampleLine(start: number, end: number): void {
    const { bytes } = this;
    const same = start === this.sameStart ? Math.min(this.same, end - start) : 0;
    let nameEnd = start;
    // The byte after the name is the same too, so that the name ends there in this line as well.
    if (same > this.lastNameEnd - this.lastStart) nameEnd += this.lastNameEnd - this.lastStart;
    else while (nameEnd < end && isNameByte(bytes[nameEnd] ?? 0)) nameEnd++;
    if (nameEnd === start) {
      this.odd("malformed_line", start, end, "no metric name");
      return;
    }
    let seriesEnd = nameEnd;
    const brace = skipBlank(bytes, nameEnd, end);
    if (brace < end && bytes[brace] === OPEN) {
      seriesEnd = this.labels(start, brace, end, same);
      this.lastBrace = brace;
      if (seriesEnd < 0) {
        this.noNumber(start, end, brace, "labels");
        return;
      }
      this.lastStart = start;
      this.lastNameEnd = nameEnd;
      this.lastSeriesEnd = seriesEnd;
    } else if (brace === nameEnd) {
      this.odd("malformed_line", start, end, "metric name");
      return;
    }
    this.valueOf(start, nameEnd, seriesEnd, end);
  }

  /** How many bytes from `start` on are those of the last line whose labels were lexed, within its series. */
  sameAsLast(start: number): number {
    const length = this.lastStart < 0 ? 0 : Math.min(this.lastSeriesEnd - this.lastStart, this.bytes.length - start);
    this.same = commonLength(this.view, this.lastStart, start, length);
    this.sameStart = start;
    return this.same;
  }

  /**
   * Where the labels end, read from the last beginning of a label within the bytes that are those of the last line's labels.
   * The sum of a histogram has another name than its buckets, and the same labels.
   */
  private labels(start: number, brace: number, end: number, same: number): number {
    const { marks, lastBrace } = this;
    let common = 0;
    if (same > brace - start) common = same - (brace - start);
    else if (this.lastStart >= 0) {
      common = commonLength(this.view, lastBrace, brace, Math.min(this.lastSeriesEnd - lastBrace, end - brace));
    }
    let known = marks.count;
    while (known > 0 && (marks.at[known - 1] ?? 0) > common) known--;
    marks.count = common === 0 ? 0 : known;
    this.lastStart = -1;
    const from = marks.count === 0 ? brace + 1 : brace + (marks.at[known - 1] ?? 0);
    return labelsEnd(this.bytes, from, end, brace, marks);
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
