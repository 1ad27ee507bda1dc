/** The folder where real parts are kept between runs, and the filling of one place in it at once. */
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Skip } from "../real/envoy/binary.ts";

async function cacheFolder(): Promise<string> {
  const configured = process.env["XDG_CACHE_HOME"] ?? "";
  const folder = join(configured === "" ? join(homedir(), ".cache") : configured, "meshscope");
  await mkdir(folder, { recursive: true });
  return folder;
}

export async function cached(name: string): Promise<string> {
  return join(await cacheFolder(), name);
}

/** `fill` makes `site` in a scratch folder; a rename makes it whole at once, so that two runs at a time do not meet. */
export async function fillCache(
  name: string,
  fill: (scratch: string, site: string) => Promise<Skip | undefined>,
): Promise<Skip | undefined> {
  const folder = await cacheFolder();
  const scratch = await mkdtemp(join(folder, "fetch-"));
  try {
    const site = join(scratch, "site");
    const failed = await fill(scratch, site);
    if (failed !== undefined) return failed;
    await rename(site, join(folder, name)).catch(() => undefined); // lost the race: the other run's copy is as good
    return undefined;
  } catch (error) {
    return { skip: `the cache folder ${folder} cannot be filled: ${String(error)}` };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
