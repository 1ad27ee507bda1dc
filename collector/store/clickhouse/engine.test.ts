import { expect, test } from "vitest";
import { err, ok } from "../../../lib/base/result.ts";
import { Readiness } from "./engine.ts";

test("the tables are brought up once, however many ask, and again after it failed", async () => {
  let tries = 0;
  const ready = new Readiness(async () => {
    tries++;
    if (tries === 1) throw new Error("refused");
    return ok(undefined);
  }, 1_000);
  await Promise.all([
    expect(ready.whenReady()).rejects.toThrow("refused"),
    expect(ready.whenReady()).rejects.toThrow(),
  ]);
  await Promise.all([ready.whenReady(), ready.whenReady()]);
  await ready.whenReady();
  expect(tries).toBe(2);
});

test("whoever cannot wait is told that the store is not to be asked", async () => {
  const ready = new Readiness(() => new Promise(() => {}), 1);
  await expect(ready.soon()).rejects.toMatchObject({ code: "store_unavailable" });
});

test("a newer version's tables are said to be such to everybody who asks", async () => {
  const ready = new Readiness(async () => err({ code: "store_newer", message: "version 9" }), 1_000);
  for (let i = 0; i < 2; i++) await expect(ready.soon()).rejects.toMatchObject({ code: "store_newer" });
});
