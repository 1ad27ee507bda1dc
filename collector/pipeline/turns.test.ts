import { performance } from "node:perf_hooks";
import { expect, test } from "vitest";
import { Turns } from "./turns.ts";

function busy(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

test("a burst is worked off in order, and others have their turn in between", async () => {
  const turns = new Turns();
  const done: (number | "other")[] = [];
  const work = async (n: number): Promise<void> => {
    const turn = turns.next();
    if (turn !== undefined) await turn;
    busy(4);
    turns.worked(4);
    done.push(n);
  };
  const all = [0, 1, 2, 3, 4, 5].map(work);
  setImmediate(() => done.push("other"));
  await Promise.all(all);
  expect(done.filter((one) => one !== "other")).toEqual([0, 1, 2, 3, 4, 5]);
  expect(done.indexOf("other")).toBeLessThanOrEqual(2);
});

test("bodies that end one after another in the same turn share it", async () => {
  const turns = new Turns();
  let done = 0;
  let seen = -1;
  const body = (): void => {
    void (async () => {
      const turn = turns.next();
      if (turn !== undefined) await turn;
      busy(4);
      turns.worked(4);
      done++;
    })();
  };
  // As sockets do: each in a callback of its own, with its microtasks between.
  for (let n = 0; n < 6; n++) process.nextTick(body);
  setImmediate(() => {
    seen = done;
  });
  await expect.poll(() => done).toBe(6);
  expect(seen).toBeLessThanOrEqual(2);
});
