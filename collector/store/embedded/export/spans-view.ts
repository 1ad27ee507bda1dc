/**
 * A view of a folder of spans that another process may be writing to. In: that folder; out: a folder beside the export in
 * which whole segments are links and what is still written to is a copy, so that opening it changes nothing of the other.
 * Tails are copied before the segments that they go into: what moves meanwhile is met twice and counted once.
 */
import { copyFile, mkdir, readdir, symlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { isWholeSegment, segmentNumber } from "../spans/segment-file.ts";

/** Files that retention has taken meanwhile are not in the view. */
async function unlessGone(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
}

export async function viewOfSpans(folder: string, view: string): Promise<void> {
  await mkdir(view, { recursive: true });
  const names = await readdir(folder).catch(() => []);
  const tails = names.filter((name) => segmentNumber(name) === undefined);
  for (const name of tails) await unlessGone(() => copyFile(join(folder, name), join(view, name)));
  for (const name of await readdir(folder).catch(() => [])) {
    if (segmentNumber(name) === undefined) continue;
    await unlessGone(async () => {
      if (await isWholeSegment(join(folder, name))) await symlink(resolve(folder, name), join(view, name));
      else await copyFile(join(folder, name), join(view, name));
    });
  }
}
