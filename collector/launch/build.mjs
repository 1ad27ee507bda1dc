// Builds what is stale: a stamp is the hash of a target's inputs, kept beside its output. Collector entries are bundled
// by esbuild (ESM, packages external, source maps); the UI by Next.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildFolder, root } from "./paths.mjs";

export const COLLECTOR_ENTRIES = {
  collector: "collector/main.ts",
  "store-host": "collector/store-host.ts",
  export: "collector/export.ts",
  cli: "collector/cli/main.ts",
  shard: "collector/shard.ts",
  demo: "collector/demo/main.ts",
};
const COLLECTOR_INPUTS = ["collector", "lib", "package-lock.json"];
const UI_INPUTS = [
  "app",
  "components",
  "lib",
  "public",
  "next.config.js",
  ".postcssrc.json",
  "tsconfig.json",
  "package-lock.json",
];

function walk(path, visit) {
  if (!existsSync(path)) return;
  const stack = [path];
  for (let current = stack.pop(); current !== undefined; current = stack.pop()) {
    if (!statSync(current).isDirectory()) visit(current);
    else for (const name of readdirSync(current).sort().reverse()) stack.push(join(current, name));
  }
}

export function hashOf(inputs) {
  const hash = createHash("sha256").update(process.version);
  for (const input of inputs) {
    walk(join(root, input), (file) => {
      if (/\.test\.tsx?$/.test(file)) return;
      hash.update(file.slice(root.length)).update(readFileSync(file));
    });
  }
  return hash.digest("hex");
}

function isFresh(name, hash, outputs) {
  const stamp = join(buildFolder, `${name}.stamp`);
  return existsSync(stamp) && readFileSync(stamp, "utf8") === hash && outputs.every((file) => existsSync(file));
}

/** @param {string[]} entries paths relative to the root @param {Record<string, unknown>} extra esbuild options */
export async function bundle(entryPoints, extra = {}) {
  const esbuild = await import("esbuild");
  await esbuild.build({
    absWorkingDir: root,
    entryPoints,
    outdir: ".build",
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    packages: "external",
    sourcemap: true,
    logLevel: "warning",
    ...extra,
  });
  // Its service process would otherwise stay beside the launcher.
  await esbuild.stop();
}

export async function buildCollector() {
  const hash = hashOf(COLLECTOR_INPUTS);
  const outputs = Object.keys(COLLECTOR_ENTRIES).map((name) => join(buildFolder, `${name}.mjs`));
  if (isFresh("collector", hash, outputs)) return;
  process.stderr.write("meshscope: building the collector …\n");
  mkdirSync(buildFolder, { recursive: true });
  await bundle(COLLECTOR_ENTRIES);
  writeFileSync(join(buildFolder, "collector.stamp"), hash);
}

function run(file, args, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file, ...args], {
      cwd: root,
      stdio: ["ignore", 2, 2],
      env: { ...process.env, ...env },
    });
    child.once("error", reject);
    child.once("exit", (code) =>
      code === 0 ? resolve() : reject(new Error(`${file} ${args.join(" ")} ended with ${code}`)),
    );
  });
}

export const NEXT_BIN = join(root, "node_modules/next/dist/bin/next");
export const NEXT_ENV = { NEXT_TELEMETRY_DISABLED: "1" };

export async function buildUi() {
  const hash = hashOf(UI_INPUTS);
  if (isFresh("ui", hash, [join(root, ".next/BUILD_ID")])) return;
  process.stderr.write("meshscope: building the UI …\n");
  mkdirSync(buildFolder, { recursive: true });
  rmSync(join(buildFolder, "ui.stamp"), { force: true });
  await run(NEXT_BIN, ["build"], { ...NEXT_ENV, NODE_ENV: "production" });
  writeFileSync(join(buildFolder, "ui.stamp"), hash);
}
