// Finds a Chromium for the browser tests, or installs Debian's where apt-get and root are at hand.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const PLACES = [
  process.env.MESHSCOPE_CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];

function find() {
  return PLACES.find((path) => path !== undefined && existsSync(path)) ?? null;
}

/** @returns {Promise<{path: string | null, reason?: string}>} */
export async function ensureChromium() {
  const found = find();
  if (found !== null) return { path: found };
  if (process.platform !== "linux" || process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) {
    return { path: null, reason: "no Chromium; install one or name it in MESHSCOPE_CHROMIUM" };
  }
  process.stderr.write("meshscope: installing Debian's chromium for the browser tests …\n");
  const apt = (...args) =>
    spawnSync("apt-get", args, {
      stdio: ["ignore", "ignore", 2],
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
  apt("update", "-q");
  apt("install", "-y", "-q", "chromium", "fonts-liberation");
  const path = find();
  return path === null ? { path, reason: "apt-get could not install chromium" } : { path };
}
