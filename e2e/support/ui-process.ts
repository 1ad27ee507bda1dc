/** Starts the built UI as the launcher does, on a free port, pointed at any API. */
import { fork } from "node:child_process";
import { createServer } from "node:http";
import { join } from "node:path";
import { eventually, ROOT } from "./collector-process.ts";
import { listenFree } from "./local-server.ts";

export interface UiProcess {
  readonly url: string;
  stop(): Promise<void>;
}

async function freePort(): Promise<number> {
  const held = await listenFree(createServer());
  await held.close();
  return held.port;
}

export async function startUi(apiUrl: string): Promise<UiProcess> {
  const port = await freePort();
  const child = fork(join(ROOT, "collector/launch/ui.mjs"), ["start", "-p", String(port), "-H", "127.0.0.1"], {
    cwd: ROOT,
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1", MESHSCOPE_API_URL: apiUrl },
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const url = `http://127.0.0.1:${port}`;
  await eventually(async () => {
    const answer = await fetch(`${url}/healthz`);
    if (!answer.ok) throw new Error(`the UI answers ${answer.status}`);
  });
  return {
    url,
    async stop() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
