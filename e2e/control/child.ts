/** A program that a test starts, waits for and ends for good, with what it said when it does not come up. */
import { type ChildProcess, spawn } from "node:child_process";

export interface Started {
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Asked until it is true. */
  readonly isReady: () => Promise<boolean>;
}

const READY_TIMEOUT_MS = 60_000;
const ASK_EVERY_MS = 50;
const KEPT_CHARS = 4_000;

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGKILL");
  await gone;
}

/** Throws with the program's last words where it ends or does not come up within a minute. */
export async function startChild({ file, args, env, isReady }: StartOptions): Promise<Started> {
  const child = spawn(file, [...args], { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
  const onExit = (): boolean => child.kill("SIGKILL");
  process.on("exit", onExit);
  let said = "";
  const hear = (chunk: Buffer): void => {
    said = (said + chunk.toString()).slice(-KEPT_CHARS);
  };
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  child.once("error", (error) => hear(Buffer.from(String(error))));
  const stop = async (): Promise<void> => {
    process.off("exit", onExit);
    await ended(child);
  };
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (Date.now() < deadline && child.exitCode === null) {
    if (await isReady().catch(() => false)) return { stop };
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
  await stop();
  throw new Error(`${file} did not come up: ${said}`);
}
