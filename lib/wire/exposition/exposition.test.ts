import { existsSync, readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rng } from "../../base/rng.ts";
import { DEFAULT_LIMITS, type ExpositionLimits, scanExposition } from "./exposition.ts";
import { canonicalSeries, parseSeries } from "./parse-series.ts";
import type { ExpositionVisitor } from "./visitor.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

interface Sample {
  readonly series: string;
  readonly value: number;
  readonly timestampMs: number | undefined;
}

function scan(body: string | Uint8Array, limits: Partial<ExpositionLimits> = {}) {
  const bytes = typeof body === "string" ? encoder.encode(body) : body;
  const samples: Sample[] = [];
  const types: string[] = [];
  const units: string[] = [];
  const starts: number[] = [];
  const exemplars: (readonly [string, number, number | undefined])[] = [];
  const composites: (readonly [string, string])[] = [];
  const visitor: ExpositionVisitor = {
    sample: (start, _nameEnd, end, value, timestampMs) =>
      samples.push({ series: decoder.decode(bytes.subarray(start, end)), value, timestampMs }),
    type: (a, b, type) => types.push(`${decoder.decode(bytes.subarray(a, b))} ${type}`),
    unit: (a, b, c, d) => units.push(`${decoder.decode(bytes.subarray(a, b))} ${decoder.decode(bytes.subarray(c, d))}`),
    started: (ms) => starts.push(ms),
    exemplar: (start, end, value, at) => exemplars.push([decoder.decode(bytes.subarray(start, end)), value, at]),
    composite: (start, nameEnd, _, kind) => composites.push([decoder.decode(bytes.subarray(start, nameEnd)), kind]),
  };
  const result = scanExposition(bytes, visitor, { ...DEFAULT_LIMITS, ...limits });
  return { result, samples, types, units, starts, exemplars, composites };
}

