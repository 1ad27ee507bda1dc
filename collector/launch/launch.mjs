#!/usr/bin/env node
// The one entry of every npm script: `node collector/launch/launch.mjs <name> [args]`. Installs and builds what is
// missing or stale, then runs. Plain JavaScript on node:* only, since it runs before anything is installed.
import { ensureInstalled } from "./install.mjs";

const COMMANDS = {
  start: async (args) => (await import("./run.mjs")).runStart(args),
  collector: async (args) => (await import("./run.mjs")).runCollector(args),
  export: async (args) => (await import("./run.mjs")).runExport(args),
  rollout: async (args) => (await import("./run.mjs")).runCommand(["rollout", ...args]),
  audit: async (args) => (await import("./run.mjs")).runCommand(["audit", ...args]),
  demo: async (args) => (await import("./run.mjs")).runDemo(args),
  dev: async (args) => (await import("./run.mjs")).runDemo(args, { dev: true }),
  build: async () => {
    const { buildCollector, buildUi } = await import("./build.mjs");
    await buildCollector();
    await buildUi();
  },
  bench: async (args) => (await import("./stages.mjs")).runBench(args),
  check: async () => (await import("./stages.mjs")).runCheck(),
  faults: async (args) => (await import("./stages.mjs")).runFaults(args),
  test: async (args) => (await import("./stages.mjs")).runTests(args),
};

const [name = "", ...args] = process.argv.slice(2);
const command = COMMANDS[name];
if (command === undefined) {
  process.stderr.write(`meshscope: unknown command "${name}"; there are ${Object.keys(COMMANDS).join(", ")}\n`);
  process.exitCode = 2;
} else {
  try {
    ensureInstalled();
    await command(args);
  } catch (error) {
    if (error?.code === undefined || typeof error.code !== "number")
      process.stderr.write(`meshscope: ${error?.stack ?? error}\n`);
    process.exitCode = typeof error?.code === "number" ? error.code : 1;
  }
}
