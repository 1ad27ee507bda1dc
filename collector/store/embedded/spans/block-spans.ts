/**
 * Rows of a block → canonical spans. In: a block and rows. Out: spans with real maps for who keeps them, or with
 * attributes that are read when they are asked for, for who looks at a few and throws the span away.
 */
import {
  type Attributes,
  type AttributeValue,
  parseSpanId,
  parseTraceId,
  SPAN_KINDS,
  type Span,
  type TraceId,
} from "../../../../lib/model/span.ts";
import type { Block } from "./block.ts";
import { hexWord } from "./block-math.ts";
import { BlockDamaged, type OpenHead } from "./block-parts.ts";
import { EXTRAS, readEvents, readLinks, readValue } from "./value-code.ts";

const STATUSES: readonly Span["status"][] = ["unset", "ok", "error"];

/** Where the values of a row stand. */
class RowValues {
  private readonly block: Block;
  private readonly opened: OpenHead;
  private readonly row: number;
  readonly shape: readonly number[];
  private before: Uint32Array | undefined;

  constructor(block: Block, row: number, combo: number) {
    this.block = block;
    this.opened = block.open();
    this.row = row;
    this.shape = this.opened.head.shapes[this.opened.combos.fields.shape.at(combo)] ?? [];
  }

  bytes(key: number): Uint8Array {
    this.before ??= this.block.shapesBefore(this.row);
    const { shapes } = this.opened.head;
    let occurrence = 0;
    for (let shape = 0; shape < shapes.length; shape++) {
      const count = this.before[shape] ?? 0;
      if (count > 0 && shapes[shape]?.includes(key) === true) occurrence += count;
    }
    const { values, ids } = this.block.key(key);
    return values.at(ids === undefined ? occurrence : ids.at(occurrence));
  }

  isExtra(key: number): boolean {
    return (this.opened.head.keys[key]?.[1] ?? -1) >= 0;
  }

  name(key: number): string {
    return this.opened.head.keys[key]?.[0] ?? "";
  }

  /** Key by name, where the row has it. */
  find(name: string): number | undefined {
    const key = this.opened.keyOf.get(name);
    return key !== undefined && this.shape.includes(key) ? key : undefined;
  }

  attributes(): Map<string, AttributeValue> {
    const found = new Map<string, AttributeValue>();
    for (const key of this.shape) if (!this.isExtra(key)) found.set(this.name(key), readValue(this.bytes(key)));
    return found;
  }

  /** Tag, then payload; undefined where the row has none of it. */
  extra(extra: (typeof EXTRAS)[number]): Uint8Array | undefined {
    const key = this.shape.find((index) => this.opened.head.keys[index]?.[1] === EXTRAS.indexOf(extra));
    return key === undefined ? undefined : this.bytes(key);
  }
}

/** Attributes that are read when they are asked for. */
class RowAttributes implements Attributes {
  private readonly row: RowValues;
  private whole: Map<string, AttributeValue> | undefined;

  constructor(row: RowValues) {
    this.row = row;
  }

  private all(): Map<string, AttributeValue> {
    this.whole ??= this.row.attributes();
    return this.whole;
  }

  get(name: string): AttributeValue | undefined {
    if (this.whole !== undefined) return this.whole.get(name);
    const key = this.row.find(name);
    return key === undefined ? undefined : readValue(this.row.bytes(key));
  }

  has(name: string): boolean {
    return this.row.find(name) !== undefined;
  }

  get size(): number {
    return this.all().size;
  }

  forEach(visit: (value: AttributeValue, key: string, map: Attributes) => void): void {
    for (const [key, value] of this.all()) visit(value, key, this);
  }

  entries(): MapIterator<[string, AttributeValue]> {
    return this.all().entries();
  }

  keys(): MapIterator<string> {
    return this.all().keys();
  }

  values(): MapIterator<AttributeValue> {
    return this.all().values();
  }

  [Symbol.iterator](): MapIterator<[string, AttributeValue]> {
    return this.all().entries();
  }
}

function wide(low: number, high: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}

export function traceIdOf(block: Block, trace: number): TraceId {
  const id = parseTraceId(
    block
      .traces()
      .map((words) => hexWord(words.at(trace)))
      .join(""),
  );
  if (id === undefined) throw new BlockDamaged("trace id");
  return id;
}

/** Unix ns. */
export function startOf(block: Block, row: number): bigint {
  const [low, high] = block.pair("start");
  return block.open().startNs + wide(low.at(row), high.at(row));
}

export function durationOf(block: Block, row: number): bigint {
  const [low, high] = block.pair("duration");
  return wide(low.at(row), high.at(row));
}

function extrasOf(values: RowValues): Pick<Span, "events" | "links" | "shared" | "statusMessage" | "traceState"> {
  if (!values.shape.some((key) => values.isExtra(key))) return { shared: false, events: [], links: [] };
  const text = (extra: "message" | "traceState"): string | undefined => {
    const bytes = values.extra(extra);
    const value = bytes === undefined ? undefined : readValue(bytes);
    return typeof value === "string" ? value : undefined;
  };
  const message = text("message");
  const traceState = text("traceState");
  const events = values.extra("events");
  const links = values.extra("links");
  return {
    shared: values.extra("shared") !== undefined,
    events: events === undefined ? [] : readEvents(events),
    links: links === undefined ? [] : readLinks(links),
    ...(message === undefined ? {} : { statusMessage: message }),
    ...(traceState === undefined ? {} : { traceState }),
  };
}

/** `lazy`: attributes are read from the block as long as the span lives; not to be kept, nor compared. */
export function spanOf(block: Block, row: number, traceId: TraceId, lazy: boolean): Span {
  const { combos, head } = block.open();
  const combo = block.one("combo").at(row);
  const { fields } = combos;
  const values = new RowValues(block, row, combo);
  const [idHigh, idLow] = block.pair("ids");
  const [parentHigh, parentLow] = block.pair("parents");
  const spanId = parseSpanId(hexWord(idHigh.at(row)) + hexWord(idLow.at(row)));
  const parentSpanId = parseSpanId(hexWord(parentHigh.at(row)) + hexWord(parentLow.at(row)));
  if (spanId === undefined) throw new BlockDamaged("span id");
  const scope = head.scopes[fields.scope.at(combo)];
  return {
    ...{ traceId, spanId },
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    kind: SPAN_KINDS[fields.kind.at(combo)] ?? "unspecified",
    startNs: startOf(block, row),
    durationNs: durationOf(block, row),
    service: block.string(fields.service.at(combo)),
    operation: block.string(fields.operation.at(combo)),
    status: STATUSES[fields.status.at(combo)] ?? "unset",
    attributes: lazy ? new RowAttributes(values) : values.attributes(),
    resource: block.resources()[fields.resource.at(combo)] ?? new Map(),
    ...(scope === null || scope === undefined ? {} : { scope: { name: scope[0], version: scope[1] } }),
    ...extrasOf(values),
  };
}

export function spanAt(block: Block, row: number): Span {
  return spanOf(block, row, traceIdOf(block, block.one("trace").at(row)), false);
}

/** Rows that start in [from, to), Unix ns. */
export function rowsWithin(block: Block, from: bigint, to: bigint): number[] {
  const { head, startNs, lastStartNs } = block.open();
  const rows = Array.from({ length: head.rows }, (_, row) => row);
  if (startNs >= from && lastStartNs < to) return rows;
  return rows.filter((row) => {
    const start = startOf(block, row);
    return start >= from && start < to;
  });
}
