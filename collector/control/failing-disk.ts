/** A disk that takes nothing, for tests: what is done to a file of this process fails until it is mended. */
import { type FileHandle, open } from "node:fs/promises";
import { fileURLToPath } from "node:url";

type Work = Pick<FileHandle, "appendFile" | "stat" | "truncate">;

/** Out: mends it. */
export async function failingDisk(
  message = "EROFS: read-only file system, write",
  failing: keyof Work = "appendFile",
): Promise<() => void> {
  const some = await open(fileURLToPath(import.meta.url));
  // All files of this process have it.
  const work: Work = Object.getPrototypeOf(some);
  await some.close();
  const { [failing]: before } = work;
  const fail = () => Promise.reject(new Error(message));
  Object.assign(work, { [failing]: fail });
  return () => {
    Object.assign(work, { [failing]: before });
  };
}
