/**
 * The counters of watched routes in a file: JSON lines, appended each second, written anew in whole as they grow. In:
 * books, with what they gained; out: on opening, the books as they were. A line is handed to the kernel before the next
 * one is made, so that a killed process loses at most its last second; a machine that loses power may lose more, which is
 * a gap and no falsehood. A line that was cut is left out; a file that is no such file is set aside, and said.
 */
import { type FileHandle, mkdir, open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import type { Interval } from "../../lib/control/counting/intervals.ts";
import type { Cell, RouteBook } from "../../lib/control/counting/route-book.ts";
import type { Log } from "../telemetry/log.ts";
import { bookLines, type CounterLine, readCounterLines } from "./counter-lines.ts";

const NAME = "route-counters.jsonl";
/** Appended to before the file is written anew: at least this, and as much again as it had. */
const LEAST_APPENDED_BYTES = 4 * 1024 * 1024;

export interface OpenedCounters {
  readonly file: CounterFile;
  readonly books: readonly RouteBook[];
}

export class CounterFile {
  private readonly path: string;
  private file: FileHandle | undefined;
  private wholeBytes = 0;
  private appendedBytes = 0;
  private nextId = 0;
  /** Books as the file names them, and what it has of each beyond cells. */
  private readonly ids = new Map<RouteBook, { readonly id: number; moves: string; edges: number }>();

  private constructor(path: string) {
    this.path = path;
  }

  static async open(folder: string, log: Log): Promise<OpenedCounters> {
    await mkdir(folder, { recursive: true });
    const path = join(folder, NAME);
    const file = new CounterFile(path);
    const text = await readFile(path, "utf8").catch(() => "");
    const read = readCounterLines(text);
    if (read.ok) return { file, books: read.value };
    const aside = `${path}.unreadable`;
    await rename(path, aside);
    log.error("route_counters_unreadable", { line: read.error.line, aside });
    return { file, books: [] };
  }

  /** Appends what the books gained; `isDue`: their oldest were let go, and the file may be written anew. */
  async write(books: readonly RouteBook[], isDue: boolean): Promise<void> {
    const isGone = [...this.ids.keys()].some((book) => !books.includes(book));
    const isLarge = this.appendedBytes > Math.max(LEAST_APPENDED_BYTES, this.wholeBytes);
    if (this.file === undefined ? books.length > 0 : isDue && (isGone || isLarge)) return this.writeWhole(books);
    const lines = books.flatMap((book) => this.gained(book));
    if (lines.length === 0 || this.file === undefined) return;
    const text = linesText(lines);
    await this.file.appendFile(text);
    this.appendedBytes += text.length;
  }

  /** A book at a time, so that nothing else waits for long. */
  private async writeWhole(books: readonly RouteBook[]): Promise<void> {
    const path = `${this.path}.new`;
    const next = await open(path, "w");
    this.ids.clear();
    this.nextId = 0;
    this.wholeBytes = 0;
    for (const book of books) {
      for (const cell of book.cells.values()) cell.id = null;
      book.gained = [];
      const head = this.head(book);
      this.wholeBytes += await appendTo(next, head);
      for (const cell of [...book.cells.values()]) {
        this.wholeBytes += await appendTo(next, [...this.cellLines(book, cell, [...cell.intervals.each()])]);
      }
    }
    await rename(path, this.path);
    await this.file?.close();
    this.file = next;
    this.appendedBytes = 0;
  }

  private head(book: RouteBook): CounterLine[] {
    const id = this.nextId++;
    this.ids.set(book, { id, moves: "", edges: 0 });
    return [{ book: id, route: book.route }, ...this.facts(book), ...bookLines.covered(id, book)];
  }

  /** Moves of the weight and edges, where they are others than the file has. */
  private facts(book: RouteBook): CounterLine[] {
    const known = this.ids.get(book);
    if (known === undefined) return [];
    const moves = JSON.stringify(book.moves);
    const lines: CounterLine[] = [];
    if (moves !== known.moves) lines.push({ book: known.id, moves: book.moves });
    if (book.slowEdges.size !== known.edges) lines.push({ book: known.id, edges: [...book.slowEdges] });
    known.moves = moves;
    known.edges = book.slowEdges.size;
    return lines;
  }

  private gained(book: RouteBook): CounterLine[] {
    const known = this.ids.get(book);
    if (known === undefined) {
      const head = this.head(book);
      return [...head, ...this.gained(book)];
    }
    const { gained } = book;
    book.gained = [];
    const lines = this.facts(book);
    const targets = new Set<string>();
    for (const { cell, interval } of gained) {
      lines.push(...this.cellLines(book, cell, [interval]));
      targets.add(cell.name.target);
    }
    return [...lines, ...bookLines.covered(known.id, book, targets)];
  }

  private *cellLines(book: RouteBook, cell: Cell, intervals: readonly Interval[]): Generator<CounterLine> {
    const { name } = cell;
    const { bounds } = cell.intervals;
    if (cell.id === null || cell.writtenBounds !== bounds) {
      cell.id ??= this.nextId++;
      cell.writtenBounds = bounds;
      yield { cell: cell.id, of: this.ids.get(book)?.id ?? 0, name, bounds };
    }
    for (const interval of intervals) yield bookLines.interval(cell.id, interval);
  }

  async close(): Promise<void> {
    await this.file?.close();
  }
}

function linesText(lines: readonly CounterLine[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

async function appendTo(file: FileHandle, lines: readonly CounterLine[]): Promise<number> {
  const text = linesText(lines);
  await file.appendFile(text);
  return text.length;
}
