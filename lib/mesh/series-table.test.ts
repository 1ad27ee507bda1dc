import { describe, expect, test } from "vitest";
import { rng } from "../base/rng.ts";
import type { TargetLabels } from "../model/meaning.ts";
import { autoAdapter } from "./auto.ts";
import { reportOf } from "./read-report.ts";
import { DEFAULT_SERIES_LIMITS, type SeriesLimits, SeriesTable, type TableReading } from "./series-table.ts";

const encoder = new TextEncoder();
const target: TargetLabels = { cluster: "c1", namespace: "shop", workload: "web", service: "", version: "", app: "" };

function table(limits: Partial<SeriesLimits> = {}) {
  const inner = new SeriesTable(autoAdapter, target, { ...DEFAULT_SERIES_LIMITS, ...limits });
  let clock = 1_700_000_000_000;
  const names = new Map<number, string>();
  return {
    /** Ids that stand for a series now, by canonical text. */
    names,
    read(body: string, afterMs = 10_000) {
      clock += afterMs;
      const result = inner.read(encoder.encode(body), clock);
      if (!result.ok) return result;
      for (const id of result.value.reading.forgotten ?? []) names.delete(id);
      for (const { id, canonical } of result.value.reading.learned) names.set(id, canonical);
      return result;
    },
    values({ reading }: TableReading): Map<string, number> {
      const out = new Map<string, number>();
      for (let i = 0; i < reading.size; i++) {
        out.set(names.get(reading.ids[i] ?? -1) ?? "?", reading.values[i] ?? Number.NaN);
      }
      return out;
    },
    must(body: string, afterMs = 10_000): TableReading {
      const result = this.read(body, afterMs);
      if (!result.ok) throw new Error(result.error.message);
      return result.value;
    },
  };
}

function idsOf({ reading }: TableReading): number[] {
  return [...reading.ids.subarray(0, reading.size)];
}

const RETRY = "envoy_cluster_upstream_rq_retry";
const retry = (cluster: string, value: number | string, extra = "") =>
  `${RETRY}{envoy_cluster_name="${cluster}"${extra}} ${value}\n`;
const canonical = (cluster: string) => `${RETRY}{envoy_cluster_name="${cluster}"}`;

describe("OpenMetrics in a reading", () => {
  const DURATION = "istio_request_duration_milliseconds";
  const NATIVE = "{count:3,sum:9,schema:0,zero_threshold:0.001,zero_count:0,positive_spans:[0:1],positive_deltas:[3]}";

  test("a wanted family printed as a native histogram is refused with its code; an application's own is no loss", () => {
    const { stats, reading } = table().must(`${DURATION}{reporter="source"} ${NATIVE}\nhttp_seconds ${NATIVE}\n`);
    expect(stats.drops).toEqual(new Map([["native_histogram", 1]]));
    expect(stats.unwanted).toBe(1);
    expect(reading.incomplete).toBe(false);
    expect(reportOf(stats).details.get("native_histogram")).toContain("classic buckets");
    const classic = table().must(`${DURATION} {count:3,sum:9,bucket:[1:2,+Inf:3]}\n`);
    expect(classic.stats.drops).toEqual(new Map([["composite_value", 1]]));
  });

  test("a broken exemplar is counted and its sample stands", () => {
    const t = table();
    const reading = t.must(retry("a", 7, "").replace("\n", ' # {trace_id="x} 1\n'));
    expect(t.values(reading)).toEqual(new Map([[canonical("a"), 7]]));
    expect(reading.stats.drops).toEqual(new Map([["exemplar_malformed", 1]]));
  });

  test("a start timestamp on the line says the same as a created sample, for its own series alone", () => {
    const { reading } = table().must(`${retry("a", 7).trimEnd()} st@1700000000\n${retry("b", 7)}`);
    const [a = -1, b = -1] = reading.ids;
    expect([reading.createdMs.get(a), reading.createdMs.get(b)]).toEqual([1_700_000_000_000, undefined]);
  });

  test("a family's type is the same whether its TYPE line has the suffix or not, and in which half it stands", () => {
    const t = table();
    const both = `# TYPE ${RETRY}_total counter\n${retry("a", 1)}# TYPE ${RETRY} counter\n${retry("b", 1)}# EOF\n`;
    t.must(both);
    expect(t.must(both).stats.typeChanged).toEqual([]);
  });
});

