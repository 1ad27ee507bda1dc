/** Files of a folder that this process has open, one link each; where the system tells. For tests. */
import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";

const FILES = "/proc/self/fd";

export const tellsOpenFiles = existsSync(FILES);

export function openFiles(folder: string): readonly string[] {
  return readdirSync(FILES).flatMap((name) => {
    try {
      const to = readlinkSync(join(FILES, name));
      return to.startsWith(folder) ? [to] : [];
    } catch {
      // The one that listed them.
      return [];
    }
  });
}
