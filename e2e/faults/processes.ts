/** The processes below one, from /proc, and what they are made to do. Linux only. */
import { existsSync, readdirSync, readFileSync } from "node:fs";

export const hasProc = existsSync("/proc/self/stat");

function stat(pid: number): readonly string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return []; // It has ended.
  }
}

export function childrenOf(parent: number): readonly number[] {
  const pids = readdirSync("/proc").map(Number).filter(Number.isInteger);
  return pids.filter((pid) => Number(stat(pid)[1]) === parent && stat(pid)[0] !== "Z");
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

/** The child that runs a built entry, such as `store-host`; 0: there is none. */
export const childRunning = (parent: number, entry: string): number =>
  childrenOf(parent).find((pid) => commandOf(pid).includes(entry)) ?? 0;

/** Resident memory, bytes. */
export function residentBytes(pid: number): number {
  return 1024 * Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
}

export const openFiles = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;
