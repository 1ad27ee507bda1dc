/**
 * A disk of a stated size: a tmpfs mounted on a folder, which can be given more room. It takes root; where mounting is not
 * permitted the reason is told, for a loud skip.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface SmallDisk {
  readonly path: string;
  resize(mebibytes: number): void;
  unmount(): void;
}

function run(command: string, ...args: string[]): string | undefined {
  const ran = spawnSync(command, args, { encoding: "utf8" });
  return ran.status === 0 ? undefined : (ran.error?.message ?? ran.stderr.trim());
}

export function smallDisk(mebibytes: number): SmallDisk | { readonly skip: string } {
  const path = mkdtempSync(join(tmpdir(), "meshscope-disk-"));
  const refused = run("mount", "-t", "tmpfs", "-o", `size=${mebibytes}m`, "tmpfs", path);
  if (refused !== undefined) {
    rmSync(path, { recursive: true });
    return { skip: `a small disk cannot be mounted: ${refused}` };
  }
  return {
    path,
    resize(size) {
      const failed = run("mount", "-o", `remount,size=${size}m`, path);
      if (failed !== undefined) throw new Error(failed);
    },
    unmount() {
      run("umount", "-l", path);
      rmSync(path, { recursive: true, force: true });
    },
  };
}
