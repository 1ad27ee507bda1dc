/**
 * A condition on an attribute as SQL over one row: 2 it holds, 0 it does not, 1 it takes a look at the span itself to know.
 * In: a parsed expression; out: an expression over `SpanAttributes` and `ResourceAttributes` with their types. What SQL
 * says for certain is exactly what `spanMatches` says; the 1s are lists, integers past 2^53 at the edge of a comparison,
 * texts beyond U+E000 in an order of texts (UTF-16 and UTF-8 order them differently), and numbers in text that do not fit.
 */
import type { AttrExpression, AttrOp } from "../../../lib/query/attr-expression.ts";
import { regexSql } from "./regex-sql.ts";
import type { SqlValues } from "./sql.ts";

/** The NUMBER of attr-expression.ts. RE2's $ is the end of the text alone. */
const NUMBER = "^[+-]?\\\\d+(?:\\\\.\\\\d+)?(?:[eE][+-]?\\\\d+)?$";
const EXACT = 2 ** 53;
const HIGH = /[\ue000-\uffff]|[\ud800-\udbff][\udc00-\udfff]/;

type Ordered = Exclude<AttrOp, "=~">;

interface Value {
  /** Whether the span or its resource has it. */
  readonly has: string;
  readonly text: string;
  readonly type: string;
}

/** Whether the span or its resource has it: the form that an index on `mapKeys` answers. */
export function hasKey(key: string): string {
  return `(has(mapKeys(SpanAttributes), ${key}) OR has(mapKeys(ResourceAttributes), ${key}))`;
}

/** The span's own attribute is asked before its resource's. */
function soughtValue(key: string): Value {
  const own = `mapContains(SpanAttributes, ${key})`;
  const type = `if(${own}, MeshscopeSpanTypes[${key}], MeshscopeResourceTypes[${key}])`;
  return {
    has: hasKey(key),
    text: `if(${own}, SpanAttributes[${key}], ResourceAttributes[${key}])`,
    type: `CAST(${type}, 'String')`,
  };
}

const verdict = (condition: string): string => `if(${condition}, 2, 0)`;

function numberSql({ text, type }: Value, op: Ordered, number: number | bigint, values: SqlValues): string {
  const wanted = values.float(Number(number));
  const none = op === "!=" ? "2" : "0";
  const left = `toFloat64OrNull(${text})`;
  const isExact = typeof number === "number" && Math.abs(number) < EXACT;
  return [
    "multiIf(",
    `${type} = 'l', 1, `,
    `${type} IN ('b', 'm', 'x'), ${none}, `,
    `${type} = '' AND NOT match(${text}, '${NUMBER}'), ${none}, `,
    `${left} IS NULL, 1, `,
    // Rounded to doubles, two different integers may look the same: only then does the order hang on the digits.
    ...(isExact ? [] : [`${left} = ${wanted}, 1, `]),
    `${left} ${op} ${wanted}, 2, 0)`,
  ].join("");
}

function textSql({ text, type }: Value, op: Ordered, wanted: string, values: SqlValues): string {
  const isEquality = op === "=" || op === "!=";
  const right = values.text(wanted);
  const high = isEquality ? [] : [HIGH.test(wanted) ? "1, 1, " : `match(${text}, '[\\\\x{E000}-\\\\x{10FFFF}]'), 1, `];
  return `multiIf(${type} = 'l', 1, ${type} = 'm', 0, ${high.join("")}${text} ${op} ${right}, 2, 0)`;
}

/** `pushRegex` false: patterns are left to the look at the span. */
export function attrSql(expression: AttrExpression, values: SqlValues, pushRegex: boolean): string {
  const value = soughtValue(values.text(expression.key));
  switch (expression.kind) {
    case "exists":
      return verdict(value.has);
    case "number":
      return `if(${value.has}, ${numberSql(value, expression.op, expression.number, values)}, 0)`;
    case "text":
      return `if(${value.has}, ${textSql(value, expression.op, expression.text, values)}, 0)`;
    case "matches": {
      const pattern = pushRegex ? regexSql(expression.regex.source) : undefined;
      const holds = pattern === undefined ? "1" : verdict(`match(${value.text}, ${values.text(pattern)})`);
      return `if(${value.has}, multiIf(${value.type} = 'l', 1, ${value.type} = 'm', 0, ${holds}), 0)`;
    }
  }
}
