/** Starts `npm run demo`'s launcher on free ports once for all browser tests and tells them where it is. */
import { fork } from "node:child_process";
import { join } from "node:path";
import { z } from "zod";

const root = new URL("../..", import.meta.url).pathname;
const readySchema = z.object({ type: z.literal("ready"), url: z.string(), api: z.string(), controlUrl: z.string() });
const READY_LIMIT_MS = 180_000;

/** With MESHSCOPE_E2E_URL, _API and _CONTROL set, a demo that already runs is used. */
export default async function startDemo(): Promise<() => Promise<void>> {
  if (process.env["MESHSCOPE_E2E_URL"] !== undefined) return async () => {};
  const ports = ["otlpGrpc", "otlpHttp", "zipkin", "api"].map((name) => `--listen.${name}=0`);
  const child = fork(join(root, "collector/launch/launch.mjs"), ["demo", ...ports], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    env: { ...process.env },
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
  process.env["MESHSCOPE_E2E_URL"] = ready.url;
  process.env["MESHSCOPE_E2E_API"] = ready.api;
  process.env["MESHSCOPE_E2E_CONTROL"] = ready.controlUrl;
  return async () => {
    child.kill("SIGTERM");
    await exited;
  };
}
