/**
 * The format of a data folder: `format.json` in it. In: a folder; out: the folder in this version's format, or why not.
 * One that an older version wrote is brought up to date step by step; each step can be cut short and done again, and the
 * number is written after it. One of a newer version, or of something else, is left as it is.
 */
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { err, ok, type Result } from "../../../lib/base/result.ts";
import { addSeenTimes } from "./rollups/migrate-rows.ts";

export const DATA_FORMAT = 2;
const NAME = "format.json";

export interface FormatError {
  readonly code: "data_too_new" | "data_foreign" | "data_unreadable";
  readonly message: string;
}

/** From the format before to this one. */
interface Migration {
  readonly to: number;
  run(folder: string): Promise<void>;
}

const MIGRATIONS: readonly Migration[] = [
  { to: 2, run: (folder) => addSeenTimes(join(folder, "rollups", "rows.log")) },
];

const formatSchema = z.object({ format: z.number().int().min(1) });

type Found =
  | { readonly kind: "new" }
  | { readonly kind: "foreign" }
  | { readonly kind: "ours"; readonly format: number };

/** What this process itself puts there before it asks. */
const OWN = /^(?:(?:collector|store)\.lock.*|format\.json\.next|wal|quarantine|checkpoints|lost\+found)$/;

async function find(folder: string): Promise<Found> {
  const names = await readdir(folder);
  if (names.includes(NAME)) {
    const { format } = formatSchema.parse(JSON.parse(await readFile(join(folder, NAME), "utf8")));
    return { kind: "ours", format };
  }
  return { kind: names.every((name) => OWN.test(name)) ? "new" : "foreign" };
}

async function write(folder: string, format: number): Promise<void> {
  const next = join(folder, `${NAME}.next`);
  await writeFile(next, `${JSON.stringify({ format })}\n`, { flush: true });
  await rename(next, join(folder, NAME));
}

/** Reads and changes nothing; null: the folder is new. Errors: as below. */
export async function checkDataFormat(folder: string): Promise<Result<number | null, FormatError>> {
  try {
    const found = await find(folder);
    if (found.kind === "new") return ok(null);
    if (found.kind === "foreign") {
      const message = `${folder} holds files that are not Meshscope's (data): choose an empty folder or one of its own`;
      return err({ code: "data_foreign", message });
    }
    if (found.format <= DATA_FORMAT) return ok(found.format);
    const message = `${folder} was written by a newer version (format ${found.format}, this one knows up to ${DATA_FORMAT}): start that version, or set data to another folder`;
    return err({ code: "data_too_new", message });
  } catch (error) {
    return err({ code: "data_unreadable", message: `${folder} cannot be read (data): ${String(error)}` });
  }
}

/**
 * For whoever holds the folder's lock. Errors: `data_too_new`, `data_foreign`, `data_unreadable`; nothing was changed then,
 * unless a step of a migration failed, which is done again the next time.
 */
export async function prepareDataFolder(folder: string): Promise<Result<void, FormatError>> {
  try {
    await mkdir(folder, { recursive: true });
    const found = await checkDataFormat(folder);
    if (!found.ok) return found;
    for (const { to, run } of MIGRATIONS) {
      if (found.value === null || found.value >= to) continue;
      await run(folder);
      await write(folder, to);
    }
    if (found.value === null) await write(folder, DATA_FORMAT);
    return ok(undefined);
  } catch (error) {
    return err({ code: "data_unreadable", message: `${folder} cannot be brought up to date (data): ${String(error)}` });
  }
}
