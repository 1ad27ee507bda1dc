/** How work with a deadline ends, and what it leaves with the signal that may end it before. */
import { once } from "node:events";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Limit, withDeadline } from "./deadline.ts";
import { callHttp } from "./http-json.ts";
import { keptBy } from "./kept-listeners.ts";
import { connect } from "./kubernetes-connection.ts";
import { callKubernetes } from "./kubernetes-http.ts";
import { serve, type TestServer } from "./test-server.ts";

let server: TestServer;
let stopping: AbortController;

beforeEach(async () => {
  stopping = new AbortController();
  server = await serve(({ url }, response) => {
    if (url !== "/silent") response.end("{}");
  });
});
afterEach(() => server.close());

/** Waits for its end. */
async function ended({ signal, isLate }: Limit): Promise<readonly [reason: string, isLate: boolean]> {
  if (!signal.aborted) await once(signal, "abort");
  return [signal.reason instanceof Error ? signal.reason.name : String(signal.reason), isLate()];
}

test("work is ended by its deadline, and by whoever ends it before: it can tell which", async () => {
  const alive = setTimeout(() => {}, 10_000);
  expect(await withDeadline(1, stopping.signal, ended)).toEqual(["TimeoutError", true]);
  expect(await withDeadline(1, undefined, ended)).toEqual(["TimeoutError", true]);
  const work = withDeadline(60_000, stopping.signal, ended);
  stopping.abort("stopped");
  expect(await work).toEqual(["stopped", false]);
  expect(await withDeadline(60_000, stopping.signal, ended)).toEqual(["stopped", false]);
  clearTimeout(alive);
});

test("what a signal keeps is seen: a listener, and each signal that was made of it", () => {
  stopping.signal.addEventListener("abort", () => {});
  for (let turn = 0; turn < 5; turn++) AbortSignal.any([stopping.signal]);
  expect(keptBy(stopping.signal)).toBe(6);
});

test("nothing is left with a signal that outlives the work, whether the work is done or fails", async () => {
  for (let turn = 0; turn < 20; turn++) {
    expect(await withDeadline(60_000, stopping.signal, async () => keptBy(stopping.signal))).toBe(1);
    const failed = withDeadline(60_000, stopping.signal, () => Promise.reject(new Error("no")));
    await expect(failed).rejects.toThrow("no");
  }
  expect(keptBy(stopping.signal)).toBe(0);
});

test("calls that a signal may end leave nothing with it, answered or not", async () => {
  const { signal } = stopping;
  const connection = await connect({ name: "c1", mesh: "istio", url: server.url });
  const calls = async (path: string, timeoutMs: number) => [
    await callHttp({ method: "GET", url: `${server.url}${path}`, timeoutMs, signal }),
    await callKubernetes(connection, { method: "GET", path, timeoutMs, signal }),
  ];
  for (let turn = 0; turn < 10; turn++)
    expect(await calls("/", 10_000)).toMatchObject([
      { status: 200, text: "{}" },
      { status: 200, text: "{}" },
    ]);
  expect(await calls("/silent", 20)).toMatchObject([
    { maySucceed: false, message: expect.stringContaining("timeout") },
    { maySucceed: false, message: "no answer within 20 ms" },
  ]);
  expect(keptBy(signal)).toBe(0);
});
