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
import { skipBlank } from "./kernel-lex.ts";
import { type OddLine, type Position, Scanner } from "./kernel-scan.ts";
import type { ExpositionVisitor } from "./visitor.ts";

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

export interface ExpositionError extends Position {
  readonly code: ExpositionErrorCode;
  readonly message: string;
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
/** By then a page of prose has shown itself; a body of samples with some odd lines has not. */
const ODD_LINES_JUDGED = 100;

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
 * One line of any kind, from `at`; where its series is known, it ends at `known`. Returns where the next line begins, -1
 * where this one may be cut.
 */
function wholeLine(scanner: Scanner, at: number, known: number, limits: ExpositionLimits): number {
  const { bytes } = scanner;
  // What it has in common with the last line holds no newline.
  const newline = bytes.indexOf(NEWLINE, known > at ? known : at + scanner.sameAsLast(at));
  const next = newline < 0 ? bytes.length : newline + 1;
  let end = newline < 0 ? bytes.length : newline;
  scanner.lines++;
  const start = skipBlank(bytes, at, end);
  if (start < end && bytes[end - 1] === RETURN) end--;
  const isComment = start < end && bytes[start] === HASH;
  if (isComment) scanner.comment(start, end);
  if (start < end && isCut(bytes, limits, scanner, next)) return -1;
  if (isComment || start === end) return next;
  if (end - start > limits.lineBytes) scanner.odd("line_too_long", start, end, `${end - start} bytes`);
  else if (known > start && known <= end) scanner.valueOf(start, start, known, end);
  else scanner.sampleLine(start, end);
  return next;
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
    const known = visitor.known?.(at, bytes.length) ?? -1;
    const plainEnd = known > at ? scanner.plainLine(at, known, limits.lineBytes) : -1;
    const next = plainEnd < 0 ? wholeLine(scanner, at, known, limits) : plainEnd + 1;
    if (next < 0) {
      const message = `the last line (${scanner.lines}) may be cut: no newline, no "# EOF", and the connection ended the body`;
      return err({ code: "truncated_line", message, line: scanner.lines, offset: at });
    }
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
