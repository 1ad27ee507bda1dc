/**
 * What the tests over real Envoys share: an estate for a block of tests, traffic of known size, and the comparison of
 * every edge with it.
 */
import { afterAll, beforeAll, expect, type TestContext } from "vitest";
import type { Mesh } from "../../lib/model/identity.ts";
import { type Collected, countsOf, startCollected } from "./collected.ts";
import type { DriveOptions } from "./envoy/estate.ts";
import { hopsOf, type Outcome, type ServiceName, statusOf, type Variant } from "./envoy/topology.ts";

const BOOT_MS = 300_000;

/** Boots one estate for the tests of a block; each test skips, with the reason, where there is no Envoy to be had. */
export function booted(variant: Variant, mesh: Mesh | "auto" = "envoy"): (context: TestContext) => Collected {
  let world: Collected | undefined;
  let reason = "the estate did not start";
  beforeAll(async () => {
    const started = await startCollected(variant, mesh);
    if ("skip" in started) {
      reason = started.skip;
      console.warn(`SKIPPED, no real Envoy here: ${reason}`);
      return;
    }
    world = started;
  }, BOOT_MS);
  afterAll(async () => {
    await world?.stop();
  });
  return (context) => world ?? context.skip(reason);
}

/** What a block of tests drove: requests, and of them those that fail and those that find nothing. */
export type Sent = { readonly requests: number; readonly failures: number; readonly missing: number };

/** Drives, and waits until all of it was scraped. */
export async function drive(world: Collected, requests: number, options: DriveOptions = {}): Promise<Sent> {
  const driven = await world.estate.drive(requests, options);
  expect([...driven.values()].reduce((sum, count) => sum + count, 0)).toBe(requests);
  await world.scraped();
  return { requests, failures: options.failures ?? 0, missing: options.missing ?? 0 };
}

function expectedCodes(to: ServiceName, sent: Sent): ReadonlyMap<string, number> {
  const { requests, failures, missing } = sent;
  const outcomes: readonly (readonly [Outcome, number])[] = [
    ["ok", requests - failures - missing],
    ["missing", missing],
    ["fail", failures],
  ];
  return new Map(outcomes.flatMap(([outcome, n]) => (n === 0 ? [] : [[String(statusOf(to, outcome)), n] as const])));
}

/** Every hop of the variant is one edge with exactly what was sent. */
export async function expectExact(world: Collected, variant: Variant, sent: Sent): Promise<void> {
  for (const hop of hopsOf(variant)) {
    const edge = await world.edge(hop.from, hop.to);
    expect([hop, countsOf(edge)]).toEqual([
      hop,
      { requests: sent.requests, codes: expectedCodes(hop.to, sent), failures: sent.failures },
    ]);
    expect(edge.clientErrorRatio).toBeCloseTo(sent.missing / sent.requests, 4);
    expect(edge.latencyMs?.count).toBe(sent.requests);
    expect(edge.evidence).toMatchObject({ from: "metrics", reporters: ["outbound"], join: "service_host" });
  }
}
