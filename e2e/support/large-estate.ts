/**
 * A generated estate of many workloads behind the real API and the built UI, each a process of its own: what benches serve,
 * for the browser. In: how many workloads; each is called by four others. Out: addresses, and what the live stream sent.
 */
import { type ChildProcess, execFile, fork } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { ROOT } from "./collector-process.ts";
import { startUi } from "./ui-process.ts";

const readySchema = z.object({ type: z.literal("ready"), port: z.number() });

export interface LargeEstate {
  readonly ui: string;
  readonly api: string;
  stop(): Promise<void>;
}

async function serve(workloads: number): Promise<{ readonly child: ChildProcess; readonly api: string }> {
  const script = `const { bundle } = await import(${JSON.stringify(join(ROOT, "collector/launch/build.mjs"))});
    await bundle({ "bench-child": "bench/child.ts" });`;
  await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], { cwd: ROOT });
  const child = fork(join(ROOT, ".build/bench-child.mjs"), ["graph-server", String(workloads), "short"], {
    cwd: ROOT,
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const port = await new Promise<number>((resolve, reject) => {
    child.on("message", (message) => {
      const parsed = readySchema.safeParse(message);
      if (parsed.success) resolve(parsed.data.port);
    });
    child.once("exit", (code) => reject(new Error(`the estate ended with ${code}`)));
  });
  return { child, api: `http://127.0.0.1:${port}` };
}

export async function startLargeEstate(workloads: number): Promise<LargeEstate> {
  const { child, api } = await serve(workloads);
  const ui = await startUi(api);
  return {
    ui: ui.url,
    api,
    async stop() {
      await ui.stop();
      const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
      child.kill("SIGKILL");
      await exited;
    },
  };
}

const deltaSchema = z.object({ edges: z.object({ put: z.array(z.unknown()) }) });

export interface Heard {
  /** Edges put by the deltas since it listens, and how many deltas there were. */
  readonly puts: number;
  readonly deltas: number;
}

/** Listens to the stream that a page with this query reads: all readers of one query are sent the same. */
export function listen(url: string): { heard(): Heard; stop(): void } {
  const control = new AbortController();
  let puts = 0;
  let deltas = 0;
  const take = (event: string): void => {
    const data = /^data: (.*)$/m.exec(event)?.[1];
    if (data === undefined || !/^event: delta$/m.test(event)) return;
    deltas++;
    puts += deltaSchema.parse(JSON.parse(data)).edges.put.length;
  };
  const read = async (): Promise<void> => {
    const answer = await fetch(url, { signal: control.signal });
    let text = "";
    const decoder = new TextDecoder();
    for await (const chunk of answer.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      const events = text.split("\n\n");
      text = events.pop() ?? "";
      for (const event of events) take(event);
    }
  };
  read().catch((error: unknown) => {
    if (!control.signal.aborted) throw error;
  });
  return { heard: () => ({ puts, deltas }), stop: () => control.abort() };
}
