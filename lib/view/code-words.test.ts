/**
 * Every code that the program emits has words. The codes are read from the source that emits them (closed unions by
 * their name, the others by how they are written there), so that a new code without words fails here.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { REPORTERS } from "../model/meaning.ts";
import { codeWords } from "./code-words.ts";
import { DROP_WORDS, dropWords } from "./drop-words.ts";
import {
  JOIN_WORDS,
  NODE_REASON_WORDS,
  NOTE_WORDS,
  nodeReason,
  REPORTER_WORDS,
  SECURITY_REASON_WORDS,
} from "./evidence-words.ts";
import { adviceFor, FAILURE_ADVICE } from "./failure-words.ts";
import { HEALTH_REASON_WORDS } from "./health-words.ts";
import { RECEIVER_ADVICE, SCRAPE_ADVICE, sourceAdvice } from "./source-advice.ts";
import { STORE_ADVICE, storeAdvice } from "./store-words.ts";

const root = new URL("../..", import.meta.url).pathname;

function filesOf(path: string): string[] {
  if (/\.tsx?$/.test(path)) return [path];
  const names = readdirSync(join(root, path), { recursive: true, encoding: "utf8" });
  return names.filter((name) => /(?<!\.test)\.tsx?$/.test(name)).map((name) => join(path, name));
}

/** The first group of each match of `pattern` in a file, or in all files of a folder but its tests. */
function written(paths: readonly string[], ...patterns: readonly RegExp[]): string[] {
  const found = new Set<string>();
  for (const file of paths.flatMap(filesOf)) {
    const text = readFileSync(join(root, file), "utf8");
    for (const pattern of patterns) for (const [, code = ""] of text.matchAll(pattern)) found.add(code);
  }
  expect(found.size, `codes in ${paths.join(", ")}`).toBeGreaterThan(0);
  return [...found].sort();
}

/** The strings of `export type <name> = "a" | "b" | …;`. */
function union(file: string, name: string): string[] {
  const body = new RegExp(`type ${name} =([^;]*);`).exec(readFileSync(join(root, file), "utf8"))?.[1] ?? "";
  const codes = [...body.matchAll(/"(\w+)"/g)].map(([, code = ""]) => code);
  expect(codes.length, `${name} of ${file}`).toBeGreaterThan(0);
  return codes.sort();
}

