/** `npm run demo -- --no-ui` on free ports, as a process of its own. Out: the API's address and when it was ready, Unix ms. */
import { fork } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const root = new URL("../..", import.meta.url).pathname;
const readySchema = z.object({ type: z.literal("ready"), api: z.string(), controlUrl: z.string() });
const READY_LIMIT_MS = 120_000;

export interface DemoProcess {
  readonly api: string;
  /** Its meshscope.yaml, definitions and data. */
  readonly folder: string;
  readonly controlUrl: string;
  readonly readyMs: number;
  stop(): Promise<void>;
}

export async function startDemo(): Promise<DemoProcess> {
  mkdirSync(join(root, ".build"), { recursive: true });
  const folder = mkdtempSync(join(root, ".build/test-demo-"));
  const ports = ["otlpGrpc", "otlpHttp", "zipkin", "api"].map((name) => `--listen.${name}=0`);
  const child = fork(join(root, "collector/launch/launch.mjs"), ["demo", "--no-ui", ...ports], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    env: { ...process.env, MESHSCOPE_DEMO_FOLDER: folder },
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const ready = await new Promise<z.infer<typeof readySchema>>((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error("the demo was not ready in time")), READY_LIMIT_MS);
    child.on("message", (message) => {
      const parsed = readySchema.safeParse(message);
      if (!parsed.success) return;
      clearTimeout(limit);
      resolve(parsed.data);
    });
    child.once("exit", (code) => reject(new Error(`the demo ended with ${code}`)));
  });
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await exited;
    rmSync(folder, { recursive: true, force: true });
  };
  return { api: ready.api, folder, controlUrl: ready.controlUrl, readyMs: Date.now(), stop };
}
