/**
 * Finds a Consul to test against, or unpacks Debian's into a cache folder (nothing is installed, no service starts).
 *
 * In: the environment (`MESHSCOPE_CONSUL`: a path; `off` means none), `PATH`, `XDG_CACHE_HOME`, and where nothing is there
 * yet apt-get and dpkg: Debian 11 is the last release that carries Consul, and its list is fetched beside the machine's own.
 * Out: an executable and its version, or the reason why there is none, for a loud skip.
 */
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { run, type Skip } from "../../real/envoy/binary.ts";
import { cached, fillCache } from "../cache.ts";

export interface ConsulBinary {
  readonly path: string;
  readonly version: string;
}

const NAME = "consul-debian";
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
const SOURCE = `deb [signed-by=${KEYRING}] http://deb.debian.org/debian bullseye main\n`;
const FETCH_TIMEOUT_MS = 180_000;
const VERSION_TIMEOUT_MS = 20_000;

async function probe(path: string): Promise<ConsulBinary | Skip> {
  const ran = await run(path, ["version"], VERSION_TIMEOUT_MS);
  const version = /Consul v(\S+)/.exec(ran.text)?.[1];
  if (!ran.ok || version === undefined) return { skip: `${path} does not run: ${ran.text.slice(0, 200)}` };
  return { path, version };
}

/** apt-get with lists of its own: the machine's are left alone. */
async function unpack(scratch: string, site: string): Promise<Skip | undefined> {
  const list = join(scratch, "bullseye.list");
  await writeFile(list, SOURCE);
  await mkdir(join(scratch, "lists", "partial"), { recursive: true });
  const options = [
    ["Dir::Etc::sourcelist", list],
    ["Dir::Etc::sourceparts", "/dev/null"],
    ["Dir::State::lists", join(scratch, "lists")],
    ["Dir::Cache", join(scratch, "cache")],
    ["APT::Sandbox::User", ""],
  ].flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  await mkdir(join(scratch, "cache", "archives", "partial"), { recursive: true });
  const update = await run("apt-get", ["update", "-q", ...options], FETCH_TIMEOUT_MS);
  const download = 'cd "$0" && shift 0 && apt-get download -q "$@" consul';
  const ran = await run("sh", ["-c", download, scratch, ...options], FETCH_TIMEOUT_MS);
  const packed = (await readdir(scratch)).find((name) => name.endsWith(".deb"));
  if (!ran.ok || packed === undefined)
    return { skip: `apt-get cannot fetch consul: ${update.text.slice(-150)} ${ran.text.slice(-150)}` };
  const unpacked = await run("dpkg", ["-x", join(scratch, packed), site], FETCH_TIMEOUT_MS);
  return unpacked.ok ? undefined : { skip: `dpkg cannot unpack consul: ${unpacked.text.slice(-200)}` };
}

export async function findConsul(): Promise<ConsulBinary | Skip> {
  const named = process.env["MESHSCOPE_CONSUL"] ?? "";
  if (named === "off") return { skip: "MESHSCOPE_CONSUL=off" };
  if (named !== "") return probe(named);
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const found = folder === "" ? { skip: "" } : await probe(join(folder, "consul"));
    if ("path" in found) return found;
  }
  const path = join(await cached(NAME), "usr/bin/consul");
  const before = await probe(path);
  if ("path" in before) return before;
  return (await fillCache(NAME, unpack)) ?? probe(path);
}
