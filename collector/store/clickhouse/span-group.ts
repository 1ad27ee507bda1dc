/**
 * Batches that go into ClickHouse together. In: batches of one log, in order; out: the rows of each table, and a token that
 * the same batches always have. A body that does not decode makes a group of itself and is refused.
 */
import type { Span } from "../../../lib/model/span.ts";
import type { LoggedBatch, LogPosition } from "../../../lib/query/store-engine.ts";
import { decodeSpans } from "../../../lib/wire/decode-spans.ts";
import { StoreFault } from "./faults.ts";
import { SpanRows } from "./span-row.ts";

/** A block of ClickHouse holds a million; one body has a few thousand at most. */
const MOST_SPANS = 50_000;
/** Offsets in a segment stay far below it. */
const OFFSET_BITS = 40n;

export type BatchOrigin = Pick<LoggedBatch, "log" | "position" | "id" | "receivedMs">;

export interface SpanGroup {
  readonly log: string;
  readonly to: LogPosition;
  readonly token: string;
  readonly ids: readonly string[];
  readonly spans: number;
  readonly spanLines: string;
  readonly traceLines: string;
  /** Operations by service. */
  readonly operations: ReadonlyMap<string, ReadonlySet<string>>;
}

export function positionNumber({ segment, offset }: LogPosition): bigint {
  return (BigInt(segment) << OFFSET_BITS) | BigInt(offset);
}

interface Extent {
  first: bigint;
  last: bigint;
  receivedMs: number;
}

export class GroupMaker {
  private readonly member: string;
  private readonly lines: string[] = [];
  private readonly traces = new Map<string, Extent>();
  private readonly operations = new Map<string, Set<string>>();
  private readonly batches: BatchOrigin[] = [];

  constructor(member: string) {
    this.member = member;
  }

  get isFull(): boolean {
    return this.lines.length >= MOST_SPANS;
  }

  add(batch: LoggedBatch): void {
    const decoded = decodeSpans(batch.format, batch.body, batch.receivedMs);
    if (!decoded.ok) {
      const { code } = decoded.error;
      throw new StoreFault("batch_refused", `the body of batch ${batch.id} does not decode: ${code}`);
    }
    this.put(batch, decoded.value.spans);
  }

  /** A batch that was decoded. */
  put(batch: BatchOrigin, spans: readonly Span[]): void {
    const { id, position, receivedMs } = batch;
    this.note(spans, receivedMs);
    const rows = new SpanRows({ member: this.member, batch: id, position: positionNumber(position), receivedMs });
    spans.forEach((span, i) => {
      this.lines.push(rows.line(span, i));
    });
    this.batches.push(batch);
  }

  private note(spans: readonly Span[], receivedMs: number): void {
    for (const { traceId, startNs, service, operation } of spans) {
      const known = this.traces.get(traceId);
      if (known === undefined) this.traces.set(traceId, { first: startNs, last: startNs, receivedMs });
      else {
        if (startNs < known.first) known.first = startNs;
        if (startNs > known.last) known.last = startNs;
        known.receivedMs = Math.max(known.receivedMs, receivedMs);
      }
      const operations = this.operations.get(service);
      if (operations === undefined) this.operations.set(service, new Set([operation]));
      else operations.add(operation);
    }
  }

  /** Undefined while nothing was added. */
  made(): SpanGroup | undefined {
    const [first] = this.batches;
    const last = this.batches[this.batches.length - 1];
    if (first === undefined || last === undefined) return undefined;
    const traceLines = [...this.traces].map(
      ([id, { first: start, last: end, receivedMs }]) => `["${id}",${start},${end},${Math.round(receivedMs)}]\n`,
    );
    return {
      log: first.log,
      to: last.position,
      token: `${this.member}/${first.id}/${last.id}`,
      ids: this.batches.map(({ id }) => id),
      spans: this.lines.length,
      spanLines: this.lines.map((line) => `${line}\n`).join(""),
      traceLines: traceLines.join(""),
      operations: this.operations,
    };
  }
}
