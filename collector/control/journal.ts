/**
 * An append-only file of JSON lines: in the file, and durable, before `append` resolves. In: values; out: on opening, all
 * that were appended, in order. A line that was cut by a crash is cut off on opening and counted; one that is whole and no
 * JSON is a fault of the disk and stops the opening. One writer; appends run in the order of their calls. What must not be
 * held up by a disk is owed to it: written in its turn, before whatever comes next, as soon as the disk takes it.
 */
import { constants, mkdirSync } from "node:fs";
import { type FileHandle, open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { err, ok, type Result } from "../../lib/base/result.ts";
import { failpoint } from "../telemetry/failpoint.ts";

/** What is kept in memory because its disk does not take it: how much, since when (Unix ms), why. */
export interface Owed {
  readonly records: number;
  readonly sinceMs: number;
  readonly message: string;
}

/** Whoever owes something to a disk. */
export interface Owing {
  readonly owed: Owed | null;
  settleOwed(): Promise<boolean>;
}

export interface Dated {
  readonly atMs: number;
}

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

export class Journal implements Owing {
  private readonly path: string;
  private file: FileHandle;
  private last: Promise<unknown> = Promise.resolve();
  private size: number;
  /** The last whole line of the file, and the one that was tried last: by them it is known again. */
  private lastLine: Buffer;
  private tried: Buffer = Buffer.alloc(0);
  /** After a failure: the file may end in a part of a line, or be of a disk that was mounted anew since. */
  private isDoubtful = false;
  private readonly owing: Dated[] = [];
  private cause = "";

  private constructor(path: string, file: FileHandle, whole: Buffer) {
    this.path = path;
    this.file = file;
    this.size = whole.length;
    this.lastLine = Buffer.from(whole.subarray(whole.subarray(0, -1).lastIndexOf(10) + 1));
  }

  static async open(path: string): Promise<Result<OpenedJournal, JournalFault>> {
    mkdirSync(dirname(path), { recursive: true });
    const file = await open(path, "a+");
    try {
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
      return ok({ journal: new Journal(path, file, bytes.subarray(0, size)), entries, cutBytes });
    } catch (error) {
      await file.close().catch(() => {});
      throw error;
    }
  }

  /** Rejects when the value is not durable; what was written of it is cut off, so that a later append is whole. */
  append(value: unknown): Promise<void> {
    return this.inTurn(async () => {
      await this.writeOwed();
      await this.write(value);
    });
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.last.then(work);
    this.last = done.catch(() => {});
    return done;
  }

  /** Durable now (true), or kept until the disk takes it. It is behind what was appended before it. */
  owe(value: Dated): Promise<boolean> {
    return this.settle(value);
  }

  get owed(): Owed | null {
    const [first] = this.owing;
    if (first === undefined || this.cause === "") return null;
    return { records: this.owing.length, sinceMs: first.atMs, message: this.cause };
  }

  /** Tries what is owed. True: nothing is any more. */
  settleOwed(): Promise<boolean> {
    return this.settle();
  }

  private settle(...more: readonly Dated[]): Promise<boolean> {
    const settled = this.inTurn(() => {
      this.owing.push(...more);
      return this.writeOwed();
    });
    return settled.then(
      () => true,
      () => false,
    );
  }

  private async writeOwed(): Promise<void> {
    for (let value = this.owing[0]; value !== undefined; value = this.owing[0]) {
      try {
        await this.write(value);
      } catch (error) {
        this.cause = error instanceof Error ? error.message : String(error);
        throw error;
      }
      this.owing.shift();
    }
    this.cause = "";
  }

  private async reopen(): Promise<void> {
    const flags = this.size === 0 ? "a+" : constants.O_RDWR | constants.O_APPEND;
    const file = await open(this.path, flags);
    try {
      const { size } = await file.stat();
      if (!(await this.isOurs(file, size)))
        throw new Error(`${this.path} lacks what was written to it: it is another file`);
      if (size > this.size) await file.truncate(this.size);
    } catch (error) {
      await file.close().catch(() => {});
      throw error;
    }
    await this.file.close().catch(() => {});
    this.file = file;
    this.isDoubtful = false;
  }

  /** Whether it has the last line where that was written, and behind it nothing but what was tried last, or a part of a line. */
  private async isOurs(file: FileHandle, size: number): Promise<boolean> {
    const rest = size - this.size;
    if (rest < 0 || rest > this.tried.length) return false;
    const from = this.size - this.lastLine.length;
    const { bytesRead, buffer } = await file.read(Buffer.alloc(this.lastLine.length + rest), { position: from });
    const tail = buffer.subarray(this.lastLine.length, bytesRead);
    if (!buffer.subarray(0, this.lastLine.length).equals(this.lastLine)) return false;
    return !tail.includes(10) || tail.equals(this.tried);
  }

  private async write(value: unknown): Promise<void> {
    const line = Buffer.from(`${JSON.stringify(value)}\n`);
    if (this.isDoubtful) await this.reopen();
    this.tried = line;
    try {
      failpoint("before-journal-append");
      await this.file.appendFile(line);
      await this.file.datasync();
      this.size += line.length;
      this.lastLine = line;
      failpoint("after-journal-append");
    } catch (error) {
      this.isDoubtful = true;
      await this.file.truncate(this.size).catch(() => {});
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.settleOwed();
    await this.last;
    await this.file.close();
  }
}
