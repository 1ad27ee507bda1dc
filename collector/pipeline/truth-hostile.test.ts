/**
 * Proxies that print too much, restart all the time or are read twice, through the whole chain: what is counted is never
 * more than happened, never negative, and what is left out is told.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { istio, lines, Rig, T0, type Target } from "./truth-rig.ts";

const encoder = new TextEncoder();

/** One series a label value that a user added to Istio's telemetry: all of them are one edge. */
function exploded(series: number, value: number): string {
  const ends = 'source_workload="web",destination_workload="api",destination_canonical_service="api"';
  const head = `istio_requests_total{reporter="destination",${ends},response_code="200",session="s`;
  return Array.from({ length: series }, (_, i) => `${head}${i}"} ${value}`).join("\n");
}

test("210,000 series from one target: all count, 10,000 of them as one, and the source names the label that exploded", async () => {
  const rig = new Rig();
  const endpoint = {
    id: "shop/p:15020",
    job: "shop",
    mesh: "istio",
    target: "p",
    targetLabels: { cluster: "c1", namespace: "shop", workload: "", service: "", version: "", app: "" },
    intervalMs: 10_000,
    sampleLimit: 500_000,
  } as const;
  for (const i of [0, 1]) {
    rig.nowMs = T0 + i * 10_000;
    const taken = rig.pipeline.sink(endpoint, encoder.encode(`${exploded(210_000, 5 + i)}\n`), rig.nowMs);
    if (!taken.ok) throw new Error(taken.error.message);
    expect(taken.value.dropped).toEqual(new Map([["series_folded", 10_000]]));
    expect(taken.value.details?.get("series_folded")).toContain(
      "label session has the most values (2001 seen, on istio_requests_total)",
    );
  }
  expect(await rig.counted("web", "api")).toBe(210_000);
}, 180_000);

/** One process: what it printed at each scrape since it started, and what it really counted in all. */
interface Life {
  readonly printed: readonly number[];
}

const lives = fc.array(
  fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 4 }).map((steps): Life => {
    let sum = 0;
    return { printed: steps.map((step) => (sum += step)) };
  }),
  { minLength: 1, maxLength: 6 },
);

const uptime = (seconds: number): string => `envoy_server_uptime{} ${seconds}`;

test("whatever restarts lie between scrapes, each life's requests count once: exactly, where its clock tells of it", async () => {
  await fc.assert(
    fc.asyncProperty(lives, fc.boolean(), fc.boolean(), async (processes, clocks, both) => {
      const rig = new Rig();
      let at = T0;
      let truth = -(processes[0]?.printed[0] ?? 0);
      let floor = truth;
      let last = 0;
      for (const { printed } of processes) {
        truth += printed[printed.length - 1] ?? 0;
        printed.forEach((value, i) => {
          floor += value < last ? value : value - last;
          last = value;
          const body = lines(istio(value), ...(clocks ? [uptime(5 + 10 * i)] : []));
          const ports: Target[] = both ? [{ port: 15020 }, { port: 15090 }] : [{}];
          ports.forEach((port, nth) => {
            rig.scrape(at + nth * 50, body, port);
          });
          at += 10_000;
        });
      }
      if (processes.reduce((sum, { printed }) => sum + printed.length, 0) < 2) return;
      // Without its clock a restart shows only where the counter fell below the last value.
      expect(await rig.counted("web", "api")).toBe(clocks ? truth : floor);
      const { edges } = await rig.graph();
      for (const edge of edges) expect(edge.requestsPerSec ?? 0).toBeGreaterThanOrEqual(0);
    }),
    { numRuns: 150 },
  );
});

test("a counter that prints NaN now and then never counts more than happened, and nothing negative", async () => {
  const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 40 }), fc.boolean()), { minLength: 2, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(steps, async (printed) => {
      const rig = new Rig();
      let value = 100;
      let shown: number | null = null;
      let expected = 0;
      printed.forEach(([step, odd], i) => {
        value += step;
        const text = istio(0).replace(/ 0$/, odd ? " NaN" : ` ${value}`);
        rig.scrape(T0 + i * 10_000, lines(text, "envoy_server_live{} 1"));
        if (shown !== null && !odd) expected += value - shown;
        shown = odd ? null : value;
      });
      if (printed.every(([, odd]) => odd)) return;
      const { edges } = await rig.graph();
      expect(edges[0]?.health.requests ?? 0).toBe(expected);
    }),
    { numRuns: 150 },
  );
});
