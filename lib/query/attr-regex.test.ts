/** The linear regular expressions against JavaScript's own, and against patterns made to be slow. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileRegex } from "./attr-regex.ts";

function matches(source: string, text: string): boolean {
  const compiled = compileRegex(source);
  if (!compiled.ok) throw new Error(`${compiled.error.code}: ${compiled.error.message}`);
  return compiled.value.test(text);
}

const atom = fc.constantFrom("a", "b", ".", "[ab]", "[^a]", "\\d", "\\w", "\\S", "c", "[a-c]", "\\.", "[\\d-]");
const { pattern } = fc.letrec<{ pattern: string; piece: string }>((tie) => ({
  piece: fc.oneof(
    { maxDepth: 4, depthIdentifier: "regex" },
    atom,
    fc.tuple(atom, fc.constantFrom("*", "+", "?", "{2}", "{0,2}", "{1,}", "*?")).map(([a, q]) => a + q),
    fc.tuple(tie("pattern"), fc.constantFrom("", "*", "?", "{1,2}")).map(([p, q]) => `(?:${p})${q}`),
  ),
  pattern: fc
    .array(fc.array(tie("piece"), { maxLength: 3 }), { minLength: 1, maxLength: 3 })
    .map((options) => options.map((pieces) => pieces.join("")).join("|")),
}));

/** JavaScript backtracks: with many quantifiers inside each other the oracle itself takes minutes. */
const MOST_QUANTIFIERS = 6;
const fewQuantifiers = pattern.filter((p) => (p.match(/[*+?}]/g) ?? []).length <= MOST_QUANTIFIERS);

test("what it supports means what JavaScript means by it, anchored", { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(
      fewQuantifiers,
      fc.string({ unit: fc.constantFrom("a", "b", "c", "1", ".", "-", "\n"), maxLength: 8 }),
      (p, text) => {
        const compiled = compileRegex(p);
        if (!compiled.ok) expect(compiled.error.code).toBe("regex_too_large");
        else expect(compiled.value.test(text)).toBe(new RegExp(`^(?:${p})$`, "u").test(text));
      },
    ),
    { numRuns: 2000 },
  );
});

describe("by hand", () => {
  const cases: readonly [string, string, boolean][] = [
    ["^abc$", "abc", true],
    ["abc", "xabc", false],
    ["", "", true],
    ["a|", "", true],
    ["[]a]", "]", true],
    ["[a-]", "-", true],
    ["é+", "éé", true],
    [".", "😀", true],
    ["\\t", "\t", true],
    ["/api/v[12]/.*", "/api/v2/x", true],
    ["a{3}", "aa", false],
    ["(a*)*", "aaaa", true],
    ["(a*)*b", "aaaa", false],
  ];
  test.each(cases)("%s on %j is %s", (source, text, expected) => {
    expect(matches(source, text)).toBe(expected);
  });
});

test("patterns that make a backtracking matcher explode take linear time", () => {
  const text = `${"a".repeat(50_000)}!`;
  const began = Date.now();
  for (const source of ["(a+)+", "(a|a)*", "(a|aa)+b", "(.*)*x", "(?:a?){50}a{50}"])
    expect(matches(source, text)).toBe(false);
  expect(Date.now() - began).toBeLessThan(10_000);
});

describe("what it refuses", () => {
  const cases: readonly [string, string, number][] = [
    ["a(?=b)", "regex_unsupported", 2],
    ["(?<n>a)", "regex_unsupported", 1],
    ["(a)\\1", "regex_unsupported", 4],
    ["\\bx", "regex_unsupported", 1],
    ["\\p{L}", "regex_unsupported", 1],
    ["a^b", "regex_unsupported", 1],
    ["*a", "regex_syntax", 0],
    ["a**", "regex_syntax", 2],
    ["(a", "regex_syntax", 2],
    ["a)", "regex_syntax", 1],
    ["[a", "regex_syntax", 2],
    ["[b-a]", "regex_syntax", 4],
    ["a\\", "regex_syntax", 2],
    ["a{2,1}", "regex_syntax", 1],
    ["a{x}", "regex_syntax", 1],
    ["a{101}", "regex_too_large", 1],
    ["((a{100}){100}){100}", "regex_too_large", 0],
    ["a".repeat(513), "regex_too_large", 512],
    ["(".repeat(65), "regex_too_large", 65],
  ];
  test.each(cases)("%s: %s", (source, code, position) => {
    expect(compileRegex(source)).toMatchObject({ ok: false, error: { code, position } });
  });
});