const CODE = /\bcode: "(\w+)"/g;
const STATUS_AND_CODE = /\(\s*(?:reply, )?[45]\d\d, "(\w+)"/g;

const refusals = union("lib/mesh/adapter.ts", "RefusalCode");
const localDrops = union("lib/mesh/local-drops.ts", "LocalDrop");
const pairingLosses = union("lib/model/span-side.ts", "PairingLoss");
const spanRejects = union("lib/wire/otlp/rejects.ts", "RejectCode");
const scrapeFailures = union("collector/scrape/failure.ts", "ScrapeFailureCode");
const expositionErrors = union("lib/wire/exposition/exposition.ts", "ExpositionErrorCode");
const logRefusals = union("collector/wal/log-entry.ts", "LogRefusalCode");
const wireErrors = union("lib/wire/otlp/wire-error.ts", "WireErrorCode");

const lacking = (table: Readonly<Record<string, string>>, codes: readonly string[]): string[] =>
  codes.filter((code) => table[code] === undefined);
const sorted = (table: Readonly<Record<string, string>>): string[] => Object.keys(table).sort();

describe("words for codes", () => {
  it("are there for all that is left out, and for nothing else", () => {
    const overLimit = written(["lib/rollup/row-table.ts"], /reason: "(\w+)"/g);
    const leftOut = written(["lib/rollup/target-fold.ts", "lib/rollup/target-series.ts"], /leaveOut\("(\w+)"/g);
    const emitted = [
      ...localDrops,
      ...refusals,
      ...spanRejects,
      ...pairingLosses,
      ...logRefusals,
      ...overLimit,
      ...leftOut,
      ...written(["lib/query/schema/left-out.ts"], /NOT_READABLE = "(\w+)"/g),
    ];
    expect(sorted(DROP_WORDS)).toEqual([...new Set(emitted)].sort());
    expect(dropWords("in_future")).toBe("more than 10 minutes in the future");
  });

  it("advise on every failure of a scrape, and on every line left out of one", () => {
    const others = written(["collector/scrape", "collector/pipeline/scrape-pipeline.ts"], CODE, /\bfailed\("(\w+)"/g);
    const all = [...scrapeFailures, ...expositionErrors, ...localDrops, ...refusals, ...others];
    expect(lacking(SCRAPE_ADVICE, all)).toEqual([]);
    expect(lacking(Object.fromEntries(all.map((code) => [code, ""])), sorted(SCRAPE_ADVICE))).toEqual([]);
  });

  it("advise on every refusal of a receiver, and on every span left out of a body", () => {
    const start = written(
      ["collector/receivers/http-receiver.ts"],
      /const code = slow \? "(\w+)"/g,
      /: "(http_\w+)";/g,
    );
    const refused = written(["collector/receivers"], CODE, /\bfailed\("(\w+)"/g);
    const startOnly = ["port_in_use", "listen_failed"];
    const all = [...refused, ...start, ...logRefusals, ...wireErrors, ...spanRejects].filter(
      (code) => !startOnly.includes(code),
    );
    expect(start).toEqual(["client_too_slow", "http_malformed"]);
    expect(lacking(RECEIVER_ADVICE, all)).toEqual([]);
    expect(lacking(Object.fromEntries(all.map((code) => [code, ""])), sorted(RECEIVER_ADVICE))).toEqual([]);
  });

  it("tell a scrape's code from a receiver's of the same name", () => {
    expect(sourceAdvice("body_too_large", "scrape")).toContain("bodyLimit");
    expect(sourceAdvice("body_too_large", "zipkin")).toContain("smaller batches");
    expect(sourceAdvice("http_404", "scrape")).toContain("path and port");
    expect(sourceAdvice("http_malformed", "otlpHttp")).toContain("gRPC");
    expect(sourceAdvice("zzz", "scrape")).toContain("log");
  });

  it("are there for why a special node stands on the map", () => {
    const mesh = written(["lib/mesh", "lib/rollup"], /\breason: "(\w+)"/g, /\bspecial\("\w+", [^;]*?"(\w+_\w+)",/g);
    const peers = written(["lib/mesh/istio/peers.ts", "lib/mesh/envoy"], /special\("\w+", [^,]+, "(\w+)"/g);
    const spans = written(
      ["lib/mesh/spans", "lib/rollup/pairing-rules.ts"],
      /"(span_(?:caller|peer|host|service)\w*)"/g,
      /"(database|queue)", \w+\)/g,
    );
    expect(sorted(NODE_REASON_WORDS)).toEqual([...new Set([...mesh, ...peers, ...spans])].sort());
    expect(nodeReason("database:postgresql")).toContain("postgresql: a database");
  });

  it("are there for how a number is known", () => {
    expect(sorted(REPORTER_WORDS)).toEqual([...REPORTERS].sort());
    expect(sorted(JOIN_WORDS)).toEqual(union("lib/query/joins.ts", "Join"));
    expect(sorted(NOTE_WORDS)).toEqual(
      [
        ...written(
          ["lib/query/edge-choice.ts", "lib/query/edge-joined.ts", "lib/query/ambient-legs.ts"],
          /\bnote: (?:\w+\.note \?\? )?"(\w+)"/g,
        ),
        ...written(["lib/query/present-edge.ts"], /: "(sampling_\w+)"/g),
      ].sort(),
    );
    const shares = written(
      ["lib/query/mtls.ts", "lib/query/mtls-answer.ts"],
      /\breason: "(\w+)"/g,
      /\breasonKey\("\w+", "(\w+)"\)/g,
      /\breturn "(\w+_\w+)";/g,
    );
    const proxies = written(["lib/mesh"], /\bsecurityReason: "(\w+)"/g);
    const linkerd = written(
      ["lib/mesh/linkerd/security.ts"],
      /^ {2}\["\w+", "(\w+)"\],$/gm,
      /^const [A-Z_]+ = "(\w+)";$/gm,
    );
    expect(sorted(SECURITY_REASON_WORDS)).toEqual([...new Set([...shares, ...proxies, ...linkerd])].sort());
    const health = written(
      ["lib/query/health.ts", "lib/query/schema/mended-graph.ts"],
      CODE,
      /\? "(\w+)" : tolerance\.code/g,
    );
    expect(sorted(HEALTH_REASON_WORDS)).toEqual(health);
  });

  it("advise on every failed request, to the collector, the console and the simulated estate", () => {
    const api = written(["collector/api", "app", "collector/demo/control-server.ts"], STATUS_AND_CODE, CODE);
    const query = written(["lib/query"], /\berr\(\{\s*code: "(\w+)"/g, /return \{ code: "(attr_\w+)"/g);
    const pages = written(["app", "components/data"], /\bcode="(\w+)"/g, /new ApiFailure\("(\w+)"/g);
    const durations = union("lib/view/trace/duration-text.ts", "DurationError");
    // Named inside the message of attr_regex, never as the code of an answer.
    const inside = (code: string): boolean => code.startsWith("regex_");
    const all = [...api, ...query, ...pages, ...durations].filter((code) => !inside(code));
    expect(lacking(FAILURE_ADVICE, all)).toEqual([]);
    expect(adviceFor("host_not_allowed")).toContain("`hosts`");
    expect(adviceFor("http_502")).toContain("proxy");
    expect(adviceFor("zzz")).toContain("log");
  });

  it("advise on every error of the store", () => {
    const own = written(
      ["collector/store"],
      /\bcode = "(store_\w+|rollup_\w+)"/g,
      /code: "(store_\w+)"/g,
      /StoreCallError\("(\w+)"/g,
    );
    const clickhouse = union("collector/store/clickhouse/faults.ts", "StoreFaultCode");
    expect(lacking(STORE_ADVICE, [...own, ...clickhouse])).toEqual([]);
    expect(storeAdvice("zzz")).toContain("log");
  });

  it("are the code itself, spaced, where a newer collector has one that is not known here", () => {
    expect(codeWords({ a_b: "words" }, "a_b")).toBe("words");
    expect(codeWords({}, "not_known_yet")).toBe("not known yet");
  });
});
