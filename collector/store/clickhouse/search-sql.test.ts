import { expect, test } from "vitest";
import { type AttrExpression, parseAttrExpression } from "../../../lib/query/attr-expression.ts";
import { traceSearchSchema } from "../../../lib/query/schema/traces.ts";
import { tableNames } from "./names.ts";
import { regexSql } from "./regex-sql.ts";
import { extentSql, pageSql, verdictsSql } from "./search-sql.ts";

const names = tableNames("m");

function expressions(...texts: string[]): AttrExpression[] {
  return texts.map((text) => {
    const parsed = parseAttrExpression(text);
    if (!parsed.ok) throw new Error(parsed.error.message);
    return parsed.value;
  });
}

const { edge: _edge, node: _node, ...defaults } = traceSearchSchema.parse({});
const query = { ...defaults, start: 1000, end: 2000 };

test("a value is never part of a statement's text", () => {
  const evil = "x') OR 1=1 --";
  const parts = {
    query: { ...query, service: [evil], operation: [evil], kind: ["server"], order: "duration" as const },
    attrs: expressions(`exists:${evil.replace("=", "")}`, `"${evil}"="${evil}"`, `k>=12345.5`, "k=~evil.*"),
    pushRegex: true,
  };
  const cursor = { order: "duration", value: 5n, traceId: "evil", start: 0, end: 1 } as const;
  const asked = { ...parts, known: { ids: ["evil-id"], isAll: false }, extent: { from: 12345n, to: 12345n }, cursor };
  for (const sql of [pageSql(asked, names), verdictsSql(parts, names, 10), extentSql(parts, names, asked.known)]) {
    expect(sql.text).not.toMatch(/evil|1=1|12345/);
    const named = new Set([...sql.text.matchAll(/\{(p\d+):/g)].map((match) => match[1]));
    expect([...named].sort()).toEqual(Object.keys(sql.values).sort());
  }
});

test("a search without conditions on the trace reads no more than when traces were", () => {
  const { text } = pageSql({ query, attrs: [], pushRegex: true, known: { ids: [], isAll: false } }, names);
  expect(text).toMatchSnapshot();
});

test("a search on attributes asks for what SQL is sure of and what was looked at", () => {
  const parts = { query: { ...query, hasError: "1" as const }, attrs: expressions("code>=500"), pushRegex: true };
  const extent = { from: 1n, to: 2n };
  expect(pageSql({ ...parts, known: { ids: ["a"], isAll: false }, extent }, names).text).toMatchSnapshot();
});

test("patterns are printed in code points, so that nothing hangs on how RE2 reads them", () => {
  expect(regexSql("^a.b$")).toBe(
    "^(?:[\\x{61}-\\x{61}][^\\x{A}-\\x{A}\\x{D}-\\x{D}\\x{2028}-\\x{2029}][\\x{62}-\\x{62}])$",
  );
  expect(regexSql("(x|y){2,3}z?")).toBe("^(?:(?:(?:[\\x{78}-\\x{78}]|[\\x{79}-\\x{79}])){2,3}(?:[\\x{7A}-\\x{7A}])?)$");
  expect(regexSql("(")).toBeUndefined();
});