describe("over the limit of series", () => {
  test("the report names the label that exploded, and on which metric", () => {
    const t = table({ series: 100 });
    const body = Array.from({ length: 1_000 }, (_, i) =>
      retry(`c${i % 7}`, i, `,zone="z${i % 3}",request_id="r${i}"`),
    ).join("");
    const { stats } = t.must(body);
    expect(stats.drops).toEqual(new Map([["series_folded", 900]]));
    expect(stats.exploded).toEqual([{ label: "request_id", values: 101, metric: RETRY }]);
    expect(reportOf(stats).details.get("series_folded")).toContain("label request_id has the most values");
    // Those that were not printed again have made room, one scrape later.
    expect(t.must(retry("a", 1)).stats.drops).toEqual(new Map([["series_folded", 1]]));
    expect(t.must(retry("b", 1)).stats).toMatchObject({ known: 1, drops: new Map() });
  });
});

describe("what a reading reports", () => {
  test("every drop that can be mended says what and where", () => {
    const t = table();
    t.must(`# TYPE ${RETRY} counter\n${retry("a", 1)}`);
    const { stats } = t.must(
      `# TYPE ${RETRY} gauge\n${retry("a", 1)}${RETRY}{b=c} 1\n${retry("c", "NaN")}${retry("a", 1)}`,
    );
    const report = reportOf(stats);
    expect(report.dropped).toEqual(
      new Map([
        ["type_changed", 2],
        ["duplicate_series", 1],
        ["malformed_line", 1],
      ]),
    );
    expect(report.details.get("malformed_line")).toMatch(/^line 3, byte \d+: labels$/);
    expect(report.details.get("type_changed")).toBe(`${RETRY}: counter → gauge`);
    expect(report.notes.map((note) => note.code)).toEqual(["type_changed"]);
  });
});

