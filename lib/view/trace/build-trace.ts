/**
 * In: a trace answer. Out: one tree as typed arrays in display order (a parent directly before its descendants, siblings
 * by start), so that rows, collapsing and drawing are index arithmetic. Times are µs relative to the earliest start;
 * exact ns stay in the spans. Iterative throughout: real traces reach 72,000 levels. Not handled: correcting clocks.
 */
import type { Trace, TraceSpan } from "../../query/schema/traces.ts";
import { linkParents, MARKS, mark } from "./link-parents.ts";
import { type OrderedSpans, orderSpans } from "./order-spans.ts";
import { serviceColours } from "./service-colour.ts";

export interface TraceTree {
  readonly traceId: string;
  readonly count: number;
  /** Display order; every array below is indexed by the same row. */
  readonly spans: readonly TraceSpan[];
  /** Row of the parent, -1 for a root. */
  readonly parent: Int32Array;
  readonly depth: Int32Array;
  /** First row after the row's last descendant: `next[i] - i - 1` descendants. */
  readonly next: Int32Array;
  readonly startUs: Float64Array;
  readonly endUs: Float64Array;
  /** Duration less the union of the children's time inside it. */
  readonly selfUs: Float64Array;
  /** Index into `services`. */
  readonly service: Int32Array;
  readonly marks: Uint8Array;
  /** Error spans among the descendants. */
  readonly errorsBelow: Int32Array;
  /** Rows of error spans, ascending. */
  readonly errorRows: Int32Array;
  /** By number of spans, most first, then by name. */
  readonly services: readonly TraceService[];
  readonly roots: number;
  readonly maxDepth: number;
  /** Unix ns of the earliest start. */
  readonly originNs: bigint;
  /** Earliest start to latest end. */
  readonly durationUs: number;
}

export interface TraceService {
  readonly name: string;
  /** Index into the palette of services. */
  readonly colour: number;
  readonly spans: number;
  readonly errors: number;
}

export function buildTrace(trace: Trace): TraceTree {
  const ordered = orderSpans(trace.spans);
  const linked = linkParents(ordered.spans);
  const order = displayOrder(linked.parent);
  const count = ordered.spans.length;
  const rowOf = new Int32Array(count);
  for (let row = 0; row < count; row++) rowOf[order[row] ?? 0] = row;
  const parent = new Int32Array(count);
  const marks = new Uint8Array(count);
  const spans: TraceSpan[] = [];
  for (let row = 0; row < count; row++) {
    const at = order[row] ?? 0;
    const above = linked.parent[at] ?? -1;
    parent[row] = above === -1 ? -1 : (rowOf[above] ?? -1);
    marks[row] = linked.marks[at] ?? 0;
    const span = ordered.spans[at];
    if (span === undefined) continue;
    spans.push(span);
    if (span.status === "error") mark(marks, row, MARKS.error);
  }
  const shape = measureShape(parent, marks);
  const times = measureTimes(ordered, order, parent, marks);
  const { services, service } = indexServices(spans);
  return {
    traceId: trace.traceId,
    count,
    spans,
    parent,
    marks,
    ...shape,
    ...times,
    services,
    service,
    originNs: ordered.originNs,
  };
}

/** Pre-order over first-child and next-sibling links; canonical order among siblings. */
function displayOrder(parent: Int32Array): Int32Array {
  const count = parent.length;
  const firstChild = new Int32Array(count).fill(-1);
  const sibling = new Int32Array(count).fill(-1);
  let firstRoot = -1;
  for (let i = count - 1; i >= 0; i--) {
    const above = parent[i] ?? -1;
    sibling[i] = above === -1 ? firstRoot : (firstChild[above] ?? -1);
    if (above === -1) firstRoot = i;
    else firstChild[above] = i;
  }
  const order = new Int32Array(count);
  let row = 0;
  let at = firstRoot;
  while (at !== -1) {
    order[row++] = at;
    let onward = firstChild[at] ?? -1;
    for (let up = at; onward === -1 && up !== -1; up = parent[up] ?? -1) onward = sibling[up] ?? -1;
    at = onward;
  }
  return order;
}

