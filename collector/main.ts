/**
 * The collector process: configuration → parts → ports, and the way down again. In: flags, environment, meshscope.yaml,
 * SIGTERM/SIGINT or the launcher's IPC. Out: open ports, a `ready` message, exit code 0 on a clean stop, 2 on a bad
 * configuration, 1 when a port cannot be opened.
 */

import { startCollector } from "./collector.ts";
import { loadConfig } from "./config/load.ts";
import { systemClock } from "./telemetry/clock.ts";
import { watchHeapRoom } from "./telemetry/heap-room.ts";
import { jsonLog } from "./telemetry/log.ts";

const EXIT_BAD_CONFIG = 2;
const log = jsonLog((line) => process.stderr.write(line), systemClock.nowMs);

function untilAskedToStop(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, () => resolve(signal));
    process.on("disconnect", () => resolve("disconnect"));
    process.on("message", (message) => {
      if (typeof message === "object" && message !== null && "type" in message && message.type === "stop")
        resolve("stop");
    });
  });
}

/** The channel keeps the process alive as long as it is open. */
function hangUp(): void {
  if (process.connected) process.disconnect();
}

async function main(): Promise<void> {
  const config = loadConfig({ argv: process.argv.slice(2), env: process.env, cwd: process.cwd() });
  if (!config.ok) {
    process.stderr.write(`meshscope: ${config.error.code}: ${config.error.message}\n`);
    process.exitCode = EXIT_BAD_CONFIG;
    hangUp();
    return;
  }
  const asked = untilAskedToStop();
  const started = await startCollector(config.value, { clock: systemClock, log });
  if (!started.ok) {
    process.stderr.write(`meshscope: ${started.error.code}: ${started.error.message}\n`);
    process.exitCode = 1;
    hangUp();
    return;
  }
  const { urls, stop } = started.value;
  const { host, ui } = config.value.listen;
  log.info("ready", urls);
  process.send?.({ type: "ready", urls, ui: { host, port: ui } });
  log.info("stopping", { because: await asked });
  await stop();
  hangUp();
  log.info("stopped");
}

watchHeapRoom();
await main();
