import { existsSync, readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rng } from "../../base/rng.ts";
import { DEFAULT_LIMITS, type ExpositionLimits, type ExpositionVisitor, scanExposition } from "./exposition.ts";
import { canonicalSeries, parseSeries } from "./parse-series.ts";

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
  const visitor: ExpositionVisitor = {
    sample: (start, _nameEnd, end, value, timestampMs) =>
      samples.push({ series: decoder.decode(bytes.subarray(start, end)), value, timestampMs }),
    type: (a, b, c, d) => types.push(`${decoder.decode(bytes.subarray(a, b))} ${decoder.decode(bytes.subarray(c, d))}`),
  };
  const result = scanExposition(bytes, visitor, { ...DEFAULT_LIMITS, ...limits });
  return { result, samples, types };
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
