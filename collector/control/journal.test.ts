import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { failingDisk } from "./failing-disk.ts";
import { Journal } from "./journal.ts";
import { openFiles, tellsOpenFiles } from "./open-files.ts";

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

  test("what is owed comes after what was appended before it, and before what is appended after it", async () => {
    const { journal } = await opened();
    const done = [journal.append({ atMs: 1 }), journal.append({ atMs: 2 }), journal.owe({ atMs: 3 })];
    await Promise.all([...done, journal.append({ atMs: 4 })]);
    await journal.close();
    expect((await opened()).entries).toEqual([1, 2, 3, 4].map((atMs) => ({ atMs })));
  });

  test.each([
    ["as long, of other lines", "ours", '{"atMs":8}\n'],
    ["longer, of other lines", "ours", '{"atMs":8}\n{"atMs":7}\n'],
    ["ours up to there, and gone on with by somebody else", "ours", '{"atMs":1}\n{"atMs":7}\n'],
    ["longer, where ours was empty", "", '{"atMs":8}\n{"atMs":7}\n'],
  ])("after a failure leaves a file alone that is %s", async (_, first, other) => {
    const { journal } = await opened();
    if (first !== "") await journal.append({ atMs: 1 });
    const mend = await failingDisk();
    expect(await journal.owe({ atMs: 2 })).toBe(false);
    mend();
    rmSync(path());
    writeFileSync(path(), other);
    expect(await journal.settleOwed()).toBe(false);
    expect(journal.owed?.message).toContain("it is another file");
    expect(readFileSync(path(), "utf8")).toBe(other);
    await journal.close();
  });

  test("a line that is whole in the file though its disk said no is written once", async () => {
    const { journal } = await opened();
    await journal.append({ atMs: 1 });
    const mend = await failingDisk();
    expect(await journal.owe({ atMs: 2 })).toBe(false);
    mend();
    appendFileSync(path(), '{"atMs":2}\n');
    expect(await journal.settleOwed()).toBe(true);
    await journal.close();
    expect((await opened()).entries).toEqual([{ atMs: 1 }, { atMs: 2 }]);
  });

  test.runIf(tellsOpenFiles).each(["stat", "truncate"] as const)(
    "a try in vain (%s fails) leaves no file open",
    async (failing) => {
      const { journal } = await opened();
      await journal.append({ atMs: 1 });
      const mendFirst = await failingDisk();
      expect(await journal.owe({ atMs: 2 })).toBe(false);
      mendFirst();
      appendFileSync(path(), '{"at');
      const mend = await failingDisk("EIO: i/o error", failing);
      for (let i = 0; i < 3; i++) expect(await journal.settleOwed()).toBe(false);
      mend();
      expect(journal.owed?.message).toContain("EIO");
      expect(openFiles(folder)).toEqual([path()]);
      expect(await journal.settleOwed()).toBe(true);
      await journal.close();
    },
  );

  test.runIf(tellsOpenFiles)("one that cannot be opened leaves no file open", async () => {
    await (await opened()).journal.close();
    appendFileSync(path(), '{"atMs":1}\n{"at');
    const mend = await failingDisk("EIO: i/o error", "truncate");
    await expect(Journal.open(path())).rejects.toThrow("EIO");
    mend();
    expect(openFiles(folder)).toEqual([]);
  });

  test("after a failure a file with nothing to cut off is not cut", async () => {
    const { journal } = await opened();
    await journal.append({ atMs: 1 });
    const mendFirst = await failingDisk();
    expect(await journal.owe({ atMs: 2 })).toBe(false);
    mendFirst();
    const mend = await failingDisk("EIO: i/o error", "truncate");
    expect(await journal.settleOwed()).toBe(true);
    mend();
    await journal.close();
  });
});
