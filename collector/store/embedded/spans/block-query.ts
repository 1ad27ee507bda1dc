/**
 * The conditions of a search that speak of one span, against a block: which rows satisfy all of them. In: a query whose
 * expressions are well formed; blocks. Out: rows in order. First what many spans share is looked at (service, operation,
 * kind, status, the order of keys), then the values that the asked keys have, and rows only where both leave any.
 */

import { SPAN_KINDS } from "../../../../lib/model/span.ts";
import type { AttrExpression } from "../../../../lib/query/attr-expression.ts";
import type { TraceQuery } from "../../../../lib/query/span-store.ts";
import { msToNs } from "../../../../lib/query/trace-match.ts";
import type { Block } from "./block.ts";
import { AttrQuery } from "./block-attr.ts";
import { durationStep } from "./block-math.ts";
import { grown } from "./kernel-heap.ts";
import { HEAD_ROWS, type Work } from "./work.ts";

const KINDS: readonly string[] = SPAN_KINDS;
const STATUSES = ["unset", "ok", "error"];
const MAX_NS = 1n << 64n;

/** Combos of the rows at hand: of one block at a time, and nothing waits in between. */
let scratch = new Uint32Array(1024);

/** A test of one attribute of a row; `by` is undefined where the row's resource has decided. */
interface ColumnTest {
  readonly key: number;
  readonly shapes: Uint8Array;
  readonly by: (occurrence: number) => boolean;
}

function words(ns: bigint): readonly [number, number] {
  return [Number(ns & 0xffffffffn), Number(ns >> 32n)];
}

/** At least [low, high]. */
function isFrom(low: number, high: number, [boundLow, boundHigh]: readonly [number, number]): boolean {
  return high > boundHigh || (high === boundHigh && low >= boundLow);
}

export class BlockQuery {
  private readonly fromNs: bigint;
  private readonly toNs: bigint;
  private readonly leastNs: bigint;
  /** The first that is too long. */
  private readonly overNs: bigint;
  private readonly query: TraceQuery;
  private readonly attrs: readonly AttrQuery[];

  constructor(query: TraceQuery, expressions: readonly AttrExpression[]) {
    this.query = query;
    this.fromNs = msToNs(query.start);
    this.toNs = msToNs(query.end);
    this.leastNs = query.minDurationMs === undefined ? 0n : msToNs(query.minDurationMs);
    this.overNs = query.maxDurationMs === undefined ? MAX_NS : msToNs(query.maxDurationMs) + 1n;
    this.attrs = expressions.map((expression) => new AttrQuery(expression));
  }

  /** Rows that satisfy all conditions, in order. */
  rows(block: Block, work: Work): number[] {
    work.add(HEAD_ROWS);
    const opened = block.open();
    if (opened.lastStartNs < this.fromNs || opened.startNs >= this.toNs) return [];
    const allowed = this.combos(block);
    const tests: ColumnTest[] = [];
    for (const attr of this.attrs) {
      if (!allowed.includes(1)) return [];
      const test = this.attribute(block, attr, allowed, work);
      if (test !== undefined) tests.push(test);
    }
    return allowed.includes(1) ? this.scan(block, allowed, tests, work) : [];
  }

  /** By combo, whether its spans may satisfy what is shared, and how long they are. */
  private combos(block: Block): Uint8Array {
    const { query } = this;
    const { fields, least, most, count } = block.open().combos;
    const { service, operation, kind, status } = query;
    const allowed = new Uint8Array(count).fill(1);
    const keep = (holds: (combo: number) => boolean): void => {
      for (let i = 0; i < count; i++) if (allowed[i] === 1 && !holds(i)) allowed[i] = 0;
    };
    if (service !== undefined && service.length > 0) {
      const wanted = block.stringsAmong(service);
      if (!wanted.includes(1)) return new Uint8Array(0);
      keep((i) => wanted[fields.service.at(i)] === 1);
    }
    if (operation !== undefined && operation.length > 0) {
      const wanted = block.stringsAmong(operation);
      if (!wanted.includes(1)) return new Uint8Array(0);
      keep((i) => wanted[fields.operation.at(i)] === 1);
    }
    if (kind !== undefined && kind.length > 0) {
      const wanted = new Set(kind.map((name) => KINDS.indexOf(name)));
      keep((i) => wanted.has(fields.kind.at(i)));
    }
    if (status !== undefined) {
      const wanted = STATUSES.indexOf(status);
      keep((i) => fields.status.at(i) === wanted);
    }
    if (this.leastNs > 0n) {
      const step = durationStep(Number(this.leastNs), false);
      keep((i) => most.at(i) >= step);
    }
    if (this.overNs < MAX_NS) {
      const step = durationStep(Number(this.overNs), true);
      keep((i) => least.at(i) <= step);
    }
    return allowed;
  }

