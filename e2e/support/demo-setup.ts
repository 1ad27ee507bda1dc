/** Starts `npm run demo`'s launcher on free ports, one estate for each worker, and tells the browser tests where they are. */
import { fork } from "node:child_process";
import { join } from "node:path";
import type { FullConfig } from "playwright/test";
import { z } from "zod";

const root = new URL("../..", import.meta.url).pathname;
const readySchema = z.object({ type: z.literal("ready"), url: z.string(), api: z.string(), controlUrl: z.string() });
const READY_LIMIT_MS = 180_000;

async function start(folder: string) {
  const ports = ["otlpGrpc", "otlpHttp", "zipkin", "api"].map((name) => `--listen.${name}=0`);
  const child = fork(join(root, "collector/launch/launch.mjs"), ["demo", ...ports], {
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
  };
  return { ...ready, stop };
}

/** With MESHSCOPE_E2E_URL_0, _API_0, _CONTROL_0 and _FOLDER_0 set, a demo that already runs is used: for one worker. */
export default async function startDemos({ workers }: FullConfig): Promise<() => Promise<void>> {
  if (process.env["MESHSCOPE_E2E_URL_0"] !== undefined) return async () => {};
  const stops: (() => Promise<void>)[] = [];
  for (let worker = 0; worker < workers; worker++) {
    const folder = join(root, `.build/e2e-demo-${worker}`);
    const { url, api, controlUrl, stop } = await start(folder);
    process.env[`MESHSCOPE_E2E_URL_${worker}`] = url;
    process.env[`MESHSCOPE_E2E_API_${worker}`] = api;
    process.env[`MESHSCOPE_E2E_CONTROL_${worker}`] = controlUrl;
    process.env[`MESHSCOPE_E2E_FOLDER_${worker}`] = folder;
    stops.push(stop);
  }
  return async () => {
    await Promise.all(stops.map((stop) => stop()));
  };
}
