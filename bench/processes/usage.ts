/**
 * What processes use, read from /proc: processor time and resident memory of a process and all its descendants. Linux
 * only; elsewhere every reading is null and the bench that needs it is skipped.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";

export const canMeasure = (): boolean => existsSync("/proc/self/schedstat");

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // It has ended.
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** The fields after the command, which is in brackets and may hold anything. */
function statOf(pid: number): readonly string[] {
  const text = read(`/proc/${pid}/stat`);
  return text.slice(text.lastIndexOf(")") + 2).split(" ");
}

const PARENT = 1;

/** `root` and everything below it. */
export function treeOf(root: number): readonly number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const parent = Number(statOf(pid)[PARENT]);
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const tree = [root];
  for (let i = 0; i < tree.length; i++) tree.push(...(children.get(tree[i] ?? 0) ?? []));
  return tree;
}

function cpuOf(pid: number): number {
  let ns = 0;
  for (const thread of list(`/proc/${pid}/task`)) {
    ns += Number(read(`/proc/${pid}/task/${thread}/schedstat`).split(" ")[0] ?? 0);
  }
  return ns / 1e6;
}

/** Time on a processor of the tree's threads, ms, exact to the microsecond; without those that have ended. */
export const cpuMs = (root: number): number => treeOf(root).reduce((sum, pid) => sum + cpuOf(pid), 0);

/** The same of the root alone. */
export const ownCpuMs = cpuOf;

export interface Memory {
  /** Resident, a page that two processes share counted in each, bytes. */
  readonly rss: number;
  /** Resident, shared pages divided among those that share them. */
  readonly pss: number;
}

function kilobytes(text: string, field: string): number {
  return 1024 * Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0);
}

export function memoryOf(pid: number): Memory {
  const text = read(`/proc/${pid}/smaps_rollup`);
  return { rss: kilobytes(text, "Rss"), pss: kilobytes(text, "Pss") };
}

export function memory(root: number): Memory {
  const each = treeOf(root).map(memoryOf);
  return { rss: each.reduce((sum, one) => sum + one.rss, 0), pss: each.reduce((sum, one) => sum + one.pss, 0) };
}

const POLL_MS = 100;
const QUIET_POLLS = 6;
/** Of one processor, beyond what the tree takes at rest. */
const QUIET_SHARE = 0.05;
const REST_MS = 1_000;
const REST_SAMPLES = 4;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Of one processor, what is taken when there is nothing to do: timers. `own`: the root's alone. */
export interface Rest {
  readonly share: number;
  readonly own: number;
}

/** The least of four samples: what is taken off a figure for it is never more than it is. */
export async function restOf(root: number): Promise<Rest> {
  let [share, own] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let sample = 0; sample < REST_SAMPLES; sample++) {
    const before = { atMs: performance.now(), tree: cpuMs(root), own: cpuOf(root) };
    await pause(REST_MS);
    const ms = performance.now() - before.atMs;
    share = Math.min(share, (cpuMs(root) - before.tree) / ms);
    own = Math.min(own, (cpuOf(root) - before.own) / ms);
  }
  return { share, own };
}

/**
 * Waits until the tree has done next to nothing for 0.6 s beyond one and a half times what it takes at rest: what it was given
 * is done. Out: how long that was, ms. Throws when it never rests.
 */
export async function untilQuiet(root: number, restShare = 0, limitMs = 120_000): Promise<number> {
  const startMs = performance.now();
  let quiet = 0;
  let last = { atMs: startMs, cpu: cpuMs(root) };
  while (last.atMs - startMs < limitMs) {
    await pause(POLL_MS);
    const now = { atMs: performance.now(), cpu: cpuMs(root) };
    const isQuiet = now.cpu - last.cpu <= (QUIET_SHARE + 1.5 * restShare) * (now.atMs - last.atMs);
    quiet = isQuiet ? quiet + 1 : 0;
    if (quiet === QUIET_POLLS) return now.atMs - startMs;
    last = now;
  }
  throw new Error(`process ${root} did not come to rest in ${limitMs / 1000} s`);
}
