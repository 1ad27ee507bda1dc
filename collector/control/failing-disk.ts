/** Disks for tests, of all files of this process: one that takes nothing until it is mended, and one that holds work up. */
import { type FileHandle, open } from "node:fs/promises";
import { fileURLToPath } from "node:url";

type Work = Pick<FileHandle, "appendFile" | "datasync" | "stat" | "truncate">;

/** What all files of this process have. */
async function workOfFiles(): Promise<Work> {
  const some = await open(fileURLToPath(import.meta.url));
  const work: Work = Object.getPrototypeOf(some);
  await some.close();
  return work;
}

/** Out: mends it. */
export async function failingDisk(
  message = "EROFS: read-only file system, write",
  failing: keyof Work = "appendFile",
): Promise<() => void> {
  const work = await workOfFiles();
  const { [failing]: before } = work;
  const fail = () => Promise.reject(new Error(message));
  Object.assign(work, { [failing]: fail });
  return () => {
    Object.assign(work, { [failing]: before });
  };
}

/** `meanwhile` runs once, in the middle of the next work of that kind: it was begun, and is not done. */
export async function duringNext(held: "appendFile" | "datasync", meanwhile: () => void): Promise<void> {
  const work = await workOfFiles();
  const { [held]: before } = work;
  Object.assign(work, {
    async [held](this: FileHandle, ...how: readonly unknown[]) {
      Object.assign(work, { [held]: before });
      meanwhile();
      return Reflect.apply(before, this, how);
    },
  });
}
