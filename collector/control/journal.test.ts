import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { failingDisk } from "./failing-disk.ts";
import { Journal } from "./journal.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "meshscope-journal-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const path = () => join(folder, "a/b.jsonl");

async function opened() {
  const journal = await Journal.open(path());
  if (!journal.ok) throw new Error(journal.error.message);
  return journal.value;
}

describe("a journal", () => {
  test("gives back what was appended, in order, over restarts", async () => {
    const { journal } = await opened();
    await Promise.all(Array.from({ length: 50 }, (_, i) => journal.append({ i, text: "line\nbreak" })));
    await journal.close();
    const again = await opened();
    expect(again.entries).toEqual(Array.from({ length: 50 }, (_, i) => ({ i, text: "line\nbreak" })));
    await again.journal.append({ i: 50 });
    await again.journal.close();
    const last = await opened();
    expect(last.entries).toHaveLength(51);
    await last.journal.close();
  });

  test("cut at any byte it opens with the whole lines before, and takes further ones", async () => {
    const { journal } = await opened();
    for (let i = 0; i < 3; i++) await journal.append({ i, name: "größer" });
    await journal.close();
    const whole = readFileSync(path());
    for (let size = whole.length; size >= 0; size--) {
      rmSync(path());
      appendFileSync(path(), whole);
      truncateSync(path(), size);
      const cut = await opened();
      const lines = whole.subarray(0, size).filter((byte) => byte === 10).length;
      expect(cut.entries).toHaveLength(lines);
      expect(readFileSync(path()).length + cut.cutBytes).toBe(size);
      await cut.journal.append({ last: true });
      await cut.journal.close();
      const again = await opened();
      expect(again.entries.at(-1)).toEqual({ last: true });
      await again.journal.close();
    }
  });

  test("a whole line that is no JSON is a fault that is told with its place", async () => {
    const { journal } = await opened();
    await journal.append(1);
    await journal.close();
    appendFileSync(path(), "{broken\n");
    const again = await Journal.open(path());
    expect(again).toMatchObject({ ok: false, error: { code: "journal_unreadable" } });
    expect(again.ok ? "" : again.error.message).toContain("line 2");
  });

  test("owes what a disk does not take, and writes it, in order and once, before whatever comes next", async () => {
    const { journal } = await opened();
    await journal.append({ atMs: 1 });
    const mend = await failingDisk();
    expect([await journal.owe({ atMs: 2 }), await journal.owe({ atMs: 3 })]).toEqual([false, false]);
    await expect(journal.append({ atMs: 4 })).rejects.toThrow("EROFS");
    expect(journal.owed).toMatchObject({ records: 2, sinceMs: 2, message: expect.stringContaining("EROFS") });
    expect(await journal.settleOwed()).toBe(false);
    mend();
    await journal.append({ atMs: 5 });
    expect(journal.owed).toBeNull();
    expect(await journal.owe({ atMs: 6 })).toBe(true);
    await journal.close();
    expect((await opened()).entries).toEqual([1, 2, 3, 5, 6].map((atMs) => ({ atMs })));
  });

  test("after a failure goes on in what is at its path by then, and in no file that lacks what was written", async () => {
    const { journal } = await opened();
    await journal.append({ atMs: 1 });
    const mend = await failingDisk();
    expect(await journal.owe({ atMs: 2 })).toBe(false);
    mend();
    // The disk was mounted anew: another file of the same name, with a part of a line at its end.
    const kept = join(folder, "kept");
    copyFileSync(path(), kept);
    rmSync(path());
    writeFileSync(path(), "");
    expect(await journal.settleOwed()).toBe(false);
    expect(journal.owed?.message).toContain("it is another file");
    copyFileSync(kept, path());
    appendFileSync(path(), '{"at');
    expect(await journal.settleOwed()).toBe(true);
    await journal.close();
    expect((await opened()).entries).toEqual([{ atMs: 1 }, { atMs: 2 }]);
  });
});
