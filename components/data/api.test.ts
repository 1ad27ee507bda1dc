/** What the one door to the API makes of answers that do not come. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { apiGet, apiPost, type Parser } from "./api.ts";

const anything: Parser<unknown> = { safeParse: (data) => ({ success: true, data }) };
const limit = { now: new AbortController() };

/** A server that takes requests and says nothing; with `head`, nothing after the head of its answer. */
function hangs(head: boolean): void {
  vi.stubGlobal("fetch", async (_url: string, { signal }: { readonly signal: AbortSignal }) => {
    const silence = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
    });
    return head ? { ok: true, status: 200, json: () => silence } : silence;
  });
}

beforeEach(() => {
  limit.now = new AbortController();
  vi.spyOn(AbortSignal, "timeout").mockReturnValue(limit.now.signal);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const timeIsUp = () => limit.now.abort(new DOMException("", "TimeoutError"));

test.each([false, true])(
  "an answer that does not come in time is a failure with a code; its head alone: %s",
  async (head) => {
    hangs(head);
    const answer = apiGet("/graph", anything);
    setTimeout(timeIsUp);
    await expect(answer).rejects.toMatchObject({ code: "no_answer", message: "no answer within 30 s" });
  },
);

test("of an act without an answer nobody knows whether it was done", async () => {
  hangs(false);
  const answer = apiPost("/rollouts/web/actions", anything, {});
  setTimeout(timeIsUp);
  await expect(answer).rejects.toMatchObject({ code: "no_answer", message: expect.stringContaining("not known") });
});

test("what the page itself calls off is no failure of the API", async () => {
  hangs(false);
  const own = new AbortController();
  const answer = apiGet("/graph", anything, own.signal);
  setTimeout(() => own.abort());
  await expect(answer).rejects.toMatchObject({ name: "AbortError" });
});