describe("a series table", () => {
  test("gives a series the same id at every scrape, in whatever order the body has it", () => {
    const t = table();
    const first = t.must(retry("a", 1) + retry("b", 2) + retry("c", 3));
    const ids = new Map([...t.values(first).keys()].map((key, i) => [key, idsOf(first)[i]]));
    for (const order of ["abc", "cba", "bac", "b", "acb"]) {
      const next = t.must([...order].map((name, i) => retry(name, i)).join(""));
      expect([...t.values(next).keys()].map((key) => ids.get(key))).toEqual(idsOf(next));
      expect([...t.values(next).values()]).toEqual([...order].map((_, i) => i));
    }
  });

  test("takes another label order, blanks and an empty label for the same series", () => {
    const t = table();
    const first = t.must(`${RETRY}{a="1",envoy_cluster_name="b"} 1\n`);
    const second = t.must(`${RETRY}{ envoy_cluster_name = "b", a="1", c="" } 2\n`);
    expect(idsOf(second)).toEqual(idsOf(first));
    expect(second.stats.known).toBe(1);
  });

  test("counts a series that stands twice in one body once, and says so", () => {
    const t = table();
    const once = t.must(retry("a", 10) + retry("a", 10) + retry("b", 1));
    expect(t.values(once).get(canonical("a"))).toBe(10);
    expect(once.stats.series).toBe(2);
    expect(once.stats.drops).toEqual(new Map([["duplicate_series", 1]]));
    expect(once.reading.incomplete).toBe(false);
  });

  test("passes over an application's metrics without keeping anything of them", () => {
    const t = table({ series: 2 });
    for (let scrape = 0; scrape < 3; scrape++) {
      const noise = Array.from({ length: 1000 }, (_, i) => `app_${scrape}_${i}{id="${i}"} 1\n`).join("");
      const seen = t.must(noise + retry("a", scrape));
      expect(seen.stats).toMatchObject({ samples: 1001, unwanted: 1000, series: 1, known: 1 });
      expect(seen.stats.drops.size).toBe(0);
    }
  });

  test("folds series past the limit into an `other` member that counts what they add, and takes them when there is room", () => {
    const t = table({ series: 2 });
    const seen = t.must(retry("a", 1) + retry("b", 2) + retry("c", 3) + retry("d", 4));
    expect([...t.values(seen).keys()]).toEqual([canonical("a"), canonical("b"), canonical("other")]);
    expect(seen.stats.drops).toEqual(new Map([["series_folded", 2]]));
    expect(seen.reading.incomplete).toBe(false);
    // What the member counted since the last reading, which the next one overwrites.
    let before = t.values(seen).get(canonical("other")) ?? Number.NaN;
    const added = (...lines: string[]): number => {
      const last = before;
      before = t.values(t.must(lines.join(""))).get(canonical("other")) ?? Number.NaN;
      return before - last;
    };
    expect(added(retry("a", 1), retry("b", 2), retry("c", 5), retry("d", 10), retry("e", 100))).toBe(2 + 6 + 100);
    // One starts anew, one is gone: the count does not fall.
    expect(added(retry("a", 1), retry("b", 2), retry("c", 1), retry("e", 101))).toBe(1 + 1);
    expect(added(retry("c", 5), retry("d", 6), retry("f", 6))).toBe(4 + 6 + 6);
    const later = t.must(retry("g", 7) + retry("h", 8));
    expect(t.values(later)).toEqual(
      new Map([
        [canonical("g"), 7],
        [canonical("h"), 8],
      ]),
    );
    expect(later.reading.forgotten).toHaveLength(2);
  });

  test("forgets what was not printed for long, and names the ids that may be given again", () => {
    const t = table({ forgetAfterMs: 60_000 });
    const first = t.must(retry("a", 1) + retry("b", 1));
    const gone = idsOf(first)[1];
    for (let i = 0; i < 5; i++) expect(t.must(retry("a", 1)).reading.forgotten).toEqual([]);
    const later = [1, 2, 3, 4].flatMap(() => [...(t.must(retry("a", 1)).reading.forgotten ?? [])]);
    expect(later).toEqual([gone]);
    const back = t.must(retry("a", 1) + retry("n", 9));
    expect(idsOf(back)[1]).toBe(gone);
    expect(t.names.get(gone ?? -1)).toBe(canonical("n"));
  });

  test("stays bounded when every scrape brings new series", () => {
    const t = table({ forgetAfterMs: 40_000 });
    let most = 0;
    for (let scrape = 0; scrape < 60; scrape++) {
      const body = Array.from({ length: 50 }, (_, i) => retry(`s${scrape}-${i}`, i)).join("");
      const seen = t.must(body);
      most = Math.max(most, seen.stats.known);
      expect(seen.stats.series).toBe(50);
    }
    expect(most).toBeLessThanOrEqual(50 * 7);
    expect(Math.max(...idsOf(t.must(retry("last", 1))))).toBeLessThanOrEqual(50 * 7);
  });

  test("leaves out a family that turns from counter to gauge, until it is a counter again", () => {
    const t = table();
    const typed = (type: string, value: number) => `# TYPE ${RETRY} ${type}\n${retry("a", value)}`;
    expect(t.must(typed("counter", 5)).stats.typeChanged).toEqual([]);
    const odd = t.must(typed("gauge", 3));
    expect(odd.stats.typeChanged).toEqual([`${RETRY}: counter → gauge`]);
    expect(odd.stats.drops).toEqual(new Map([["type_changed", 1]]));
    expect(odd.reading).toMatchObject({ size: 0, incomplete: false, withheld: [0] });
    expect(t.values(t.must(typed("counter", 8))).get(canonical("a"))).toBe(8);
  });

  test("a line that cannot be read is a loss only where it may be a wanted sample, the same loss by the same key", () => {
    const t = table();
    const loss = (odd: string): unknown => {
      const { incomplete, lossKey } = t.must(retry("a", 1) + odd).reading;
      return incomplete === (lossKey !== undefined) ? lossKey : "incomplete and without a key";
    };
    const long = "y".repeat(70_000);
    expect(loss("my_app{bad 1\n")).toBeUndefined();
    expect(loss(`my_app{x="${long}"} 1\n`)).toBeUndefined();
    expect(loss("envoy_of_no_interest{bad 1\n")).toBeUndefined();
    expect(loss(retry("c", "NaN"))).toBeUndefined();
    const bad = loss(`${RETRY}{a=b} 1\n`);
    expect(bad).toBeTypeOf("string");
    expect(loss(`${RETRY}{a=b} 22\n`)).toBe(bad);
    expect(loss(`${RETRY}{a=c} 1\n`)).not.toBe(bad);
    expect(loss(retry("c", 1, `,x="${long}"`))).not.toBe(loss(retry("d", 1, `,x="${long}"`)));
    expect(loss("envoy_clu\n")).toBeTypeOf("string");
    expect(loss(`${RETRY}{envoy_cluster_name="\\q"} x\n`)).toBeTypeOf("string");
  });

  test("an application's TYPE line after the proxy's samples changes nothing for them", () => {
    const t = table();
    const body = `# TYPE ${RETRY} counter\n${retry("a", 5)}# TYPE ${RETRY} gauge\n`;
    t.must(body);
    const seen = t.must(body);
    expect(t.values(seen).get(canonical("a"))).toBe(5);
  });

  test("NaN is no number", () => {
    const t = table();
    const seen = t.must(retry("a", "NaN") + retry("b", "+Inf") + retry("c", 1));
    expect([...t.values(seen).keys()]).toEqual([canonical("c")]);
    expect(seen.stats.drops).toEqual(new Map([["not_a_number", 2]]));
  });

  test("labels that are no UTF-8, or given twice, are malformed lines", () => {
    const bytes = [...encoder.encode(retry("a", 1)), ...encoder.encode(retry("b?", 1))];
    bytes[bytes.lastIndexOf(63)] = 0xff;
    const body = [...bytes, ...encoder.encode(`${RETRY}{envoy_cluster_name="x",envoy_cluster_name="y"} 1\n`)];
    const inner = new SeriesTable(autoAdapter, target);
    const result = inner.read(new Uint8Array(body), 1_700_000_000_000);
    expect(result.ok && result.value.stats.drops).toEqual(new Map([["malformed_line", 2]]));
  });

  test("one printed series with several meanings has an id for each, with one value", () => {
    const t = table();
    const seen = t.must('envoy_cluster_upstream_cx_total{envoy_cluster_name="b"} 3\n');
    expect([...t.values(seen).values()]).toEqual([3, 3, 3]);
    expect(new Set(idsOf(seen)).size).toBe(3);
    expect(new Set(t.values(seen).keys()).size).toBe(3);
  });

  test("created timestamps reach the samples they speak of, buckets included", () => {
    const body = [
      'istio_requests_total{reporter="source",source_workload="a",destination_workload="b"} 3',
      'istio_requests_created{reporter="source",source_workload="a",destination_workload="b"} 1700000000.5',
      'istio_request_duration_milliseconds_bucket{reporter="source",source_workload="a",le="+Inf"} 3',
      'istio_request_duration_milliseconds_created{reporter="source",source_workload="a"} 1.7e9',
    ].join("\n");
    const { reading } = table().must(body);
    expect(reading.size).toBe(2);
    expect([...reading.createdMs.values()]).toEqual([1_700_000_000_500, 1_700_000_000_000]);
  });

  test("a refused body leaves the table as it was, and ids given up meanwhile are still announced", () => {
    const t = table({ forgetAfterMs: 40_000 });
    const first = t.must(retry("a", 1) + retry("b", 1));
    for (let i = 0; i < 4; i++) t.must(retry("a", 1));
    expect(t.read("<html></html>", 20_000)).toMatchObject({ ok: false, error: { code: "not_exposition" } });
    expect(t.must(retry("a", 2), 1000).reading.forgotten).toEqual([idsOf(first)[1]]);
  });

  test("5,000 random mutations of a merged body never throw", () => {
    const t = table({ forgetAfterMs: 100_000 });
    const source = encoder.encode(
      `# TYPE ${RETRY} counter\n${retry("a", 1)}istio_requests_total{reporter="source",source_workload="a"} 1\napp 1\n`,
    );
    const inner = new SeriesTable(autoAdapter, target, {
      ...DEFAULT_SERIES_LIMITS,
      forgetAfterMs: 100_000,
      series: 50,
    });
    const r = rng(5);
    const meant = new Set<number>();
    for (let i = 0; i < 5000; i++) {
      const bytes = source.slice(0, r.int(3) === 0 ? r.int(source.length) : source.length);
      for (let edits = r.int(5); edits >= 0; edits--) bytes[r.int(Math.max(1, bytes.length))] = r.int(256);
      const result = inner.read(bytes, 1_700_000_000_000 + i * 10_000);
      if (!result.ok) continue;
      const { reading } = result.value;
      for (const id of reading.forgotten ?? []) meant.delete(id);
      for (const { id } of reading.learned) meant.add(id);
      for (let at = 0; at < reading.size; at++) expect(meant.has(reading.ids[at] ?? -1)).toBe(true);
      expect(new Set(reading.ids.subarray(0, reading.size)).size).toBe(reading.size);
    }
    t.must(retry("a", 1));
  });
});
