/**
 * Closed slots into ClickHouse. In: slots and the id of the write; out: rows of every tier, each number under the id of what
 * it counts. Zeros are left out: a row's shape, which stands beside its numbers, says which columns it had. The same write
 * again has the same tokens and stores nothing.
 */
import type { ClosedSlot, RollupRow } from "../../../lib/model/rollup-row.ts";
import { encodeRow, RowWatch } from "../row-codec.ts";
import { jsonText } from "./attribute-text.ts";
import { ColumnIds, id64 } from "./column-ids.ts";
import type { Database } from "./database.ts";
import { type TableNames, TIER_MS, TIERS, type TierName } from "./names.ts";

const DAY_MS = 86_400_000;
/** Of JSON, per insert: below what makes ClickHouse cut a block in two. */
const PIECE_LINES = 500_000;

export class RollupWriter {
  private readonly database: Database;
  private readonly names: TableNames;
  private readonly member: string;
  private readonly ids = new ColumnIds();
  private readonly rowIds = new WeakMap<RollupRow, string>();
  private readonly watch = new RowWatch();
  private readonly writtenDay = new WeakMap<RollupRow, number>();
  /** Rows whose facts are to be written. */
  private readonly due = new Set<RollupRow>();

  constructor(database: Database, names: TableNames, member: string) {
    this.database = database;
    this.names = names;
    this.member = member;
  }

  private rowId(row: RollupRow): string {
    const known = this.rowIds.get(row) ?? id64(row.key);
    this.rowIds.set(row, known);
    return known;
  }

  async write(slots: readonly ClosedSlot[], writeId: string, nowMs: number): Promise<void> {
    const token = `${this.member}/${writeId}`;
    const shaped = new Map<TierName, string[]>(TIERS.map((tier) => [tier, this.lines(slots, tier)]));
    await this.describe(slots, nowMs);
    for (const tier of TIERS) {
      await this.insert(
        this.names.coverage(tier),
        ["Start", "Group", "Member", "CoveredMs"],
        this.coverage(slots, tier),
        token,
      );
      await this.insert(this.names.rollups(tier), ["Start", "RowId", "Column", "Value"], shaped.get(tier) ?? [], token);
    }
  }

  private async insert(
    table: string,
    columns: readonly string[],
    lines: readonly string[],
    token: string,
  ): Promise<void> {
    for (let at = 0; at < lines.length; at += PIECE_LINES) {
      const piece = lines.slice(at, at + PIECE_LINES).join("");
      await this.database.insert(table, columns, piece, `${token}/${at}`);
    }
  }

  private lines(slots: readonly ClosedSlot[], tier: TierName): string[] {
    const lines: string[] = [];
    for (const { startMs, rows } of slots) {
      const start = startSec(startMs, tier);
      for (const { row, values } of rows) {
        const { id, columns } = this.ids.shape(row, values.length);
        const head = `[${start},"${this.rowId(row)}",`;
        lines.push(`${head}"${id}",1]\n`);
        values.forEach((value, i) => {
          if (value !== 0 && Number.isFinite(value)) lines.push(`${head}"${columns[i] ?? id}",${value}]\n`);
        });
      }
    }
    return lines;
  }

  private coverage(slots: readonly ClosedSlot[], tier: TierName): string[] {
    const member = jsonText(this.member);
    return slots.flatMap(({ startMs, coveredMs }) =>
      [...coveredMs].map(([group, ms]) => `[${startSec(startMs, tier)},${jsonText(group)},${member},${ms}]\n`),
    );
  }

  /** What rows and columns mean, where it is new or was last told on another day. Told again, it changes nothing. */
  private async describe(slots: readonly ClosedSlot[], nowMs: number): Promise<void> {
    const { columns, rows } = this.names;
    const untold = this.ids.untold();
    const meanings = [...untold].map(([id, text]) => `["${id}",${jsonText(text)}]\n`);
    await this.tell(columns, ["Column", "Meaning"], meanings);
    this.ids.tell(untold.keys());
    const day = Math.floor(nowMs / DAY_MS);
    for (const { rows: own } of slots) {
      for (const { row } of own) if (this.watch.changed(row) || this.writtenDay.get(row) !== day) this.due.add(row);
    }
    const due = [...this.due];
    const head = (row: RollupRow): string => `["${this.rowId(row)}",${jsonText(this.member)}`;
    const facts = due.map((row) => `${head(row)},${jsonText(encodeRow(row))},${Math.round(nowMs)}]\n`);
    await this.tell(rows, ["RowId", "Member", "Facts", "Written"], facts);
    for (const row of due) {
      this.writtenDay.set(row, day);
      this.due.delete(row);
    }
  }

  private async tell(table: string, columns: readonly string[], lines: readonly string[]): Promise<void> {
    if (lines.length > 0) await this.insert(table, columns, lines, id64(lines.join("")));
  }
}

function startSec(startMs: number, tier: TierName): number {
  return (Math.floor(startMs / TIER_MS[tier]) * TIER_MS[tier]) / 1000;
}
