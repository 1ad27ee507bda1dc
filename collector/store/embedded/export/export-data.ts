/**
 * A data folder as Parquet. In: the folder, whether a collector runs on it or not, and a stretch of time; out: files of
 * spans and of rollups, and how many rows went into them. Memory is bounded by one file's rows. Nothing of the data folder
 * is changed. Errors: those of the folder's format, `export_not_empty`.
 */
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { err, ok, type Result } from "../../../../lib/base/result.ts";
import type { RollupTier } from "../../../../lib/query/rollup-store.ts";
import { checkDataFormat } from "../data-format.ts";
import { EmbeddedRollups } from "../rollups/embedded-rollups.ts";
import { EmbeddedSpanStore } from "../spans/embedded-span-store.ts";
import { ParquetWriter } from "./parquet.ts";
import { appendRollup, ROLLUPS_TABLE } from "./rollups-table.ts";
import { appendSpan, SPANS_TABLE } from "./spans-table.ts";
import { viewOfSpans } from "./spans-view.ts";

export interface ExportRequest {
  readonly dataFolder: string;
  /** Made; nothing may be in it yet. */
  readonly out: string;
  /** Unix ms, [start, end). */
  readonly startMs: number;
  readonly endMs: number;
  readonly tiers: readonly RollupTier[];
  /** Which of the tiers. */
  readonly slotMs: number;
  /** Default 100,000. */
  readonly rowsPerFile?: number;
  readonly report: (what: string) => void;
}

export interface Exported {
  readonly spans: number;
  readonly rollups: number;
  readonly files: readonly string[];
}

interface ExportError {
  readonly code: string;
  readonly message: string;
}

const FOREVER_MS = 100 * 365 * 86_400_000;

async function exportSpans({ dataFolder, out, startMs, endMs, rowsPerFile, report }: ExportRequest) {
  const view = join(out, ".view");
  await viewOfSpans(join(dataFolder, "spans"), view);
  const store = await EmbeddedSpanStore.open({ folder: view, retainMs: FOREVER_MS, maxBytes: 2 ** 50, report });
  const writer = await ParquetWriter.open(out, SPANS_TABLE, rowsPerFile);
  for await (const spans of store.export(startMs, endMs)) {
    for (const span of spans) await writer.add((appender) => appendSpan(appender, span));
  }
  await writer.close();
  await store.close();
  await rm(view, { recursive: true, force: true });
  return writer;
}

async function exportRollups({ dataFolder, out, tiers, slotMs, startMs, endMs, rowsPerFile }: ExportRequest) {
  const folder = join(dataFolder, "rollups");
  const options = { folder, tiers, maxBytes: Number.POSITIVE_INFINITY, nowMs: () => endMs, isReadOnly: true };
  const store = await EmbeddedRollups.open(options);
  const writer = await ParquetWriter.open(out, ROLLUPS_TABLE, rowsPerFile);
  for (const start of store.slotsIn(slotMs, startMs, endMs)) {
    const { rows, coveredMs } = await store.read(slotMs, start, start + slotMs);
    for (const one of rows) {
      const slot = { ...one, startMs: start, slotMs, coveredMs: coveredMs.get(one.row.group) ?? 0 };
      await writer.add((appender) => appendRollup(appender, slot));
    }
  }
  await writer.close();
  await store.close();
  return writer;
}

export async function exportData(request: ExportRequest): Promise<Result<Exported, ExportError>> {
  const { dataFolder, out } = request;
  const format = await checkDataFormat(dataFolder);
  if (!format.ok) return format;
  await mkdir(out, { recursive: true });
  if ((await readdir(out)).length > 0) {
    return err({ code: "export_not_empty", message: `${out} is not empty (--out): choose a new folder` });
  }
  const spans = await exportSpans(request);
  const rollups = await exportRollups(request);
  return ok({ spans: spans.rows, rollups: rollups.rows, files: [...spans.files, ...rollups.files] });
}
