/** A disk that takes nothing, for tests: every append to a file of this process fails until it is mended. */
import { type FileHandle, open } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/** Out: mends it. */
export async function failingDisk(message = "EROFS: read-only file system, write"): Promise<() => void> {
  const some = await open(fileURLToPath(import.meta.url));
  const prototype: Pick<FileHandle, "appendFile"> = Object.getPrototypeOf(some);
  await some.close();
  const { appendFile } = prototype;
  prototype.appendFile = () => Promise.reject(new Error(message));
  return () => {
    prototype.appendFile = appendFile;
  };
}
