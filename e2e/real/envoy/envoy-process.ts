/**
 * One running Envoy: start, wait until it serves, end.
 *
 * In: the executable, a bootstrap file, the admin port. Out: a handle. No Envoy outlives this process: each is killed when
 * the process exits, and on Linux by the kernel too, if the parent is killed without a chance to do so.
 * Not handled: hot restart; logs beyond the last few kilobytes.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { run } from "./binary.ts";
import { get, sleep } from "./http-client.ts";

export type EnvoyProcess = { readonly pid: number; readonly stop: () => Promise<void> };

const READY_TIMEOUT_MS = 30_000;
const POLL_MS = 40;
const GRACE_MS = 2_000;
const LOG_TAIL_CHARS = 4_000;

const alive = new Set<ChildProcess>();
let guarded = false;

function guard(child: ChildProcess): void {
  alive.add(child);
  child.once("exit", () => alive.delete(child));
  if (guarded) return;
  guarded = true;
  process.on("exit", () => {
    for (const left of alive) left.kill("SIGKILL");
  });
}

let wrapper: Promise<readonly string[]> | undefined;

/** `setpriv --pdeathsig` makes the kernel end the child with its parent; it execs, so the pid is Envoy's own. */
function deathSignal(): Promise<readonly string[]> {
  const words = ["setpriv", "--pdeathsig", "KILL"] as const;
  wrapper ??= run("setpriv", ["--pdeathsig", "KILL", "true"], 5_000).then((ran) => (ran.ok ? words : []));
  return wrapper;
}

function ended(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function end(child: ChildProcess): Promise<void> {
  if (ended(child)) return;
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGTERM");
  const force = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
  await gone;
  clearTimeout(force);
}

async function ready(child: ChildProcess, adminPort: number): Promise<boolean> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (Date.now() < deadline && !ended(child)) {
    const answer = await get({ port: adminPort, path: "/ready", timeoutMs: 2_000 }).catch(() => undefined);
    // Something else could answer on a port that was taken in between; an Envoy that lost it is about to end.
    if (answer?.status === 200 && answer.body.startsWith("LIVE")) return !ended(child);
    await sleep(POLL_MS);
  }
  return false;
}

/** Starts Envoy and waits until admin says LIVE. Rejects with the tail of its log if it ends first or takes too long. */
export async function startEnvoy(path: string, bootstrapFile: string, adminPort: number): Promise<EnvoyProcess> {
  const args = ["-c", bootstrapFile, "--disable-hot-restart", "--concurrency", "1", "--log-level", "warn"];
  const [file = path, ...rest] = [...(await deathSignal()), path, ...args];
  const child = spawn(file, rest, { stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  child.stderr.setEncoding("utf8");
  child.stderr.on("data", (text: string) => {
    log = (log + text).slice(-LOG_TAIL_CHARS);
  });
  child.on("error", (error) => {
    log += String(error);
  });
  guard(child);
  if (child.pid !== undefined && (await ready(child, adminPort))) return { pid: child.pid, stop: () => end(child) };
  if (child.pid !== undefined) await end(child);
  throw new Error(`Envoy did not become ready: ${log}`);
}
