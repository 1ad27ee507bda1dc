// Installs dependencies when the tree does not match the lock: the lock is newer than node_modules, or a native package
// of this platform is missing (a lock made on another system). `npm install --no-save` leaves the lock byte-identical.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { root } from "./paths.mjs";

const marker = join(root, "node_modules/.package-lock.json");

/** @returns {string | null} why an install is needed, or null */
function staleBecause() {
  if (!existsSync(marker)) return "nothing is installed yet";
  if (statSync(join(root, "package-lock.json")).mtimeMs > statSync(marker).mtimeMs)
    return "the lock is newer than node_modules";
  const scope = join(root, "node_modules/@esbuild");
  const native = existsSync(scope) ? readdirSync(scope) : [];
  if (!native.includes(`${process.platform}-${process.arch}`)) return "packages of this platform are missing";
  return null;
}

export function ensureInstalled() {
  const reason = staleBecause();
  if (reason === null) return;
  process.stderr.write(`meshscope: installing dependencies (${reason}) …\n`);
  const npm = process.env.npm_execpath;
  const args = ["install", "--no-save", "--no-audit", "--no-fund", "--include=dev", "--loglevel=error"];
  const before = readFileSync(join(root, "package-lock.json"), "utf8");
  const run = npm?.endsWith(".js")
    ? spawnSync(process.execPath, [npm, ...args], { cwd: root, stdio: ["ignore", 2, 2] })
    : spawnSync("npm", args, { cwd: root, stdio: ["ignore", 2, 2], shell: process.platform === "win32" });
  if (run.status !== 0) throw new Error(`npm install failed with ${run.status ?? run.error?.message}`);
  if (readFileSync(join(root, "package-lock.json"), "utf8") !== before) throw new Error("npm install changed the lock");
  const now = new Date();
  utimesSync(marker, now, now);
}
