/**
 * An append-only file of JSON lines: in the file, and durable, before `append` resolves. In: values; out: on opening, all
 * that were appended, in order. A line that was cut by a crash is cut off on opening and counted; one that is whole and no
 * JSON is a fault of the disk and stops the opening. One writer; appends run in the order of their calls.
 */
import { mkdirSync } from "node:fs";
import { type FileHandle, open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { err, ok, type Result } from "../../lib/base/result.ts";
import { failpoint } from "../telemetry/failpoint.ts";

export interface JournalFault {
  readonly code: "journal_unreadable";
  readonly message: string;
}

export interface OpenedJournal {
  readonly journal: Journal;
  readonly entries: readonly unknown[];
  /** Bytes of a last line that was never whole. */
  readonly cutBytes: number;
}

export class Journal {
  private readonly file: FileHandle;
  private last: Promise<void> = Promise.resolve();
  private size: number;

  private constructor(file: FileHandle, size: number) {
    this.file = file;
    this.size = size;
  }

  static async open(path: string): Promise<Result<OpenedJournal, JournalFault>> {
    mkdirSync(dirname(path), { recursive: true });
    const file = await open(path, "a+");
    const bytes = await readFile(path);
    const size = bytes.lastIndexOf(10) + 1;
    const lines = bytes.toString("utf8", 0, size).split("\n").slice(0, -1);
    const entries: unknown[] = [];
    for (const [i, line] of lines.entries()) {
      try {
        entries.push(JSON.parse(line));
      } catch {
        await file.close();
        return err({ code: "journal_unreadable", message: `${path}: line ${i + 1} is no JSON` });
      }
    }
    const cutBytes = bytes.length - size;
    if (cutBytes > 0) await file.truncate(size);
    return ok({ journal: new Journal(file, size), entries, cutBytes });
  }

  /** Rejects when the value is not durable; what was written of it is cut off, so that a later append is whole. */
  append(value: unknown): Promise<void> {
    const line = Buffer.from(`${JSON.stringify(value)}\n`);
    const done = this.last.then(() => this.write(line));
    this.last = done.catch(() => {});
    return done;
  }

  private async write(line: Buffer): Promise<void> {
    try {
      failpoint("before-journal-append");
      await this.file.appendFile(line);
      await this.file.datasync();
      this.size += line.length;
      failpoint("after-journal-append");
    } catch (error) {
      await this.file.truncate(this.size).catch(() => {});
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.last;
    await this.file.close();
  }
}