function measureShape(parent: Int32Array, marks: Uint8Array) {
  const count = parent.length;
  const depth = new Int32Array(count);
  const next = new Int32Array(count);
  const errorsBelow = new Int32Array(count);
  const errors: number[] = [];
  let maxDepth = 0;
  let roots = 0;
  for (let row = 0; row < count; row++) {
    const above = parent[row] ?? -1;
    const level = above === -1 ? 0 : (depth[above] ?? 0) + 1;
    depth[row] = level;
    if (level > maxDepth) maxDepth = level;
    if (above === -1) roots++;
    if (((marks[row] ?? 0) & MARKS.error) !== 0) errors.push(row);
  }
  // Descendants follow their ancestors, so one pass from the end finishes each row before its parent.
  for (let row = count - 1; row >= 0; row--) {
    const end = Math.max(next[row] ?? 0, row + 1);
    next[row] = end;
    const isError = ((marks[row] ?? 0) & MARKS.error) !== 0;
    if (isError && errorsBelow[row] === 0) mark(marks, row, MARKS.errorOrigin);
    const above = parent[row] ?? -1;
    if (above === -1) continue;
    next[above] = Math.max(next[above] ?? 0, end);
    errorsBelow[above] = (errorsBelow[above] ?? 0) + (errorsBelow[row] ?? 0) + (isError ? 1 : 0);
  }
  return { depth, next, errorsBelow, errorRows: Int32Array.from(errors), maxDepth, roots };
}

/** Zipkin rounds to 1 µs, OTLP does not: spans of both differ by that much without any skew. The API's own tolerance. */
const ROUNDING_NS = 2000;

/** Sums in whole ns, which float64 holds exactly, and turns to µs at the end. */
function measureTimes(ordered: OrderedSpans, order: Int32Array, parent: Int32Array, marks: Uint8Array) {
  const count = order.length;
  const start = Float64Array.from(order, (at) => ordered.startNs[at] ?? 0);
  const end = Float64Array.from(order, (at) => (ordered.startNs[at] ?? 0) + (ordered.durationNs[at] ?? 0));
  // Per parent: children's time so far, and up to where it is covered. Siblings come by start, so one pass will do.
  const covered = new Float64Array(count);
  const coveredTo = new Float64Array(count);
  let duration = 0;
  for (let row = 0; row < count; row++) {
    const from = start[row] ?? 0;
    const to = end[row] ?? 0;
    if (to > duration) duration = to;
    const above = parent[row] ?? -1;
    if (above === -1) continue;
    if (from + ROUNDING_NS < (start[above] ?? 0)) mark(marks, row, MARKS.startsBeforeParent);
    if (to > (end[above] ?? 0) + ROUNDING_NS) mark(marks, row, MARKS.endsAfterParent);
    const left = Math.max(from, start[above] ?? 0, coveredTo[above] ?? 0);
    const right = Math.min(to, end[above] ?? 0);
    if (right <= left) continue;
    covered[above] = (covered[above] ?? 0) + right - left;
    coveredTo[above] = right;
  }
  return {
    startUs: start.map((ns) => ns / 1000),
    endUs: end.map((ns) => ns / 1000),
    selfUs: start.map((ns, row) => ((end[row] ?? 0) - ns - (covered[row] ?? 0)) / 1000),
    durationUs: duration / 1000,
  };
}

function indexServices(spans: readonly TraceSpan[]) {
  const tally = new Map<string, { spans: number; errors: number }>();
  for (const span of spans) {
    const entry = tally.get(span.service) ?? { spans: 0, errors: 0 };
    entry.spans++;
    if (span.status === "error") entry.errors++;
    tally.set(span.service, entry);
  }
  const colours = serviceColours([...tally.keys()]);
  const services: readonly TraceService[] = [...tally]
    .map(([name, entry], i) => ({ name, colour: colours[i] ?? 0, spans: entry.spans, errors: entry.errors }))
    .sort((a, b) => b.spans - a.spans || (a.name < b.name ? -1 : 1));
  const indexOf = new Map(services.map((entry, index) => [entry.name, index]));
  const service = Int32Array.from(spans, (span) => indexOf.get(span.service) ?? 0);
  return { services, service };
}

export function hasMark(tree: TraceTree, row: number, bit: keyof typeof MARKS): boolean {
  return ((tree.marks[row] ?? 0) & MARKS[bit]) !== 0;
}

export function hasChildren(tree: TraceTree, row: number): boolean {
  return (tree.next[row] ?? 0) > row + 1;
}

export function descendantCount(tree: TraceTree, row: number): number {
  return Math.max(0, (tree.next[row] ?? 0) - row - 1);
}

/** Palette index of the row's service. */
export function colourOf(tree: TraceTree, row: number): number {
  return tree.services[tree.service[row] ?? 0]?.colour ?? 0;
}
