/**
 * Batches of the logs into ClickHouse, each once. In: batches of one log, in order; out: rows, and how far each log is. A
 * group is one insert with a token of its batches' ids, sent again until it is taken, by whoever asks again; after a crash
 * the group that was under way is made again as it was, and asked for before it is sent. Small groups are held back so that
 * one log makes two inserts a second at most.
 */
import { comparePositions, type LoggedBatch, type LogPosition } from "../../../lib/query/store-engine.ts";
import { jsonText } from "./attribute-text.ts";
import type { Database } from "./database.ts";
import { writeFault } from "./faults.ts";
import type { Marks } from "./marks.ts";
import type { TableNames } from "./names.ts";
import { GroupMaker, type SpanGroup } from "./span-group.ts";
import { SPAN_COLUMNS } from "./span-row.ts";
import { SqlValues } from "./sql.ts";

const LARGE_GROUP = 10_000;
const SPACING_MS = 500;
/** Operations that are known to be listed today. */
const MOST_OPERATIONS = 200_000;
const DAY_MS = 86_400_000;
const IDS_A_TIME = 1_000;

export interface WriterParts {
  readonly database: Database;
  readonly names: TableNames;
  readonly marks: Marks;
  readonly member: string;
  readonly nowMs: () => number;
  readonly wait: (ms: number) => Promise<void>;
}

export class SpanWriter {
  private readonly parts: WriterParts;
  private readonly lastMs = new Map<string, number>();
  /** Groups that a process before this one was sending when it ended, by log: their ends. */
  private readonly inherited: Map<string, LogPosition>;
  /** By service and operation. */
  private readonly listed = new Set<string>();
  private listedDay = 0;

  constructor(parts: WriterParts) {
    this.parts = parts;
    const { marks } = parts;
    const open = [...marks.all().keys()].flatMap((log) => {
      const end = marks.unsettled(log);
      return end === undefined ? [] : [[log, end] as const];
    });
    this.inherited = new Map(open);
  }

  /** Rejects with `store_unavailable`: ask again; with `batch_refused`: one of the bodies cannot be stored. */
  async ingest(batches: readonly LoggedBatch[]): Promise<void> {
    const { marks } = this.parts;
    let rest = batches.filter(({ log, position }) => comparePositions(position, marks.through(log)) > 0);
    while (rest.length > 0) {
      const { group, taken } = this.nextGroup(rest);
      if (group !== undefined) await this.store(group);
      rest = rest.slice(taken);
    }
  }

  private nextGroup(batches: readonly LoggedBatch[]): {
    readonly group: SpanGroup | undefined;
    readonly taken: number;
  } {
    const end = this.parts.marks.unsettled(batches[0]?.log ?? "");
    const maker = new GroupMaker(this.parts.member);
    let taken = 0;
    for (const batch of batches) {
      if (end === undefined ? maker.isFull : taken > 0 && comparePositions(batch.position, end) > 0) break;
      maker.add(batch);
      taken++;
    }
    return { group: maker.made(), taken };
  }

  async store(group: SpanGroup): Promise<void> {
    const { marks } = this.parts;
    const { log, to } = group;
    await this.pace(group);
    await marks.intend(log, to);
    try {
      const inherited = this.inherited.get(log);
      if (inherited === undefined || !(await this.isStored(group))) await this.send(group);
    } catch (error) {
      throw writeFault(error);
    }
    this.inherited.delete(log);
    marks.settle(log, to);
    this.lastMs.set(log, this.parts.nowMs());
  }

  private async pace({ log, spans }: SpanGroup): Promise<void> {
    const since = this.parts.nowMs() - (this.lastMs.get(log) ?? Number.NEGATIVE_INFINITY);
    if (spans < LARGE_GROUP && since >= 0 && since < SPACING_MS) await this.parts.wait(SPACING_MS - since);
  }

  /** What tokens forget with time, the rows themselves still say. */
  private async isStored({ ids, spans }: SpanGroup): Promise<boolean> {
    const { database, names, member } = this.parts;
    let found = 0;
    for (let at = 0; at < ids.length; at += IDS_A_TIME) {
      const values = new SqlValues();
      const batches = values.texts(ids.slice(at, at + IDS_A_TIME));
      const text = `SELECT uniqExact(MeshscopeBatch, MeshscopeRow) FROM ${names.spans}
WHERE MeshscopeMember = ${values.text(member)} AND MeshscopeBatch IN ${batches}`;
      const [row] = await database.rows(values.sql(text));
      found += Number(row?.[0] ?? 0);
    }
    return found === spans;
  }

  /** Spans last: whoever sees a span finds when its trace was. */
  private async send({ token, traceLines, spanLines, operations, spans }: SpanGroup): Promise<void> {
    if (spans === 0) return;
    const { database, names } = this.parts;
    await this.list(operations, token);
    const times = ["TraceId", "Start", "End", "MeshscopeReceived"];
    await database.insert(names.traceTimes, times, traceLines, token);
    await database.insert(names.spans, SPAN_COLUMNS, spanLines, token);
  }

  /** The operations that were not listed today. */
  private async list(operations: SpanGroup["operations"], token: string): Promise<void> {
    const { database, names, nowMs } = this.parts;
    const day = Math.floor(nowMs() / DAY_MS);
    if (day !== this.listedDay || this.listed.size > MOST_OPERATIONS) this.listed.clear();
    this.listedDay = day;
    const fresh = [...operations].flatMap(([service, names]) =>
      [...names].map((name) => `[${jsonText(service)},${jsonText(name)}`).filter((key) => !this.listed.has(key)),
    );
    if (fresh.length === 0) return;
    const seen = Math.floor(nowMs() / 1000);
    const lines = fresh.map((key) => `${key},${seen}]\n`).join("");
    await database.insert(names.operations, ["ServiceName", "SpanName", "Seen"], lines, token);
    for (const key of fresh) this.listed.add(key);
  }
}
