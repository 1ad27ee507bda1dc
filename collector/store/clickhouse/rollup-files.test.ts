import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CONTRACT_T0, contractSlot } from "../rollup-store-contract.ts";
import { type Recovered, RollupFiles } from "./rollup-files.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "meshscope-rollup-files-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const startsOf = ({ open }: Recovered): number[] => open.map(({ startMs }) => (startMs - CONTRACT_T0) / 10_000);
const recovered = (): Promise<Recovered> => new RollupFiles(folder).recover();

async function fresh(): Promise<RollupFiles> {
  const files = new RollupFiles(folder);
  await files.recover();
  return files;
}

test("an empty folder holds nothing", async () => {
  expect(await recovered()).toEqual({ open: [], marks: {}, pending: [], writeIds: [] });
});

test("a slot that was appended after a checkpoint is open no more, sent or not", async () => {
  const files = await fresh();
  await files.checkpoint({ open: [contractSlot(0, [1]), contractSlot(1, [2])], marks: { "0": "p" } }, "c");
  const pending = await files.append([contractSlot(0, [1])], "w");
  const before = await recovered();
  expect(startsOf(before)).toEqual([1]);
  expect(before.pending).toMatchObject([{ writeId: "w", starts: [CONTRACT_T0] }]);
  await files.settle(pending);
  const after = await recovered();
  expect([startsOf(after), after.pending, after.writeIds.toSorted()]).toEqual([[1], [], ["c", "w"]]);
});

test("a slot that a checkpoint names after it was appended has gained something late", async () => {
  const files = await fresh();
  await files.settle(await files.append([contractSlot(0, [1])], "w"));
  await files.checkpoint({ open: [contractSlot(0, [5])], marks: {} }, "c");
  const { open } = await recovered();
  expect(open.map(({ rows }) => rows.map(({ values }) => [...values]))).toEqual([[[5]]]);
});

test("the slots of an append come back as they were, and numbers go on where they were", async () => {
  const files = await fresh();
  await files.append([contractSlot(0, [1, 2], [3])], "w0");
  const again = new RollupFiles(folder);
  const [pending] = (await again.recover()).pending;
  if (pending === undefined) throw new Error("nothing waits");
  const [slot] = await again.slotsOf(pending);
  expect(slot?.rows.map(({ row, values }) => [row.key, row.edge.source.name, [...values]])).toEqual([
    ["a", "a", [1, 2]],
    ["b", "b", [3]],
  ]);
  expect((await again.append([contractSlot(1, [1])], "w1")).number).toBeGreaterThan(pending.number);
});

test("what is put aside is not tried again", async () => {
  const files = await fresh();
  await files.putAside(await files.append([contractSlot(0, [1])], "w"));
  expect((await recovered()).pending).toEqual([]);
});
