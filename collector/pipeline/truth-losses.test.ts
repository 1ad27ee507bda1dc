/** What lines that cannot be read may do to the counts of those that can: nothing. Through the whole chain, as golden tests. */
import { expect, test } from "vitest";
import { istio, lines, Rig, T0 } from "./truth-rig.ts";

const GOOD = "200";
const failed = (value: number): string => istio(value, { code: "503" });
const long = "y".repeat(70_000);

for (const [what, odd] of [
  ["an application's malformed line", "my_app_metric{bad 1"],
  ["an application's line over 64 KiB", `my_app_metric{x="${long}"} 1`],
  ["a proxy's gauge that prints NaN", "envoy_server_days_until_first_cert_expiring{} NaN"],
  ["a request counter that prints NaN", istio(0, { to: "pay" }).replace(/ 0$/, " NaN")],
  ["a proxy's malformed line that stays", istio(7, { to: "pay" }).replace('reporter="', "reporter=")],
  ["a proxy's line over 64 KiB that stays", istio(7, { to: long })],
  ["a family declared as a gauge from the third scrape on", ""],
] as const) {
  test(`${what} hides no series that appears later`, async () => {
    const rig = new Rig();
    for (let i = 0; i <= 6; i++) {
      const appeared = i >= 3 ? [failed(50)] : [];
      const turned =
        odd === "" ? `# TYPE envoy_server_uptime ${i < 2 ? "counter" : "gauge"}\nenvoy_server_uptime 9` : odd;
      rig.scrape(T0 + i * 10_000, lines(istio(i * 10, { code: GOOD }), ...appeared, turned));
    }
    const edge = await rig.edge("web", "api");
    expect(edge.health).toMatchObject({ requests: 110, state: "failure" });
    expect(edge.errorRatio).toBe(0.4545);
  });
}

test("a series whose line was lost for one scrape is not counted from zero when it comes back", async () => {
  const rig = new Rig();
  const broken = istio(5000).replace('reporter="', "reporter=");
  for (const [i, text] of [istio(4000), istio(4100), broken, istio(4300), istio(4400)].entries()) {
    rig.scrape(T0 + i * 10_000, lines(text, "envoy_server_live{} 1"));
  }
  expect(await rig.counted("web", "api")).toBe(200);
});

test("another line lost at each scrape: what comes back is a baseline, though as many were lost", async () => {
  const rig = new Rig();
  const broken = (line: string): string => line.replace('reporter="', "reporter=");
  rig.scrape(T0, lines(istio(4000), failed(4000)));
  rig.scrape(T0 + 10_000, lines(broken(istio(4010)), failed(4010)));
  rig.scrape(T0 + 20_000, lines(istio(4020), broken(failed(4020))));
  rig.scrape(T0 + 30_000, lines(istio(4030), failed(4030)));
  expect(await rig.counted("web", "api")).toBe(20);
});

for (const first of [istio(4000), istio(0).replace(/ 0$/, " NaN")]) {
  const seen = first.endsWith("NaN") ? "never had a value" : "had one before";
  test(`a counter that prints NaN and ${seen} is a baseline at its next value`, async () => {
    const rig = new Rig();
    const nan = istio(0).replace(/ 0$/, " NaN");
    for (const [i, text] of [failed(0), lines(failed(0), first), nan, istio(4300), istio(4400)].entries()) {
      rig.scrape(T0 + i * 10_000, text);
    }
    expect(await rig.counted("web", "api")).toBe(seen === "had one before" ? 4100 : 100);
  });
}

test("what a row has no room for is counted: latencies in a ninth set of buckets, a seventeenth principal", async () => {
  const rig = new Rig();
  const family = "istio_request_duration_milliseconds_bucket";
  const bucket = (le: string, nth: number, value: number): string =>
    istio(value, { family, code: String(200 + nth) }).replace("} ", `,le="${le}"} `);
  const timed = (nth: number, value: number): string[] => [
    bucket(`${nth + 1}`, nth, value),
    bucket("+Inf", nth, value),
  ];
  const named = (nth: number, value: number): string =>
    istio(value, { code: String(200 + nth) }).replace("} ", `,source_principal="spiffe://td/ns/shop/sa/${nth}"} `);
  const nine = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  const eighteen = Array.from({ length: 18 }, (_, i) => i);
  for (const n of [0, 1]) {
    const timings = nine.flatMap((nth) => timed(nth, n * 7));
    rig.scrape(T0 + n * 10_000, lines(...timings, ...eighteen.map((nth) => named(nth, n))));
  }
  expect((await rig.graph()).completeness.dropped).toEqual({ latency_schemes: 7, principals: 2 });
  expect((await rig.edge("web", "api")).latencyMs).toMatchObject({ count: 56 });
  expect(await rig.counted("web", "api")).toBe(18);
  const printed = await rig.registry.metrics();
  expect(printed).toContain('meshscope_rollup_left_out{code="latency_schemes"} 7');
  expect(printed).toContain('meshscope_rollup_left_out{code="principals"} 2');
});
