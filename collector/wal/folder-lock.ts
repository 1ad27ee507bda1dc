/**
 * One collector to a data folder. In: the folder; out: the lock, or `data_in_use` with who holds it. The lock is a file that
 * names a process by its number and the time of its start, so that one which died, however, holds nothing, and a number
 * that the system gave to another process holds nothing either. Not handled: folders shared between machines; a holder
 * of another name (a container's) counts as gone once it has not touched the file for a minute.
 */
import { link, readFile, rename, stat, unlink, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { err, ok, type Result } from "../../lib/base/result.ts";

export interface FolderLock {
  release(): Promise<void>;
}

export interface LockError {
  readonly code: "data_in_use";
  readonly message: string;
}

const COLLECTOR = "collector.lock";
const TOUCH_MS = 15_000;
const FOREIGN_MS = 60_000;

/** Of a process on this machine, since boot; null where there is none or the system does not say. */
async function startedAt(pid: number): Promise<string | null> {
  try {
    const line = await readFile(`/proc/${pid}/stat`, "utf8");
    // The name in brackets may hold spaces: field 22 is the 20th behind it.
    return line.slice(line.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

async function isHeld(text: string, path: string): Promise<boolean> {
  const [pidText = "", started = "", host = ""] = text.split("\n");
  const pid = Number(pidText);
  if (host !== hostname()) {
    const { mtimeMs } = await stat(path);
    return Date.now() - mtimeMs < FOREIGN_MS;
  }
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid || !isRunning(pid)) return false;
  return started === "" || started === ((await startedAt(pid)) ?? started);
}

async function readOr(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** Rejects when the folder cannot be written to. It must be there. `name`: of the lock's file. */
export async function lockFolder(folder: string, name = COLLECTOR): Promise<Result<FolderLock, LockError>> {
  const path = join(folder, name);
  const own = `${path}.${process.pid}`;
  await writeFile(own, `${process.pid}\n${(await startedAt(process.pid)) ?? ""}\n${hostname()}\n`);
  try {
    for (let tries = 0; tries < 10; tries++) {
      const taken = await link(own, path).then(
        () => true,
        () => false,
      );
      if (taken) return ok(held(path));
      const text = await readOr(path);
      if (text === undefined) continue;
      if (await isHeld(text, path)) {
        const message = `${folder} is in use by process ${text.split("\n", 1)[0]}: stop it, or give this one another folder (data)`;
        return err({ code: "data_in_use", message });
      }
      // Moved away first, so that of two that find it stale only one removes it.
      await rename(path, `${own}.stale`).catch(() => {});
      await unlink(`${own}.stale`).catch(() => {});
    }
  } finally {
    await unlink(own).catch(() => {});
  }
  return err({ code: "data_in_use", message: `${path} cannot be taken` });
}

function held(path: string): FolderLock {
  const timer = setInterval(() => {
    const now = new Date();
    void utimes(path, now, now).catch(() => {});
  }, TOUCH_MS);
  timer.unref();
  return {
    release: async () => {
      clearInterval(timer);
      await unlink(path).catch(() => {});
    },
  };
}
