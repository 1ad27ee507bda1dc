/** The launcher as the parent of everything: one stop stops all, one death ends all, an orphan stops itself. */
import { type ChildProcess, fork, spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { z } from "zod";
import { eventually, ROOT } from "../support/collector-process.ts";

const LAUNCHER = join(ROOT, "collector/launch/launch.mjs");
const FREE = ["otlpGrpc", "otlpHttp", "zipkin", "api", "ui"].map((name) => `--listen.${name}=0`);
const readySchema = z.object({ type: z.literal("ready"), api: z.string(), controlUrl: z.string() });

const started: ChildProcess[] = [];
afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGTERM");
    await exitOf(child);
  }
});

function childrenOf(pid: number): number[] {
  const listed = spawnSync("ps", ["-o", "pid=", "--ppid", String(pid)], { encoding: "utf8" });
  return listed.stdout.trim().split(/\s+/).filter(Boolean).map(Number);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const exitOf = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => child.once("exit", (code) => resolve(code)));

async function startDemo() {
  const child = fork(LAUNCHER, ["demo", "--no-ui", ...FREE], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  started.push(child);
  const ready = await new Promise<z.infer<typeof readySchema>>((resolve, reject) => {
    child.on("message", (message) => {
      const parsed = readySchema.safeParse(message);
      if (parsed.success) resolve(parsed.data);
    });
    child.once("exit", (code) => reject(new Error(`the launcher ended with ${code}`)));
  });
  const family = childrenOf(child.pid ?? 0).filter((pid) => pid !== child.pid);
  return { child, ready, family };
}

test("SIGTERM to the launcher stops collector and simulated estate within 15 s, with code 0", async () => {
  const { child, family } = await startDemo();
  expect(family.length).toBe(2);
  const exited = exitOf(child);
  const askedMs = Date.now();
  child.kill("SIGTERM");
  expect(await exited).toBe(0);
  expect(Date.now() - askedMs).toBeLessThan(15_000);
  expect(family.filter(isAlive)).toEqual([]);
});

test("a collector that dies takes the rest with it and its code comes out", async () => {
  const { child, family } = await startDemo();
  const exited = exitOf(child);
  const collector = family.find((pid) =>
    spawnSync("ps", ["-o", "args=", "-p", String(pid)], { encoding: "utf8" }).stdout.includes("collector.mjs"),
  );
  expect(collector).toBeDefined();
  process.kill(collector ?? 0, "SIGKILL");
  expect(await exited).not.toBe(0);
  expect(family.filter(isAlive)).toEqual([]);
});

test("a launcher killed outright leaves no child behind", async () => {
  const { child, family } = await startDemo();
  child.kill("SIGKILL");
  await eventually(async () => expect(family.filter(isAlive)).toEqual([]));
});

test("an npm that dies leaves a launcher that stops itself", async () => {
  const npm = spawn("npm", ["run", "--silent", "demo", "--", "--no-ui", ...FREE], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "inherit"],
  });
  await new Promise<void>((resolve) => npm.stdout.on("data", (chunk: Buffer) => chunk.includes("Ctrl-C") && resolve()));
  const family = new Set<number>();
  const stack = childrenOf(npm.pid ?? 0);
  for (let pid = stack.pop(); pid !== undefined; pid = stack.pop()) {
    family.add(pid);
    stack.push(...childrenOf(pid));
  }
  expect(family.size).toBeGreaterThanOrEqual(3);
  npm.kill("SIGKILL");
  await eventually(async () => expect([...family].filter(isAlive)).toEqual([]));
});

test("a bad configuration ends the launcher with code 2 and nothing stays", async () => {
  const child = spawn(process.execPath, [LAUNCHER, "collector", "--listen.api=99999"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let printed = "";
  child.stderr.on("data", (chunk: Buffer) => {
    printed += chunk.toString();
  });
  expect(await exitOf(child)).toBe(2);
  expect(printed).toContain("listen.api");
});
