import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LOG_START } from "../../../lib/query/store-engine.ts";
import { Marks } from "./marks.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "meshscope-marks-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const open = (): Promise<Marks> => Marks.open(join(folder, "marks"));

test("a log that nothing was stored of begins at its start", async () => {
  const marks = await open();
  expect([marks.through("0"), marks.unsettled("0"), marks.all().size]).toEqual([LOG_START, undefined, 0]);
});

test("after a crash the group that was sent last is known by its end", async () => {
  const marks = await open();
  await marks.intend("0", { segment: 1, offset: 10 });
  marks.settle("0", { segment: 1, offset: 10 });
  await marks.intend("0", { segment: 2, offset: 5 });
  const again = await open();
  expect(again.through("0")).toEqual({ segment: 1, offset: 10 });
  expect(again.unsettled("0")).toEqual({ segment: 2, offset: 5 });
});

test("closed properly, nothing is unsettled; each log has its own", async () => {
  const marks = await open();
  await marks.intend("0", { segment: 1, offset: 10 });
  marks.settle("0", { segment: 1, offset: 10 });
  await marks.intend("1", { segment: 7, offset: 3 });
  await marks.save();
  const again = await open();
  expect(again.unsettled("0")).toBeUndefined();
  expect(again.unsettled("1")).toEqual({ segment: 7, offset: 3 });
  expect(again.all()).toEqual(
    new Map([
      ["0", { segment: 1, offset: 10 }],
      ["1", LOG_START],
    ]),
  );
});
