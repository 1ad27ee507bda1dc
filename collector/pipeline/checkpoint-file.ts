/**
 * The part of a checkpoint that is no rollup: what the pairing holds, who observed what, which bodies came lately. In: a
 * state; out: a file `<data>/checkpoints/<number>.json` on the disk. The store's marks name the number in the transaction
 * that keeps the slots' gains, so that both are of one moment: a file that no mark names is as good as not written.
 * First line: version, CRC-32 and length of the rest.
 */
import { mkdir, open, readdir, readFile, unlink } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { crc32 } from "node:zlib";
import type { LogPosition } from "../../lib/query/store-engine.ts";
import type { SavedCoverage } from "../../lib/rollup/slot-restore.ts";
import { realDisk } from "../wal/segment-file.ts";
import type { SavedEdges } from "./span-edges.ts";

export interface SavedSharing {
  /** By log and member, as JSON: up to where spans that are paired there were delivered. */
  readonly delivered: readonly (readonly [string, LogPosition])[];
  /** By stream of another member: up to where its spans were taken. */
  readonly taken: readonly (readonly [string, LogPosition])[];
}

/** Up to where each log was delivered to all: what follows is needed still. */
export function undelivered({ delivered }: SavedSharing): readonly (readonly [string, LogPosition])[] {
  return delivered.flatMap(([key, position]) => {
    const parts: unknown = JSON.parse(key);
    const log: unknown = Array.isArray(parts) ? parts[0] : undefined;
    return typeof log === "string" ? [[log, position] as const] : [];
  });
}

export interface CheckpointState {
  readonly savedMs: number;
  /** Up to where each log is folded. */
  readonly marks: readonly (readonly [string, LogPosition])[];
  readonly edges: SavedEdges;
  readonly coverage: SavedCoverage;
  /** Where several collectors share the pairing. */
  readonly sharing?: SavedSharing | undefined;
  /** Bodies that came in the last minutes, and when. */
  readonly kept: readonly (readonly [string, number])[];
}

export type ReadCheckpoint =
  | { readonly kind: "ok"; readonly state: CheckpointState }
  | { readonly kind: "missing" }
  | { readonly kind: "damaged" }
  | { readonly kind: "newer"; readonly version: number };

export const CHECKPOINT_VERSION = 1;
const ITEMS_A_PIECE = 256;
const PIECE_MS = 2;
const NAME = /^(\d+)\.json$/;

/** JSON of a list in pieces, other work in between: at full load there are tens of thousands of bodies in it. */
async function listText(list: readonly unknown[]): Promise<string> {
  const parts: string[] = [];
  let began = performance.now();
  for (let from = 0; from < list.length; from += ITEMS_A_PIECE) {
    parts.push(JSON.stringify(list.slice(from, from + ITEMS_A_PIECE)).slice(1, -1));
    if (performance.now() - began < PIECE_MS) continue;
    await setImmediate();
    began = performance.now();
  }
  return `[${parts.join(",")}]`;
}

/** As JSON.stringify writes it; the state is of one moment, and nobody changes it. */
async function textOf({ edges, kept, ...rest }: CheckpointState): Promise<Buffer> {
  const { held, ...others } = edges;
  const head = JSON.stringify({ ...rest, edges: others }).slice(0, -2);
  const comma = Object.keys(others).length > 0 ? "," : "";
  return Buffer.from(`${head}${comma}"held":${await listText(held)}},"kept":${await listText(kept)}}`);
}

export class CheckpointFiles {
  private readonly folder: string;

  constructor(dataFolder: string) {
    this.folder = join(dataFolder, "checkpoints");
  }

  private path(number: number): string {
    return join(this.folder, `${number}.json`);
  }

  /** On the disk when it resolves; rejects when the disk does. */
  async write(number: number, state: CheckpointState): Promise<void> {
    const text = await textOf(state);
    await mkdir(this.folder, { recursive: true });
    const file = await open(this.path(number), "w");
    try {
      await file.writeFile(`meshscope-checkpoint ${CHECKPOINT_VERSION} ${crc32(text)} ${text.length}\n`);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await realDisk.syncFolder(this.folder);
  }

  async read(number: number): Promise<ReadCheckpoint> {
    const bytes = await readFile(this.path(number)).catch(() => undefined);
    if (bytes === undefined) return { kind: "missing" };
    const line = bytes.indexOf(10);
    const [magic, version, crc, length] = bytes.subarray(0, Math.max(0, line)).toString("latin1").split(" ");
    if (magic !== "meshscope-checkpoint") return { kind: "damaged" };
    if (Number(version) > CHECKPOINT_VERSION) return { kind: "newer", version: Number(version) };
    const text = bytes.subarray(line + 1);
    if (text.length !== Number(length) || crc32(text) !== Number(crc)) return { kind: "damaged" };
    const state: CheckpointState = JSON.parse(text.toString("utf8"));
    return { kind: "ok", state };
  }

  /** Those before `number`, which no mark names any more; and those after it, whose mark was never kept. */
  async keepOnly(number: number): Promise<void> {
    const names = await readdir(this.folder).catch(() => []);
    for (const name of names) {
      const found = NAME.exec(name);
      if (found !== null && Number(found[1]) !== number) await unlink(join(this.folder, name)).catch(() => {});
    }
  }
}