function stats(result: ReturnType<typeof scan>["result"]) {
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

function code(result: ReturnType<typeof scan>["result"]): string {
  return result.ok ? "ok" : result.error.code;
}

describe("the text reader takes what real proxies print", () => {
  test.each([
    ["a{} 1", "a{}", 1],
    ["a 1", "a", 1],
    ["a\t1\t", "a", 1],
    ["  a   1  ", "a", 1],
    ["a 1\r", "a", 1],
    ["a NaN", "a", Number.NaN],
    ["a nan", "a", Number.NaN],
    ["a +Inf", "a", Number.POSITIVE_INFINITY],
    ["a -Inf", "a", Number.NEGATIVE_INFINITY],
    ["a 16440392441958861461", "a", Number("16440392441958861461")],
    ["a 46.978568171454625712613051291555", "a", Number("46.978568171454625712")],
    ["a 1.5e-3", "a", 0.0015],
    ["a -7", "a", -7],
    ['a{b="c"} 1', 'a{b="c"}', 1],
    ['a{b="c",} 1', 'a{b="c",}', 1],
    ['a { b = "c" , d="e" } 1', 'a { b = "c" , d="e" }', 1],
    ['a{b="}"} 1', 'a{b="}"}', 1],
    ['a{b="\\"} 2"} 1', 'a{b="\\"} 2"}', 1],
    ['a{b="Ünï"} 1', 'a{b="Ünï"}', 1],
    ['a_bucket{le="1"} 5 # {trace_id="x"} 0.5 1700000000.1', 'a_bucket{le="1"}', 5],
    ['a_bucket{le="1"} 5# {trace_id="x"} 0.5', 'a_bucket{le="1"}', 5],
  ])("%s", (line, series, value) => {
    for (const body of [line, `${line}\n`, `# TYPE a counter\n\n${line}\n# EOF\n`]) {
      const { result, samples } = scan(body);
      expect(stats(result).malformed).toBe(0);
      expect(samples).toEqual([{ series, value, timestampMs: undefined }]);
    }
  });

  test("timestamps are milliseconds, or seconds in OpenMetrics", () => {
    const { samples } = scan("a 1 1700000000123\nb 2 1700000000.5\nc 3 1700000000 # {} 1\n");
    expect(samples.map((sample) => sample.timestampMs)).toEqual([1700000000123, 1700000000500, 1700000000000]);
  });

  test("OpenMetrics lines stand among others, and EOF need not be the end", () => {
    const body =
      "# HELP a An a\n# TYPE a counter\n# UNIT a seconds\na_total 1\na_created 1.7e9\n# EOF\n#TYPE b gauge\nb{} 2\n";
    const { result, samples, types } = scan(body);
    expect(samples.map((sample) => sample.series)).toEqual(["a_total", "a_created", "b{}"]);
    expect(types).toEqual(["a counter", "b gauge"]);
    expect(stats(result)).toMatchObject({ samples: 3, malformed: 0, sawEof: true });
  });

  test("a byte order mark and an empty body are no error", () => {
    expect(scan(new Uint8Array([0xef, 0xbb, 0xbf, ...encoder.encode("a 1\n")])).samples).toHaveLength(1);
    expect(stats(scan("").result).samples).toBe(0);
    expect(stats(scan("\n# nothing\n").result).samples).toBe(0);
  });
});

describe("OpenMetrics", () => {
  test("types are told by their words, of both formats; another word, or none, is a comment", () => {
    const lines = [
      "counter",
      "info",
      "stateset",
      "gaugehistogram",
      "unknown",
      "Histogram",
      "untyped",
      "banana",
      "",
      "a b",
    ];
    const { result, types } = scan(lines.map((type) => `# TYPE x ${type}\n`).join(""));
    expect(types).toEqual(
      ["counter", "info", "stateset", "gaugehistogram", "unknown", "histogram", "untyped"].map((type) => `x ${type}`),
    );
    expect(stats(result).malformed).toBe(0);
  });

  test("units are told", () => {
    expect(scan("# UNIT a_seconds seconds\n# UNIT b\n# HELP b TYPE c counter\n").units).toEqual(["a_seconds seconds"]);
  });

  test("info, stateset and gaugehistogram samples are samples like others", () => {
    const body = `# TYPE a info\na_info{v="1"} 1\n# TYPE s stateset\ns{s="on"} 1\ns{s="off"} 0\n
# TYPE g gaugehistogram\ng_bucket{le="+Inf"} 4\ng_gcount 4\ng_gsum 3\n# EOF\n`;
    expect(stats(scan(body).result)).toMatchObject({ samples: 6, malformed: 0 });
  });

  test("exemplars are no part of the value: they are told with their own labels, value and time", () => {
    const { samples, exemplars } = scan(
      'a_bucket{le="1"} 5 # {trace_id="x",span_id="}"} 0.5 1700000000.1\nb 2 1700000000 #{} 1\nc 3\n',
    );
    expect(samples.map(({ value }) => value)).toEqual([5, 2, 3]);
    expect(exemplars).toEqual([
      ['{trace_id="x",span_id="}"}', 0.5, 1700000000100],
      ["{}", 1, undefined],
    ]);
  });

  test("of several exemplars on a line each is told", () => {
    expect(scan('a 1 # {t="x"} 1 1.5 # {t="y"} 2 # {t="z"} 3 2.5\n').exemplars.map(([, value]) => value)).toEqual([
      1, 2, 3,
    ]);
  });

  test.each(['a 7 # {t="x"', 'a 7 # {t="x"} one', "a 7 # {t=x} 1", "a 7 # words", "a 7 #", 'a 7 # {t="x"} 1 2 3'])(
    "a broken exemplar costs itself and not its sample: %s",
    (line) => {
      const { result, samples } = scan(`${line}\nb 8\n`);
      expect(samples.map(({ value }) => value)).toEqual([7, 8]);
      expect(stats(result)).toMatchObject({ malformed: 0, badExemplars: 1 });
    },
  );

  test("a start timestamp stands after the timestamp, in seconds, and before exemplars", () => {
    const { result, samples, starts } = scan('a 1 st@1700000000.5\nb 2 1700000001 st@1700000000 # {t="x"} 1 2\nc 3\n');
    expect(starts).toEqual([1700000000500, 1700000000000]);
    expect(samples.map(({ timestampMs }) => timestampMs)).toEqual([undefined, 1700000001000, undefined]);
    expect(stats(result)).toMatchObject({ samples: 3, badExemplars: 0 });
    expect(
      stats(scan("x 1\na 1 st@\na 1 st@x\na 1 st@1 2\na 1 st@1 st@2\ny 1\nz 1\nz 2\nz 3\n").result).malformed,
    ).toBe(4);
  });

  const NATIVE = [
    "h {count:24,sum:100,schema:0,zero_threshold:0.001,zero_count:4,positive_spans:[0:2,1:2],positive_deltas:[2,1,-2,3]}",
    'h{a="b"} {count:24,sum:NaN,schema:0,zero_threshold:0.001,zero_count:4,negative_spans:[0:1],negative_deltas:[2]}',
    'h{a="b",c="{"} {count:24.5,sum:1e3,schema:-4,zero_threshold:0,zero_count:0} 1700000000 st@1699999999 # {t="x"} 1 2',
    "h{} {schema:3,count:17,sum:324789.3,zero_threshold:1e-4,zero_count:0,positive_spans:[0:2],positive_buckets:[5,7]}",
  ];

  test.each(NATIVE)("a native histogram is told, and is neither sample nor odd: %s", (line) => {
    const { result, samples, composites } = scan(`x 1\n${line}\nh_bucket{le="+Inf"} 24\n# EOF\n`);
    expect(composites).toEqual([["h", "native"]]);
    expect(samples).toHaveLength(2);
    expect(stats(result)).toMatchObject({ samples: 2, malformed: 0, composites: 1 });
  });

  test.each(["h {count:17,sum:3,bucket:[0.1:8,+Inf:17]} st@0.5", 's{a="b"} {count:17,sum:3,quantile:[0.95:1.5]}'])(
    "a classic histogram or summary on one line is told apart from a native one: %s",
    (line) => expect(scan(`${line}\n`).composites.map(([, kind]) => kind)).toEqual(["classic"]),
  );

  test("a body of nothing but native histograms is an exposition; an unclosed one is an odd line", () => {
    expect(stats(scan(`${NATIVE.join("\n")}\n`).result)).toMatchObject({ samples: 0, composites: 4 });
    expect(stats(scan("x 1\nh {count:24,sum:1\ny 2\n").result)).toMatchObject({ samples: 2, malformed: 1 });
  });

  test("an end in the middle does not vouch for the end of what follows it", () => {
    expect(code(scan("a 1\n# EOF\nb 12", { framed: false }).result)).toBe("truncated_line");
    expect(scan("a 1\n# EOF\nb 12\n", { framed: false }).samples).toHaveLength(2);
  });

  test("whatever stands in a body, in any order, every sample and exemplar comes through as it was printed", () => {
    const name = fc.stringMatching(/^[a-z][a-z_]{0,8}$/);
    const text = fc.string({ maxLength: 12 });
    const quoted = (value: string) => value.replace(/[\\"\n]/g, (char) => (char === "\n" ? "\\n" : `\\${char}`));
    const labels = fc.uniqueArray(fc.tuple(name, text), { selector: ([key]) => key, maxLength: 3 });
    const set = labels.map((pairs) => `{${pairs.map(([key, value]) => `${key}="${quoted(value)}"`).join(",")}}`);
    const value = fc.oneof(fc.integer(), fc.double({ noDefaultInfinity: true, noNaN: true }));
    const seconds = fc.integer({ min: 1, max: 4_000_000_000 });
    const exemplar = fc.tuple(set, value, fc.option(seconds));
    const sample = fc.record({
      series: fc.tuple(name, set).map(([word, made]) => `${word}${made}`),
      value,
      at: fc.option(seconds),
      start: fc.option(seconds),
      exemplars: fc.array(exemplar, { maxLength: 3 }),
    });
    const other = fc.constantFrom("# EOF", "# TYPE a counter", "# UNIT a seconds", "# HELP a { \\n", "", ...NATIVE);
    fc.assert(
      fc.property(fc.array(fc.oneof(sample, other), { maxLength: 20 }), fc.constantFrom("\n", "\r\n"), (lines, end) => {
        const printed = lines.map((line) => {
          if (typeof line === "string") return line;
          const marks = line.exemplars.map(
            ([made, number, at]) => ` # ${made} ${number}${at === null ? "" : ` ${at}`}`,
          );
          const at = line.at === null ? "" : ` ${line.at}`;
          return `${line.series} ${line.value}${at}${line.start === null ? "" : ` st@${line.start}`}${marks.join("")}`;
        });
        const seen = scan(printed.map((line) => `${line}${end}`).join(""));
        const samples = lines.flatMap((line) => (typeof line === "string" ? [] : [line]));
        expect(stats(seen.result)).toMatchObject({ samples: samples.length, malformed: 0, badExemplars: 0 });
        expect(seen.samples.map((one) => [one.series, one.value === 0 ? 0 : one.value])).toEqual(
          samples.map((one) => [one.series, one.value === 0 ? 0 : one.value]),
        );
        expect(seen.starts).toEqual(samples.flatMap(({ start }) => (start === null ? [] : [start * 1000])));
        expect(seen.exemplars).toHaveLength(samples.reduce((sum, one) => sum + one.exemplars.length, 0));
        expect(seen.composites).toHaveLength(
          lines.filter((line) => typeof line === "string" && line.startsWith("h")).length,
        );
      }),
      { numRuns: 500 },
    );
  });
});

describe("odd lines", () => {
  test.each([
    "a",
    "a{ 1",
    'a{b="c} 1',
    "a{b=c} 1",
    'a{="c"} 1',
    'a{b="c"e="f"} 1',
    "a one",
    "a 0x10",
    "a 1_000",
    "a 1 2 3",
    "a 1 later",
    "{} 1",
    'a{b="c"}',
    "=",
  ])("are counted, located and skipped: %s", (line) => {
    const { result, samples } = scan(`x 1\ny 2\n${line}\nz 3\n`);
    expect(samples.map((sample) => sample.value)).toEqual([1, 2, 3]);
    expect(stats(result)).toMatchObject({ malformed: 1, firstOdd: { code: "malformed_line", line: 3, offset: 8 } });
  });

  test("a line over the limit is skipped with a code of its own", () => {
    const { result, samples } = scan(`x 1\ny{a="${"y".repeat(100)}"} 2\nz 3\n`, { lineBytes: 64 });
    expect(samples).toHaveLength(2);
    expect(stats(result)).toMatchObject({ tooLong: 1, malformed: 0, firstOdd: { code: "line_too_long", line: 2 } });
  });
});

describe("bodies that are refused whole", () => {
  test.each([
    ["a page", "<!DOCTYPE html>\n<html><body>404 page not found</body></html>\n"],
    ["prose", "upstream connect error or disconnect/reset before headers\n"],
    ["JSON", '{"status": "ok",\n "up": 1}\n'],
    ["more prose than samples", "fine 1\nnot so fine\nnot at all\n"],
  ])("%s", (_, body) => {
    const { result } = scan(body);
    expect(code(result)).toBe("not_exposition");
    if (!result.ok) expect(result.error.message).toContain("line ");
  });

  test("binary data", () => {
    const r = rng(3);
    const bytes = Uint8Array.from({ length: 5000 }, () => r.int(256));
    expect(code(scan(bytes).result)).toBe("not_exposition");
  });

  test("a long page is given up early", () => {
    const seen = scan("<p>lorem ipsum</p>\n".repeat(100_000));
    expect(code(seen.result)).toBe("not_exposition");
  });

  test("more samples than allowed", () => {
    expect(code(scan("a 1\nb 2\nc 3\n", { samples: 3 }).result)).toBe("ok");
    expect(code(scan("a 1\nb 2\nc 3\n", { samples: 2 }).result)).toBe("sample_limit");
  });

  test("a last line that the end of the connection may have cut, so that 123 is never read as 12", () => {
    expect(code(scan("a 1\nb 12", { framed: false }).result)).toBe("truncated_line");
    expect(code(scan("a 1\nb 12\n", { framed: false }).result)).toBe("ok");
    expect(code(scan("a 1\nb 12\n# EOF", { framed: false }).result)).toBe("ok");
    expect(scan("a 1\nb 12").samples).toHaveLength(2);
  });
});

describe("series", () => {
  test("escapes are undone, and other backslashes stand", () => {
    const parsed = parseSeries('a{b="x\\\\y\\"z\\nw",c="\\d+"}');
    expect(parsed.ok && [...parsed.value.labels]).toEqual([
      ["b", 'x\\y"z\nw'],
      ["c", "\\d+"],
    ]);
  });

  test("a label given twice is an error", () => {
    expect(parseSeries('a{b="1",b="2"}')).toMatchObject({ ok: false, error: { code: "duplicate_label" } });
  });

  test("any labels survive the way through canonical text, whatever their order", () => {
    const labels = fc.uniqueArray(fc.tuple(fc.stringMatching(/^[a-z_]{1,8}$/), fc.string({ minLength: 1 })), {
      selector: ([name]) => name,
      maxLength: 6,
    });
    fc.assert(
      fc.property(labels, (pairs) => {
        const text = canonicalSeries({ name: "a", labels: new Map(pairs) });
        expect(canonicalSeries({ name: "a", labels: new Map([...pairs].reverse()) })).toBe(text);
        const parsed = parseSeries(text);
        expect(parsed.ok && new Map(parsed.value.labels)).toEqual(new Map(pairs));
      }),
    );
  });

  test("an empty label is no label", () => {
    expect(canonicalSeries({ name: "a", labels: new Map([["b", ""]]) })).toBe("a");
  });
});

describe("hostile bytes", () => {
  const bodies = [
    '# TYPE a counter\na{b="c",d="\\"x\\\\"} 17 1700000000000\na{b="e"} 1.5e3\nb{} NaN\n# EOF\n',
    'h_bucket{le="0.5"} 1\nh_bucket{le="+Inf"} 2 # {id="x"} 0.2 1.1\nh_sum 0.3\nh_count 2\nh_created 1.7e9\n',
    'h{a="b"} {count:2,sum:1,schema:0,zero_threshold:1,zero_count:2} 3 st@1\na 1 2 st@1 # {x="y"} 1 2 # {} 3\n',
  ];

  test("10,000 random mutations never throw, and accepted series can all be parsed", () => {
    const r = rng(11);
    for (let round = 0; round < 10_000; round++) {
      const source = encoder.encode(bodies[round % bodies.length] ?? "");
      const bytes = source.slice(0, r.int(4) === 0 ? r.int(source.length + 1) : source.length);
      for (let edits = r.int(6); edits >= 0; edits--) bytes[r.int(Math.max(1, bytes.length))] = r.int(256);
      const { result, samples } = scan(bytes, { framed: r.int(2) === 0, lineBytes: 40 + r.int(200) });
      if (result.ok) expect(result.value.samples).toBe(samples.length);
      for (const { series } of samples) {
        const parsed = parseSeries(series);
        if (!parsed.ok) expect(parsed.error.code).toBe("duplicate_label");
      }
    }
  });

  test("no accepted value depends on bytes past the end", () => {
    const text = encoder.encode('a{b="c"} 123 456\n');
    for (let end = 0; end <= text.length; end++) {
      const padded = new Uint8Array(end + 40).fill(57);
      padded.set(text.subarray(0, end));
      const cut = scan(text.subarray(0, end)).samples;
      expect(scan(padded.subarray(0, end)).samples).toEqual(cut);
    }
  });
});

const folder = "../shared/samples";
const captured = "e2e/real/captures";
const files = [
  ...(existsSync(folder) ? readdirSync(folder).map((name) => `${folder}/${name}`) : []),
  ...readdirSync(captured, { recursive: true, encoding: "utf8" }).map((name) => `${captured}/${name}`),
].filter((name) => /\.prom(?:\.txt)?$/.test(name));

describe("captures of real proxies", () => {
  test("are there: the project's own, and the samples where the folder is", () => {
    expect(files.length).toBeGreaterThanOrEqual(10);
  });

  test.each(files)("%s is read to its last line", (file) => {
    const bytes = new Uint8Array(readFileSync(file));
    const { result, samples } = scan(bytes);
    expect(stats(result)).toMatchObject({ malformed: 0, tooLong: 0 });
    const lines = decoder.decode(bytes).split("\n");
    expect(samples).toHaveLength(lines.filter((line) => line.trim() !== "" && !line.startsWith("#")).length);
    for (const { series } of samples) expect(parseSeries(series).ok).toBe(true);
  });
});
