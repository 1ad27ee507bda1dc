import { performance } from "node:perf_hooks";
import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { watchEventLoop } from "./event-loop.ts";

async function counts(registry: Registry): Promise<Map<string, number>> {
  const text = await registry.metrics();
  const lines = text.matchAll(/^meshscope_event_loop_delay_seconds_(?:bucket\{le="([^"]+)"\}|(count)) (\d+)$/gm);
  return new Map([...lines].map(([, bound, count, value]) => [bound ?? count ?? "", Number(value)]));
}

test("a blocked loop is one observation of what it kept waiting", async () => {
  const registry = new Registry();
  const stop = watchEventLoop(registry);
  await new Promise((resolve) => setTimeout(resolve, 0));
  const until = performance.now() + 120;
  while (performance.now() < until);
  await expect.poll(async () => (await counts(registry)).get("count") ?? 0).toBeGreaterThan(0);
  stop();
  const seen = await counts(registry);
  expect((seen.get("count") ?? 0) - (seen.get("0.1") ?? 0)).toBeGreaterThanOrEqual(1);
  expect(seen.get("+Inf")).toBe(seen.get("count"));
});
