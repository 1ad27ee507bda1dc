/**
 * Entry of the demo process. In: flags `--seed N`, `--otlp-http URL`, `--zipkin URL`; messages `collector`, `gates`
 * and `stop` over IPC. Out: one JSON line `ready` on standard output, and the same as an IPC message. Ends on SIGTERM, SIGINT,
 * `stop`, and when the IPC channel closes; code 2 for a wrong flag.
 */
import { parseArgs } from "node:util";
import { Demo } from "./demo.ts";
import type { CollectorUrls } from "./export.ts";

interface Flags {
  readonly seed: number;
  readonly urls: CollectorUrls | null;
}

function flagsOf(args: readonly string[]): Flags {
  const { values } = parseArgs({
    args: [...args],
    options: { seed: { type: "string" }, "otlp-http": { type: "string" }, zipkin: { type: "string" } },
  });
  const seed = Number(values.seed ?? "1");
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff)
    throw new Error("--seed takes an integer from 0 to 2^32 - 1");
  const { "otlp-http": otlpHttp, zipkin } = values;
  if ((otlpHttp === undefined) !== (zipkin === undefined)) throw new Error("--otlp-http and --zipkin go together");
  const urls = otlpHttp === undefined || zipkin === undefined ? null : urlsOf(otlpHttp, zipkin);
  return { seed, urls };
}

/** Throws where one is not a URL. */
function urlsOf(otlpHttp: string, zipkin: string): CollectorUrls {
  return { otlpHttp: new URL(otlpHttp).href, zipkin: new URL(zipkin).href };
}

type Message =
  | { readonly type: "stop" }
  | { readonly type: "collector"; readonly urls: CollectorUrls }
  | { readonly type: "gates"; readonly urls: Readonly<Record<string, string>> };

function gatesOf(urls: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(typeof urls === "object" && urls !== null ? urls : {});
  return Object.fromEntries(entries.flatMap(([kind, url]) => (typeof url === "string" ? [[kind, url]] : [])));
}

/** Undefined for a message that is not for the demo. */
function messageOf(message: unknown): Message | undefined {
  if (typeof message !== "object" || message === null || !("type" in message)) return undefined;
  if (message.type === "stop") return { type: "stop" };
  if (message.type === "gates" && "urls" in message) return { type: "gates", urls: gatesOf(message.urls) };
  if (message.type !== "collector" || !("otlpHttp" in message) || !("zipkin" in message)) return undefined;
  const { otlpHttp, zipkin } = message;
  if (typeof otlpHttp !== "string" || typeof zipkin !== "string") return undefined;
  return { type: "collector", urls: urlsOf(otlpHttp, zipkin) };
}

async function run(flags: Flags): Promise<void> {
  const demo = new Demo(flags.seed, () => Date.now());
  const stop = async (): Promise<void> => {
    await demo.stop();
    process.removeAllListeners("disconnect");
    if (process.connected === true) process.disconnect();
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void stop());
  process.on("disconnect", () => void stop());
  process.on("message", (raw: unknown) => {
    const message = messageOf(raw);
    if (message?.type === "stop") void stop();
    else if (message?.type === "collector") void demo.exportTo(message.urls);
    else if (message?.type === "gates") demo.openGates(message.urls);
  });
  // A reader of standard output that goes away is no reason to fall over.
  process.stdout.on("error", () => {});
  if (flags.urls !== null) await demo.exportTo(flags.urls);
  const ready = await demo.start();
  process.stdout.write(`${JSON.stringify(ready)}\n`);
  process.send?.(ready);
}

try {
  await run(flagsOf(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
