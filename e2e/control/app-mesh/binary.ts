/**
 * Finds moto, which answers as AWS does, and AWS's own command, or fetches both into a cache folder (nothing is installed).
 *
 * In: the environment (`MESHSCOPE_MOTO`: a folder of Python packages; `off` means none), `XDG_CACHE_HOME`, and where nothing
 * is there yet the Python package index through the machine's own pip. Out: the folder, or the reason why there is none.
 */
import { run, type Skip } from "../../real/envoy/binary.ts";
import { cached, fillCache } from "../cache.ts";

export interface MotoFolder {
  /** For PYTHONPATH. */
  readonly folder: string;
  readonly version: string;
}

const PACKAGES = ["moto==5.2.5", "flask==3.1.3", "flask-cors==6.0.5", "awscli==1.46.3"] as const;
const NAME = "moto-5.2.5";
const FETCH_TIMEOUT_MS = 280_000;
/** What is there is found there on a starved machine too: taken for missing it would be fetched for minutes. */
const PROBE_TIMEOUT_MS = 120_000;

/** `env` with the folder's packages before all others. */
export function pythonEnv(folder: string): NodeJS.ProcessEnv {
  return { ...process.env, PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: "1" };
}

async function probe(folder: string): Promise<MotoFolder | Skip> {
  const script = `import sys; sys.path.insert(0, ${JSON.stringify(folder)}); import moto, flask, flask_cors, awscli; print("moto", moto.__version__, moto.__file__)`;
  const ran = await run("python3", ["-c", script], PROBE_TIMEOUT_MS);
  const version = /moto (\S+) /.exec(ran.text)?.[1];
  if (!ran.ok || version === undefined || !ran.text.includes(folder))
    return { skip: `${folder} has no moto: ${ran.text.slice(-200)}` };
  return { folder, version };
}

async function fetchInto(_scratch: string, site: string): Promise<Skip | undefined> {
  const options = ["--quiet", "--only-binary=:all:", "--disable-pip-version-check", "--no-input", "--target", site];
  const ran = await run("python3", ["-m", "pip", "install", ...options, ...PACKAGES], FETCH_TIMEOUT_MS);
  return ran.ok ? undefined : { skip: `pip cannot fetch ${PACKAGES.join(", ")}: ${ran.text.slice(-300)}` };
}

export async function findMoto(): Promise<MotoFolder | Skip> {
  const named = process.env["MESHSCOPE_MOTO"] ?? "";
  if (named === "off") return { skip: "MESHSCOPE_MOTO=off" };
  if (named !== "") return probe(named);
  const folder = await cached(NAME);
  const before = await probe(folder);
  if ("folder" in before) return before;
  return (await fillCache(NAME, fetchInto)) ?? probe(folder);
}
