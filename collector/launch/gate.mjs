// One gate of the test run: a command whose result is counted. Output of a failed gate is shown whole.
import { spawn } from "node:child_process";
import { root } from "./paths.mjs";

/** @typedef {{passed: number, failed: number, skipped: number, notes?: string[]}} Counts */

/** Runs `node file args`; resolves to the exit code and what it printed on stdout. */
export function node(file, args, { env = {}, quiet = false } = {}) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [file, ...args], {
      cwd: root,
      stdio: ["ignore", "pipe", quiet ? "pipe" : "inherit"],
      env: { ...process.env, ...env },
    });
    let out = "";
    child.stdout.on("data", (chunk) => {
      out += chunk;
      if (!quiet) process.stderr.write(chunk);
    });
    child.stderr?.on("data", (chunk) => {
      out += chunk;
    });
    child.once("error", (error) => resolve({ code: 1, out: String(error) }));
    child.once("close", (code) => resolve({ code: code ?? 1, out }));
  });
}

/** A gate that passes or fails as one. @returns {Promise<Counts>} */
export async function commandGate(file, args, options = {}) {
  const { code, out } = await node(file, args, { quiet: true, ...options });
  if (code !== 0) process.stderr.write(`${out}\n`);
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}
