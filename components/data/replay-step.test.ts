import { beforeEach, expect, test } from "vitest";
import { takeStep } from "./replay-step.ts";

const said: string[] = [];
beforeEach(() => {
  said.length = 0;
});

/** A clock that the test moves, data that the test lets arrive, and a screen that says what it is told. */
function rig() {
  let due: (() => void) | null = null;
  let changed: (() => void) | null = null;
  let settled = true;
  let arrive: () => void = () => {};
  let refuse: (error: Error) => void = () => {};
  const loaded = new Promise<void>((resolve, reject) => {
    [arrive, refuse] = [resolve, reject];
  });
  const stop = takeStep(1_000, {
    after: (ms, run) => {
      said.push(`after ${ms}`);
      due = run;
      return () => {
        due = null;
      };
    },
    loaded,
    isSettled: () => settled,
    onChange: (run) => {
      changed = run;
      return () => {
        changed = null;
      };
    },
    show: () => said.push("show"),
    fail: (error) => said.push(String(error)),
    waiting: (isWaiting) => said.push(isWaiting ? "waits" : "goes on"),
  });
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    stop,
    due: () => due?.(),
    arrive: async () => {
      arrive();
      await turn();
    },
    refuse: async () => {
      refuse(new Error("gone"));
      await turn();
    },
    settle: (is: boolean) => {
      settled = is;
      changed?.();
    },
    isIdle: () => due === null && changed === null,
  };
}

test("data that are early wait for the step's time, and then it is shown at once", async () => {
  const step = rig();
  await step.arrive();
  expect(said).toEqual(["after 1000"]);
  step.due();
  expect(said.slice(1)).toEqual(["goes on", "show"]);
  expect(step.isIdle()).toBe(true);
});

test("data that are late hold the step back, and it says that it waits", async () => {
  const step = rig();
  step.due();
  expect(said.slice(1)).toEqual(["waits"]);
  await step.arrive();
  expect(said.slice(2)).toEqual(["goes on", "show"]);
});

test("a window whose panels have not arrived is not left", async () => {
  const step = rig();
  step.settle(false);
  await step.arrive();
  step.due();
  expect(said).not.toContain("show");
  step.settle(true);
  expect(said.at(-1)).toBe("show");
});

test("data that cannot be had end the step with their failure, and nothing is shown", async () => {
  const step = rig();
  await step.refuse();
  step.due();
  expect(said.slice(1)).toEqual(["goes on", "Error: gone"]);
  expect(step.isIdle()).toBe(true);
});

test("a step given up shows nothing more, whatever arrives", async () => {
  const step = rig();
  step.due();
  step.stop();
  await step.arrive();
  expect(said).toEqual(["after 1000", "waits"]);
  expect(step.isIdle()).toBe(true);
});
