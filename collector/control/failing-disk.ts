/** A disk that takes nothing, for tests: every append to a file of this process fails until it is mended. */
import { open } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { vi } from "vitest";

/** Out: mends it. */
export async function failingDisk(message = "EROFS: read-only file system, write"): Promise<() => void> {
  const some = await open(fileURLToPath(import.meta.url));
  const spy = vi.spyOn(Object.getPrototypeOf(some), "appendFile").mockRejectedValue(new Error(message));
  await some.close();
  return () => spy.mockRestore();
}
