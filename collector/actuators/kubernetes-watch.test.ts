/** What a watch does where the API server falls silent, and how it ends then. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Json } from "../../lib/control/traffic/document.ts";
import { keptBy } from "./kept-listeners.ts";
import { KubernetesTraffic } from "./kubernetes.ts";
import { serve, type TestServer } from "./test-server.ts";

const GROUP = "/apis/networking.istio.io";
const LIST = `${GROUP}/v1/virtualservices`;

let server: TestServer;
/** Paths with their queries, as they were asked for. */
let asked: string[];
/** What is taken and not answered. */
let silent: string;
/** Watches are ended by the server at once. */
let isHasty: boolean;

const ANSWERS: Readonly<Record<string, Json>> = {
  [GROUP]: { versions: [{ version: "v1" }] },
  [`${GROUP}/v1`]: { resources: [{ name: "virtualservices" }] },
  [LIST]: { items: [], metadata: { resourceVersion: "5" } },
};
const ADDED = { type: "ADDED", object: { metadata: { namespace: "shop", name: "reviews", resourceVersion: "6" } } };

const watches = () => asked.filter((url) => url.includes("watch=1"));

beforeEach(async () => {
  asked = [];
  silent = "";
  isHasty = false;
  server = await serve(({ url = "" }, response) => {
    asked.push(url);
    const [path = ""] = url.split("?");
    if (path === silent) return;
    if (isHasty && url.includes("watch=1")) response.end();
    else if (url.includes("watch=1")) {
      // The first one gives nothing, and never ends.
      response.flushHeaders();
      if (watches().length > 1) response.write(`${JSON.stringify(ADDED)}\n`);
    } else response.end(JSON.stringify(ANSWERS[path] ?? null));
  });
});
afterEach(() => server.close());

const traffic = (limits = {}) => new KubernetesTraffic({ name: "c1", mesh: "istio", url: server.url, ...limits });

test("a watch that its server should have ended is taken for dead, and gone on with from where it was", async () => {
  const [seen, faults]: string[][] = [[], []];
  const watching = traffic({ watchSeconds: 1, timeoutMs: 200 }).watch(
    ({ name }) => seen?.push(name),
    ({ message }) => faults?.push(message),
    ["istio"],
  );
  await expect.poll(() => seen, { timeout: 4_000 }).toEqual(["reviews"]);
  expect(faults).toEqual([expect.stringContaining("1.2 s")]);
  expect(watches()).toHaveLength(2);
  for (const url of watches()) expect(url).toMatch(/resourceVersion=5&timeoutSeconds=1$/);
  await watching.stop();
});

test.each([GROUP, `${GROUP}/v1`, LIST])(
  "a watch that waits for %s ends when it is stopped",
  async (path) => {
    silent = path;
    const faults: string[] = [];
    const watching = traffic().watch(
      () => {},
      ({ message }) => faults.push(message),
      ["istio"],
    );
    await expect.poll(() => asked.some((url) => url.split("?")[0] === path)).toBe(true);
    await watching.stop();
    expect(faults).toEqual([]);
    // Long before the request's own limit.
  },
  5_000,
);

test("turns leave nothing with the signal that ends them, which lives as long as the process", async () => {
  isHasty = true;
  const made: AbortSignal[] = [];
  vi.stubGlobal(
    "AbortController",
    class extends AbortController {
      constructor() {
        super();
        made.push(this.signal);
      }
    },
  );
  const faults: string[] = [];
  const watching = traffic().watch(
    () => {},
    ({ message }) => faults.push(message),
    ["istio"],
  );
  vi.unstubAllGlobals();
  expect(made).toHaveLength(1);
  const [stopping = new AbortController().signal] = made;
  await expect.poll(() => watches().length, { timeout: 4_000 }).toBeGreaterThan(6);
  // The call that is made now, or the rest between two.
  expect(keptBy(stopping)).toBeLessThanOrEqual(1);
  expect(stopping.aborted).toBe(false);
  await watching.stop();
  expect(stopping.aborted).toBe(true);
  expect(keptBy(stopping)).toBe(0);
  expect(faults).toEqual([]);
});
