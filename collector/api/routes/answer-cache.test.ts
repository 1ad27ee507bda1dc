/** The answer cache: one computation for many, at most about one a second, and a wall clock that steps back. */
import { expect, test, vi } from "vitest";
import { err, ok } from "../../../lib/base/result.ts";
import { AnswerCache, answerOf, jsonBody, type MadeFrom } from "./answer-cache.ts";

function rig() {
  const cache = new AnswerCache();
  const data = { generation: 0 };
  const ask = async (nowMs: number, key = "graph"): Promise<unknown> => {
    const stamp = () => `${data.generation}`;
    const answer = answerOf(await cache.get({ key, stamp, compute: async () => ok(jsonBody({ ...data })) }, nowMs));
    return answer.kind === "shared" ? JSON.parse(Buffer.concat(answer.body.pieces).toString()).generation : answer;
  };
  return { cache, data, ask };
}

test("many who ask at once share a computation, and changing data makes at most about one a second", async () => {
  const { cache, data, ask } = rig();
  await Promise.all(Array.from({ length: 50 }, () => ask(0)));
  expect(cache.computations).toBe(1);
  // A reading every 100 ms and 50 viewers for ten seconds.
  for (let nowMs = 100; nowMs <= 10_000; nowMs += 100) {
    data.generation++;
    await Promise.all(Array.from({ length: 50 }, () => ask(nowMs)));
  }
  expect(cache.computations).toBe(1 + Math.floor(10_000 / 900));
});

test("after the wall clock steps back an hour the next answer is of the data as it is", async () => {
  const { data, ask } = rig();
  expect(await ask(10_000_000)).toBe(0);
  data.generation = 1;
  expect(await ask(10_000_000 - 3_600_000)).toBe(1);
  data.generation = 2;
  expect(await ask(10_000_000 - 3_600_000 + 1_000)).toBe(2);
});

test("a computation that throws fails those who asked and is tried again", async () => {
  const { cache, ask } = rig();
  const broken = cache.get(
    { key: "graph", stamp: () => "0", compute: async () => Promise.reject(new Error("a bug")) },
    0,
  );
  await expect(broken).rejects.toThrow("a bug");
  expect(await ask(0)).toBe(0);
});

test("errors have the status of their code", async () => {
  const { cache } = rig();
  const of = async (code: string) => {
    const answer = answerOf(
      await cache.get({ key: code, stamp: () => "0", compute: async () => err({ code, message: "no" }) }, 0),
    );
    return answer.kind === "error" ? answer.status : answer.kind;
  };
  expect([await of("edge_not_found"), await of("bad_window")]).toEqual([404, 400]);
});

test("what is asked for again is made before it is, but for what costs too much", async () => {
  vi.useFakeTimers();
  try {
    const cache = new AnswerCache();
    let nowMs = 0;
    let generation = 0;
    const made: string[] = [];
    cache.keepWarm(() => nowMs);
    const ask = (key: string, isCold: boolean) => {
      const compute = async () => {
        made.push(key);
        return ok(jsonBody(generation));
      };
      return cache.get({ key, isCold, stamp: () => `${generation}`, compute }, nowMs);
    };
    for (let again = 0; again < 2; again++) {
      await ask("graph", false);
      await ask("graph/history", true);
    }
    expect(made).toEqual(["graph", "graph/history"]);
    generation++;
    nowMs = 2_000;
    await vi.advanceTimersByTimeAsync(200);
    expect(made.slice(2)).toEqual(["graph"]);
  } finally {
    vi.useRealTimers();
  }
});

test("what is asked for seldom is made when it is asked for, and not in between", async () => {
  vi.useFakeTimers();
  try {
    const { cache, data, ask } = rig();
    cache.keepWarm(() => Date.now());
    for (let asks = 0; asks < 3; asks++) {
      await ask(Date.now());
      for (let second = 0; second < 30; second++) {
        data.generation++;
        await vi.advanceTimersByTimeAsync(1_000);
      }
    }
    expect(cache.computations).toBe(3);
  } finally {
    vi.useRealTimers();
  }
});

/** A state is made every 4 s and shown for 8 s at most: what a large estate's pace says. */
const SLOW = { dueMs: 4_000, shownMs: 8_000 };

test("an answer of a slow pace is shown while the next is made, and once for each state", async () => {
  vi.useFakeTimers({ now: 0 });
  try {
    const cache = new AnswerCache();
    const state = { generation: 0, shared: 0, madeMs: 0 };
    let makes = 0;
    let waits = 0;
    cache.keepWarm(() => Date.now());
    const ask = async (): Promise<unknown> => {
      const before = Date.now();
      const compute = async (madeFrom: MadeFrom) => {
        // What the state was when it was made, and not what it is now.
        if (Date.now() - state.madeMs >= SLOW.dueMs)
          Object.assign(state, { shared: state.generation, madeMs: Date.now() });
        const known = madeFrom(`${state.shared}`, state.madeMs);
        if (known !== null) return known;
        makes++;
        await new Promise((resolve) => setTimeout(resolve, 1_500));
        return ok(jsonBody({ generation: state.shared }));
      };
      const answer = await cache.get(
        { key: "g", stamp: () => `${state.generation}`, pace: () => ({ ...SLOW, stateMs: state.madeMs }), compute },
        before,
      );
      waits = Math.max(waits, Date.now() - before);
      return answer;
    };
    const first = ask();
    await vi.advanceTimersByTimeAsync(2_000);
    await first;
    waits = 0;
    for (let n = 0; n < 100; n++) {
      state.generation++;
      const asked = ask();
      await vi.advanceTimersByTimeAsync(400);
      await asked;
    }
    // 40 s: a state every 4 s and what it takes to begin with it.
    expect({ waits, computations: cache.computations }).toEqual({ waits: 0, computations: makes });
    expect(makes).toBeGreaterThanOrEqual(9);
    expect(makes).toBeLessThanOrEqual(11);
  } finally {
    vi.useRealTimers();
  }
});
