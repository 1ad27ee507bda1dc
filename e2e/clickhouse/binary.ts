/**
 * Finds the ClickHouse engine to test against, or fetches the pinned one: the npm package `chdb` with its library for this
 * platform (178 MB to fetch, 570 MB on disk), never a dependency of the project.
 *
 * In: the environment (`MESHSCOPE_CHDB`: a folder with `node_modules/chdb`; `off` means none), `XDG_CACHE_HOME`, and where
 * nothing is there yet this machine's npm. Out: that folder, or the reason why there is none, for a loud skip.
 */
import { access, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { run, type Skip } from "../real/envoy/binary.ts";

export interface ChdbSite {
  /** Holds `node_modules/chdb`. */
  readonly folder: string;
  /** Of the engine. */
  readonly version: string;
}

const PINNED = "3.4.0";
const FETCH_TIMEOUT_MS = 240_000;
const PROBE_TIMEOUT_MS = 60_000;

async function probe(folder: string): Promise<ChdbSite | Skip> {
  const there = await access(join(folder, "node_modules/chdb/package.json")).then(
    () => true,
    () => false,
  );
  if (!there) return { skip: `there is no node_modules/chdb in ${folder}` };
  const script = 'process.stdout.write(require("chdb").query("SELECT version()", "TabSeparated"))';
  const ran = await run("sh", ["-c", 'cd "$0" && exec node -e "$1"', folder, script], PROBE_TIMEOUT_MS);
  const version = /^\d+\.\d+\S*/.exec(ran.text)?.[0];
  return ran.ok && version !== undefined
    ? { folder, version }
    : { skip: `chdb does not run: ${ran.text.slice(0, 300)}` };
}

/** A rename makes the folder whole at once, so that two runs at a time do not meet. */
async function fetchInto(cache: string, target: string): Promise<Skip | undefined> {
  const scratch = await mkdtemp(join(cache, "chdb-"));
  try {
    await writeFile(join(scratch, "package.json"), '{"private":true}\n');
    const quiet = ["--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"];
    const bare = ["--ignore-scripts", "--legacy-peer-deps", `chdb@${PINNED}`];
    const ran = await run("npm", ["install", "--prefix", scratch, ...quiet, ...bare], FETCH_TIMEOUT_MS);
    if (!ran.ok) return { skip: `npm could not fetch chdb ${PINNED}: ${ran.text.slice(-300)}` };
    await rename(scratch, target).catch(() => undefined); // lost the race: the other run's copy is as good
    return undefined;
  } catch (error) {
    return { skip: `the cache folder ${cache} cannot be filled: ${String(error)}` };
  } finally {
    await rm(scratch, { recursive: true, force: true }).catch(() => undefined);
  }
}

export async function findChdb(): Promise<ChdbSite | Skip> {
  const named = process.env["MESHSCOPE_CHDB"] ?? "";
  if (named === "off") return { skip: "MESHSCOPE_CHDB=off" };
  if (named !== "") return probe(named);
  const configured = process.env["XDG_CACHE_HOME"] ?? "";
  const cache = join(configured === "" ? join(homedir(), ".cache") : configured, "meshscope");
  await mkdir(cache, { recursive: true });
  const target = join(cache, `chdb-${PINNED}`);
  const before = await probe(target);
  if ("folder" in before) return before;
  await rm(target, { recursive: true, force: true });
  const failed = await fetchInto(cache, target);
  return failed ?? probe(target);
}
