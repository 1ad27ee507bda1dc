/**
 * Conditions on attributes mean the same in ClickHouse as anywhere: each expression finds exactly the spans on which
 * `spanMatches` holds. One store of spans with every sort of value, and expressions of every sort against it.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testSpan } from "../../collector/store/span-store-contract.ts";
import type { AttributeValue, Span } from "../../lib/model/span.ts";
import { parseAttrExpression, spanMatches } from "../../lib/query/attr-expression.ts";
import { traceSearchSchema } from "../../lib/query/schema/traces.ts";
import { findChdb } from "./binary.ts";
import { openEngine, scratchFolder } from "./rig.ts";
import { type ChdbServer, startChdb } from "./server.ts";
import { SpanFeeder } from "./span-feeder.ts";

const site = await findChdb();

const VALUES: readonly AttributeValue[] = [
  "",
  "200",
  "200.0",
  "+5",
  "2e2",
  "0x10",
  " 5",
  "5\n",
  "abc",
  "ABC",
  "a\nb",
  "a\u2028b",
  "é",
  "\u{1F600}",
  "\ufffd",
  "a'b\\c\t\"",
  "9007199254740993",
  "123456789012345678901234567890",
  `1${"0".repeat(320)}`,
  "1e999",
  "NaN",
  "Infinity",
  0,
  -0,
  5,
  200,
  200.5,
  0.1,
  -1e300,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  2n ** 60n,
  2n ** 60n + 1n,
  true,
  false,
  { bytes: "AAEC" },
  [],
  ["abc", 200],
  [1n, 2n ** 60n + 1n],
  [["abc"]],
  { map: new Map([["abc", "abc"]]) },
];

const NUMBERS = [
  "0",
  "5",
  "200",
  "200.5",
  "0.1",
  "-1e300",
  "1e400",
  "9007199254740992",
  "9007199254740993",
  "1152921504606846977",
];
const TEXTS = [
  '""',
  '"200"',
  '"abc"',
  '"ABC"',
  '"true"',
  '"AAEC"',
  '"a\'b\\\\c\t\\""',
  '"é"',
  '"\u{1F600}"',
  '"\ufffd"',
  '"NaN"',
];
const PATTERNS = [
  "abc",
  "a.b",
  "(?:a|A).*",
  "[^a-z]+",
  "\\d+",
  "\\s?\\d",
  "\\w{3}",
  "\\W",
  ".*",
  ".",
  "[é]",
  "2{1,2}0*\\.?0?",
  "",
  "x|",
  "[^]]",
];

const EXPRESSIONS = [
  "exists:k",
  "exists:own",
  "exists:none",
  ...["=", "!=", "<", "<=", ">", ">="].flatMap((op) => [...NUMBERS, ...TEXTS].map((value) => `k${op}${value}`)),
  ...PATTERNS.map((pattern) => `k=~${pattern}`),
  "own=1",
  "own=2",
  "none!=1",
];

function spans(): Span[] {
  const keyed = VALUES.map((value, i) =>
    testSpan(
      i + 1,
      i + 1,
      i,
      i % 3 === 0 ? { resource: new Map([["k", value]]) } : { attributes: new Map([["k", value]]) },
    ),
  );
  // The span's own value hides its resource's.
  const own = testSpan(900, 900, 0, { attributes: new Map([["own", 1]]), resource: new Map([["own", 2]]) });
  return [...keyed, own];
}

describe.skipIf("skip" in site)("conditions on attributes", () => {
  let server: ChdbServer;
  let scratch: Awaited<ReturnType<typeof scratchFolder>>;
  let store: SpanFeeder;
  let close: () => Promise<void>;

  beforeAll(async () => {
    if ("skip" in site) return;
    scratch = await scratchFolder();
    server = await startChdb(site, `${scratch.path}/data`);
    const engine = await openEngine({ url: server.url, database: "conditions", dataFolder: `${scratch.path}/own` });
    close = () => engine.close();
    store = new SpanFeeder(engine);
    await store.write(spans());
  });

  afterAll(async () => {
    await close?.();
    await server?.stop();
    await scratch?.remove();
  });

  test("every sort of value comes back as it was", async () => {
    for (const span of spans()) expect(await store.trace(span.traceId)).toEqual([span]);
  });

  test("each finds the spans on which it holds, and those alone", async () => {
    const { edge: _edge, node: _node, ...defaults } = traceSearchSchema.parse({ limit: 500 });
    const window = { start: 1_600_000_000_000, end: 1_800_000_000_000 };
    const wrong: unknown[] = [];
    const all = spans();
    const check = async (text: string): Promise<void> => {
      const expression = parseAttrExpression(text);
      if (!expression.ok) throw new Error(`${text}: ${expression.error.code}`);
      const found = await store.search({ ...defaults, ...window, attr: [text] });
      if (!found.ok) throw new Error(`${text}: ${found.error.code} ${found.error.message}`);
      const ids = found.value.traces.map(({ traceId }) => traceId).sort();
      const expected = all.filter((span) => spanMatches(expression.value, span));
      const wanted = expected.map(({ traceId }) => String(traceId)).sort();
      if (ids.join() !== wanted.join() || found.value.total !== wanted.length) wrong.push({ text, ids, wanted });
    };
    for (let at = 0; at < EXPRESSIONS.length; at += 8) await Promise.all(EXPRESSIONS.slice(at, at + 8).map(check));
    expect(wrong).toEqual([]);
    expect(EXPRESSIONS.length).toBeGreaterThan(100);
  });
});
