import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AuditEntry } from "../../lib/query/schema/audit.ts";
import { AuditLog, type AuditQuery } from "./audit-log.ts";
import { duringNext, failingDisk } from "./failing-disk.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "meshscope-audit-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const ALL: AuditQuery = { limit: 200 };

function entry(id: string, more: Partial<AuditEntry> = {}): AuditEntry {
  return {
    ...{ id, atMs: Date.UTC(2026, 10, 26), actor: "ann", action: "promote", reason: "looks good", mesh: "istio" },
    ...{ cluster: "c1", namespace: "shop", object: "VirtualService reviews", rollout: "r1", intentId: `i-${id}` },
    ...{ revision: "7", outcome: "pending", before: "10 %", after: "25 %", evidence: null },
    ...more,
  };
}

async function opened(): Promise<AuditLog> {
  const log = await AuditLog.open(folder);
  if (!log.ok) throw new Error(log.error.message);
  return log.value;
}

describe("the audit", () => {
  test("keeps entries over restarts with their last outcome, newest first", async () => {
    const log = await opened();
    await log.write(entry("a", { atMs: Date.UTC(2026, 9, 31) }));
    await log.write(entry("b"));
    await log.write(entry("a", { atMs: Date.UTC(2026, 9, 31), outcome: "applied" }));
    await log.close();
    const again = await opened();
    expect(again.list(ALL)?.audit.map(({ id, outcome }) => [id, outcome])).toEqual([
      ["b", "pending"],
      ["a", "applied"],
    ]);
    await again.close();
  });

  test("is filtered by who, what, where and when, and by what the reader may see", async () => {
    const log = await opened();
    await log.write(entry("a"));
    await log.write(entry("b", { actor: "bob", action: "abort", atMs: Date.UTC(2026, 10, 27) }));
    await log.write(entry("c", { mesh: "consul", namespace: "billing", atMs: Date.UTC(2026, 10, 28) }));
    const ids = (query: Partial<AuditQuery>) => log.list({ ...ALL, ...query })?.audit.map(({ id }) => id);
    expect(ids({ actor: ["bob"] })).toEqual(["b"]);
    expect(ids({ action: ["promote"] })).toEqual(["c", "a"]);
    expect(ids({ mesh: ["consul"], namespace: ["billing"] })).toEqual(["c"]);
    expect(ids({ start: Date.UTC(2026, 10, 27), end: Date.UTC(2026, 10, 28) })).toEqual(["b"]);
    expect(log.list(ALL, ({ mesh }) => mesh === "istio")).toMatchObject({ total: 2 });
    await log.close();
  });

  test("pages cover everything once, while entries are added", async () => {
    const log = await opened();
    for (let i = 0; i < 25; i++) await log.write(entry(`e${i}`, { atMs: Date.UTC(2026, 10, 1) + i }));
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: ReturnType<AuditLog["list"]> = log.list({ limit: 10, ...(cursor === null ? {} : { cursor }) });
      if (page === undefined) throw new Error("the cursor was refused");
      seen.push(...page.audit.map(({ id }) => id));
      cursor = page.nextCursor;
      await log.write(entry(`new${seen.length}`, { atMs: Date.UTC(2026, 10, 2) + seen.length }));
    } while (cursor !== null);
    expect(log.list({ limit: 10, cursor: "nobody's" })).toBeUndefined();
    expect(seen).toEqual(Array.from({ length: 25 }, (_, i) => `e${24 - i}`));
    await log.close();
  });

  test("says so when an entry cannot be written, and takes the next once it can", async () => {
    rmSync(folder, { recursive: true });
    writeFileSync(folder, "a file where the folder should be");
    const log = await opened();
    expect(await log.write(entry("a"))).toMatchObject({ ok: false, error: { code: "journal_unreadable" } });
    expect(log.list(ALL)?.total).toBe(0);
    rmSync(folder);
    expect(await log.write(entry("a"))).toMatchObject({ ok: true });
    await log.close();
  });

  test("keeps what was done although it could not be written, says so, and writes it once the disk takes it", async () => {
    const log = await opened();
    await log.write(entry("a"));
    const mend = await failingDisk();
    for (const outcome of ["pending", "applied"] as const) {
      expect((await log.write(entry("back", { outcome }))).ok).toBe(false);
      log.remember(entry("back", { outcome }));
    }
    await log.settle("a", "applied");
    expect(log.list(ALL)?.audit.map(({ id, outcome }) => [id, outcome])).toEqual([
      ["back", "applied"],
      ["a", "applied"],
    ]);
    expect(log.owed).toMatchObject({ records: 2, message: expect.stringContaining("EROFS") });
    expect(await log.settleOwed()).toBe(false);
    mend();
    expect(await log.settleOwed()).toBe(true);
    expect(log.owed).toBeNull();
    await log.close();
    const again = await opened();
    expect(again.list(ALL)?.audit.map(({ id, outcome }) => [id, outcome])).toEqual([
      ["back", "applied"],
      ["a", "applied"],
    ]);
    await again.close();
  });

  const outcomes = (log: AuditLog) => log.list(ALL)?.audit.map(({ outcome }) => outcome);

  test("has the outcome, and not the beginning, where both are written at once", async () => {
    const log = await opened();
    const mend = await failingDisk();
    expect((await log.write(entry("back"))).ok).toBe(false);
    log.remember(entry("back"));
    mend();
    await Promise.all([log.write(entry("back", { outcome: "applied" })), log.settleOwed()]);
    expect(outcomes(log)).toEqual(["applied"]);
    await log.close();
    const again = await opened();
    expect(outcomes(again)).toEqual(["applied"]);
    await again.close();
  });

  test("owes an outcome that came while the beginning was written late", async () => {
    const log = await opened();
    const mendFirst = await failingDisk();
    expect((await log.write(entry("back"))).ok).toBe(false);
    log.remember(entry("back"));
    const outcome = log.write(entry("back", { outcome: "applied" })).then(({ ok }) => {
      mendFirst();
      log.remember(entry("back", { outcome: "applied" }));
      return ok;
    });
    await Promise.all([outcome, log.settleOwed()]);
    expect(await outcome).toBe(false);
    expect(outcomes(log)).toEqual(["applied"]);
    expect(await log.settleOwed()).toBe(true);
    await log.close();
    const again = await opened();
    expect(outcomes(again)).toEqual(["applied"]);
    await again.close();
  });

  /** Owes the beginning of an entry to a disk that takes it by now. */
  async function owing(id = "back"): Promise<AuditLog> {
    const log = await opened();
    const mend = await failingDisk();
    expect((await log.write(entry(id))).ok).toBe(false);
    log.remember(entry(id));
    mend();
    return log;
  }

  test.each(["appendFile", "datasync"] as const)(
    "owes an outcome that is remembered in the middle of the %s of its beginning",
    async (work) => {
      const log = await owing();
      let isRemembered = false;
      await duringNext(work, () => {
        log.remember(entry("back", { outcome: "applied" }));
        isRemembered = true;
      });
      await log.settleOwed();
      expect(isRemembered).toBe(true);
      expect(outcomes(log)).toEqual(["applied"]);
      expect(log.owed).toMatchObject({ records: 1 });
      expect(await log.settleOwed()).toBe(true);
      expect(log.owed).toBeNull();
      await log.close();
      const again = await opened();
      expect(outcomes(again)).toEqual(["applied"]);
      await again.close();
    },
  );

  test("has the outcome, however many turns after the late beginning was begun it is remembered", async () => {
    for (let turns = 0; turns < 12; turns++) {
      const log = await owing(`back-${turns}`);
      const settling = log.settleOwed();
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
      log.remember(entry(`back-${turns}`, { outcome: "applied" }));
      await settling;
      const all = Array.from({ length: turns + 1 }, () => "applied");
      expect(outcomes(log), `after ${turns} turns`).toEqual(all);
      await log.close();
      const again = await opened();
      expect(outcomes(again), `after ${turns} turns, and opened again`).toEqual(all);
      await again.close();
    }
  });

  test("writes what is owed before it closes", async () => {
    const log = await opened();
    const mend = await failingDisk();
    expect((await log.write(entry("back"))).ok).toBe(false);
    log.remember(entry("back", { outcome: "applied" }));
    mend();
    await log.close();
    const again = await opened();
    expect(outcomes(again)).toEqual(["applied"]);
    await again.close();
  });
});