  /** Takes combos away whose spans cannot satisfy it; the test that is left for the others, if there is any. */
  private attribute(block: Block, attr: AttrQuery, allowed: Uint8Array, work: Work): ColumnTest | undefined {
    const { combos, head, keyOf } = block.open();
    const key = keyOf.get(attr.key) ?? -1;
    const shapes = Uint8Array.from(head.shapes, (keys) => (keys.includes(key) ? 1 : 0));
    const inColumn = (combo: number): boolean => shapes[combos.fields.shape.at(combo)] === 1;
    const asked = key >= 0 && allowed.some((holds, combo) => holds === 1 && inColumn(combo));
    const possible = asked && attr.isPossible(block, key);
    const by = possible ? attr.occurrences(block, key, work) : undefined;
    const resources: (boolean | undefined)[] = [];
    for (let combo = 0; combo < allowed.length; combo++) {
      if (allowed[combo] === 0) continue;
      if (inColumn(combo)) {
        if (by === undefined) allowed[combo] = 0;
        continue;
      }
      const resource = combos.fields.resource.at(combo);
      resources[resource] ??= attr.ofResource(block.resources()[resource] ?? new Map());
      if (resources[resource] === false) allowed[combo] = 0;
    }
    return by === undefined ? undefined : { key, shapes, by };
  }

  /** Whether a row's start and duration are within the bounds; undefined: every row's are. */
  private times(block: Block): ((row: number) => boolean) | undefined {
    const { startNs, lastStartNs } = block.open();
    const checks: ((row: number) => boolean)[] = [];
    if (startNs < this.fromNs || lastStartNs >= this.toNs) {
      const [low, high] = block.pair("start");
      const from = words(this.fromNs > startNs ? this.fromNs - startNs : 0n);
      const to = words(this.toNs - startNs);
      checks.push((row) => {
        const [rowLow, rowHigh] = [low.at(row), high.at(row)];
        return isFrom(rowLow, rowHigh, from) && !isFrom(rowLow, rowHigh, to);
      });
    }
    if (this.leastNs > 0n || this.overNs < MAX_NS) {
      const [low, high] = block.pair("duration");
      const least = words(this.leastNs);
      const over = words(this.overNs);
      checks.push((row) => {
        const [rowLow, rowHigh] = [low.at(row), high.at(row)];
        return isFrom(rowLow, rowHigh, least) && !isFrom(rowLow, rowHigh, over);
      });
    }
    const [first, second] = checks;
    return second === undefined || first === undefined ? first : (row) => first(row) && second(row);
  }

  private scan(block: Block, allowed: Uint8Array, tests: readonly ColumnTest[], work: Work): number[] {
    const { combos, head } = block.open();
    work.add(head.rows * (1 + tests.length));
    scratch = grown(scratch, head.rows);
    const rowCombos = scratch;
    block.one("combo").into(rowCombos);
    const inTime = this.times(block);
    const rows: number[] = [];
    if (tests.length === 0) {
      for (let row = 0; row < head.rows; row++) {
        if (allowed[rowCombos[row] ?? 0] === 1 && (inTime === undefined || inTime(row))) rows.push(row);
      }
      return rows;
    }
    const shape = combos.fields.shape.all();
    const inColumn = tests.map((test) => Uint8Array.from(shape, (number) => test.shapes[number] ?? 0));
    const seen = new Uint32Array(tests.length);
    for (let row = 0; row < head.rows; row++) {
      const at = rowCombos[row] ?? 0;
      let holds = allowed[at] === 1 && (inTime === undefined || inTime(row));
      for (let i = 0; i < tests.length; i++) {
        if (inColumn[i]?.[at] !== 1) continue;
        const occurrence = seen[i] ?? 0;
        seen[i] = occurrence + 1;
        if (holds) holds = tests[i]?.by(occurrence) === true;
      }
      if (holds) rows.push(row);
    }
    return rows;
  }
}
