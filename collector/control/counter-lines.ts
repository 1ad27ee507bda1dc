/**
 * Lines of the counters' file. A list is an interval: cell, from, to, requests, failures, and then bucket and count in
 * turn where anything was timed. An object declares a book or a cell, or says when a target was observed, when the weight
 * moved, which edge of slowness was chosen. Out: the books; or the first line that is none of these.
 */
import { z } from "zod";
import { err, ok, type Result } from "../../lib/base/result.ts";
import type { Interval } from "../../lib/control/counting/intervals.ts";
import { type Cell, type CellName, type Move, RouteBook, SIDES } from "../../lib/control/counting/route-book.ts";
import type { RouteRef } from "../../lib/control/rollout/definition.ts";
import { DRIVERS } from "../../lib/query/schema/rollout-definition.ts";

type BookLine = { readonly book: number; readonly route: RouteRef };
type MovesLine = { readonly book: number; readonly moves: readonly Move[] };
type EdgesLine = { readonly book: number; readonly edges: readonly (readonly [number, number])[] };
type SeenLine = { readonly book: number; readonly target: string; readonly seen: readonly [number, number] };
type CellLine = {
  readonly cell: number;
  readonly of: number;
  readonly name: CellName;
  readonly bounds: readonly number[] | null;
};
export type CounterLine = readonly number[] | BookLine | MovesLine | EdgesLine | SeenLine | CellLine;

export const routeSchema = z.object({
  id: z.string(),
  target: z.object({ driver: z.enum(DRIVERS), cluster: z.string(), namespace: z.string(), name: z.string() }),
  routeKey: z.string(),
  stable: z.string(),
  canary: z.string(),
});
export const nameSchema = z.object({
  target: z.string(),
  caller: z.string(),
  arm: z.enum(["stable", "canary", "other"]),
  side: z.enum(SIDES),
  unproxied: z.boolean(),
});
const lineSchema = z.union([
  z.array(z.number()).min(5),
  z.object({ book: z.number(), route: routeSchema }),
  z.object({ book: z.number(), moves: z.array(z.object({ atMs: z.number(), canaryBp: z.number() })) }),
  z.object({ book: z.number(), edges: z.array(z.tuple([z.number(), z.number()])) }),
  z.object({ book: z.number(), target: z.string(), seen: z.tuple([z.number(), z.number()]) }),
  z.object({ cell: z.number(), of: z.number(), name: nameSchema, bounds: z.array(z.number()).nullable() }),
]);

export const bookLines = {
  /** The last stretch in which each target was observed; of all of them every stretch. */
  covered(book: number, { targets }: RouteBook, only?: ReadonlySet<string>): CounterLine[] {
    const lines: CounterLine[] = [];
    for (const [target, observed] of targets) {
      if (only !== undefined && !only.has(target)) continue;
      const runs = only === undefined ? observed.all() : observed.all().slice(-1);
      for (const { fromMs, toMs } of runs) lines.push({ book, target, seen: [fromMs, toMs] });
    }
    return lines;
  },

  interval(cell: number, { fromMs, toMs, requests, failures, buckets }: Interval): CounterLine {
    const line = [cell, fromMs, toMs, requests, failures];
    for (const [i, count] of buckets.entries()) if (count !== 0) line.push(i, count);
    return line;
  },
};

class Reader {
  readonly books = new Map<number, RouteBook>();
  private readonly cells = new Map<number, Cell>();

  /** False for what does not fit to the lines before. */
  take(line: z.infer<typeof lineSchema>): boolean {
    if (Array.isArray(line)) return this.interval(line);
    if ("cell" in line) return this.cell(line);
    if ("route" in line) {
      this.books.set(line.book, new RouteBook(line.route));
      return true;
    }
    const book = this.books.get(line.book);
    if (book === undefined) return false;
    if ("moves" in line) book.moves = line.moves;
    else if ("edges" in line) for (const [since, bound] of line.edges) book.slowEdges.set(since, bound);
    else book.observed(line.target).cover(line.seen[0], line.seen[1], "run");
    return true;
  }

  private cell({ cell: id, of, name, bounds }: CellLine): boolean {
    const cell = this.books.get(of)?.cell(name);
    if (cell === undefined) return false;
    this.cells.set(id, cell);
    return bounds === null || cell.intervals.withBounds(bounds);
  }

  private interval([id = -1, fromMs = 0, toMs = 0, requests = 0, failures = 0, ...counts]: readonly number[]): boolean {
    const intervals = this.cells.get(id)?.intervals;
    if (intervals === undefined) return false;
    // Counted while the file was written anew, it stands there twice.
    if (toMs <= intervals.lastMs) return true;
    const buckets = new Float64Array(intervals.bounds === null ? 0 : intervals.bounds.length + 1);
    for (let i = 0; i + 1 < counts.length; i += 2) buckets[counts[i] ?? 0] = counts[i + 1] ?? 0;
    intervals.add({ fromMs, toMs, requests, failures, buckets });
    return true;
  }
}

function parsed(text: string): z.infer<typeof lineSchema> | undefined {
  try {
    const read = lineSchema.safeParse(JSON.parse(text));
    return read.success ? read.data : undefined;
  } catch {
    return undefined;
  }
}

/** Errors: the number of the first whole line that is odd. */
export function readCounterLines(text: string): Result<readonly RouteBook[], { readonly line: number }> {
  const reader = new Reader();
  // What stands after the last line break was cut by a crash.
  const lines = text.split("\n").slice(0, -1);
  for (const [i, line] of lines.entries()) {
    const read = parsed(line);
    if (read === undefined || !reader.take(read)) return err({ line: i + 1 });
  }
  return ok([...reader.books.values()]);
}
