/**
 * Finds a Prometheus with its promtool, or unpacks Debian's into a cache folder (nothing is installed, no service starts).
 *
 * In: the environment (`MESHSCOPE_PROMETHEUS`: a folder with both; `off` means none), `PATH`, `XDG_CACHE_HOME`, and where
 * nothing is there yet apt-get and dpkg. Out: two executables, or the reason why there are none, for a loud skip.
 */
import { access, constants, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { run, type Skip } from "../real/envoy/binary.ts";

export interface PrometheusBinaries {
  readonly prometheus: string;
  readonly promtool: string;
  readonly version: string;
}

const FETCH_TIMEOUT_MS = 180_000;
const VERSION_TIMEOUT_MS = 20_000;

async function probe(folder: string): Promise<PrometheusBinaries | Skip> {
  const prometheus = join(folder, "prometheus");
  const promtool = join(folder, "promtool");
  for (const path of [prometheus, promtool]) {
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (!found) return { skip: `there is no ${path}` };
  }
  const ran = await run(promtool, ["--version"], VERSION_TIMEOUT_MS);
  const version = /version (\S+)/.exec(ran.text)?.[1];
  if (!ran.ok || version === undefined) return { skip: `${promtool} does not run: ${ran.text.slice(0, 200)}` };
  return { prometheus, promtool, version };
}

/** Debian's package, unpacked: `apt-get download` needs no root, but the lists of packages may have to be fetched first. */
async function unpackInto(cache: string, target: string): Promise<Skip | undefined> {
  const scratch = await mkdtemp(join(cache, "prometheus-"));
  try {
    const download = (): ReturnType<typeof run> =>
      run("sh", ["-c", 'cd "$0" && apt-get download -q prometheus', scratch], FETCH_TIMEOUT_MS);
    let ran = await download();
    if (!ran.ok) {
      await run("apt-get", ["update", "-q"], FETCH_TIMEOUT_MS);
      ran = await download();
    }
    const packed = (await readdir(scratch)).find((name) => name.endsWith(".deb"));
    if (!ran.ok || packed === undefined) return { skip: `apt-get cannot fetch prometheus: ${ran.text.slice(-200)}` };
    const site = join(scratch, "site");
    const unpacked = await run("dpkg", ["-x", join(scratch, packed), site], FETCH_TIMEOUT_MS);
    if (!unpacked.ok) return { skip: `dpkg cannot unpack prometheus: ${unpacked.text.slice(-200)}` };
    await rename(site, target).catch(() => undefined); // lost the race: the other run's copy is as good
    return undefined;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

export async function findPrometheus(): Promise<PrometheusBinaries | Skip> {
  const named = process.env["MESHSCOPE_PROMETHEUS"] ?? "";
  if (named === "off") return { skip: "MESHSCOPE_PROMETHEUS=off" };
  if (named !== "") return probe(named);
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const found = folder === "" ? { skip: "" } : await probe(folder);
    if ("prometheus" in found) return found;
  }
  const configured = process.env["XDG_CACHE_HOME"] ?? "";
  const cache = join(configured === "" ? join(homedir(), ".cache") : configured, "meshscope");
  await mkdir(cache, { recursive: true });
  const target = join(cache, "prometheus-debian");
  const before = await probe(join(target, "usr/bin"));
  if ("prometheus" in before) return before;
  const failed = await unpackInto(cache, target);
  return failed ?? probe(join(target, "usr/bin"));
}
