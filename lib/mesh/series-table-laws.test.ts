/**
 * What a series table foresees changes nothing of what it reads: it is held against a table that has seen nothing before,
 * and its scanner against one that is given each line alone.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { TargetLabels } from "../model/meaning.ts";
import { DEFAULT_LIMITS, scanExposition } from "../wire/exposition/exposition.ts";
import { autoAdapter } from "./auto.ts";
import { SeriesTable, type TableReading } from "./series-table.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const target: TargetLabels = { cluster: "c1", namespace: "shop", workload: "web", service: "", version: "", app: "" };
const START_MS = 1_700_000_000_000;

/** A table with the names of its ids; `read` tells what one body says, by canonical text. */
function named() {
  const table = new SeriesTable(autoAdapter, target);
  const names = new Map<number, string>();
  const told = ({ reading, stats }: TableReading): unknown => {
    for (const id of reading.forgotten ?? []) names.delete(id);
    for (const { id, canonical } of reading.learned) names.set(id, canonical);
    const values: [string, number][] = [];
    for (let i = 0; i < reading.size; i++)
      values.push([names.get(reading.ids[i] ?? -1) ?? "?", reading.values[i] ?? 0]);
    const { lines, samples, unwanted, drops, firstOdd } = stats;
    const withheld = (reading.withheld ?? []).map((id) => names.get(id) ?? "?").sort();
    const { incomplete, lossKey } = reading;
    return { values: new Map(values), lines, samples, unwanted, drops, firstOdd, withheld, incomplete, lossKey };
  };
  return {
    read(body: Uint8Array, atMs: number): unknown {
      const result = table.read(body, atMs);
      return result.ok ? told(result.value) : result.error;
    },
  };
}

/** Each body as a table reads it that has read those before, and as one reads it that has not. */
function expectSame(bodies: readonly Uint8Array[]): void {
  const known = named();
  bodies.forEach((body, i) => {
    const atMs = START_MS + i * 10_000;
    expect(known.read(body, atMs)).toEqual(named().read(body, atMs));
  });
}

const PEERS = ["a", "b", "cart", "cart-2"];
const labelsOf = (peer: string): string =>
  `reporter="source",source_workload="web",source_workload_namespace="shop",destination_workload="${peer}",destination_workload_namespace="shop"`;

/** Lines of one proxy as they may stand in a body: wanted, unwanted, odd, alike in front, alike behind. */
const line = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .record({
        peer: fc.constantFrom(...PEERS),
        kind: fc.nat(3),
        le: fc.constantFrom("1", "10", "+Inf"),
        value: fc.nat(99_999),
      })
      .map(({ peer, kind, le, value }) => {
        const labels = labelsOf(peer);
        if (kind === 0) return `istio_requests_total{${labels},response_code="${le === "1" ? 200 : 503}"} ${value}`;
        if (kind === 1) return `istio_request_duration_milliseconds_bucket{${labels},le="${le}"} ${value}`;
        if (kind === 2) return `istio_request_duration_milliseconds_sum{${labels}} ${value / 8}`;
        return `istio_response_bytes_bucket{${labels},le="${le}"} ${value}`;
      }),
  },
  fc.constantFrom(
    "app_total 7",
    'app_total{x="1"} 7 1700000000000',
    `istio_requests_total{${labelsOf("a")},response_code="200"}\t5 # {trace_id="x"} 1`,
    `istio_requests_total{${labelsOf("a")},response_code="200"} NaN`,
    `istio_requests_total{${labelsOf("a")},response_code=200} 4`,
    `istio_requests_total{${labelsOf("a")},response_code="200" } 4`,
    `istio_requests_total{response_code="200",${labelsOf("a")}} 1.5e3`,
    `istio_requests_total{${labelsOf("a")},response_code="200"}4`,
    `istio_requests_total{${labelsOf("b")},response_code="200"} 00012.50`,
    `istio_requests_total{${labelsOf("b")},response_code="200"} 4\r`,
    `  istio_requests_total{${labelsOf("b")},response_code="200"} -1`,
    "# TYPE istio_requests_total counter",
    "",
    'istio_requests_total{reporter="source"',
    "istio_requests_total",
  ),
);
const body = fc
  .array(line, { maxLength: 40 })
  .map((lines) => encoder.encode(lines.map((text) => `${text}\n`).join("")));

describe("what was read before changes nothing", () => {
  test("of bodies with any lines in any order, new ones and vanished ones, twice or broken", () => {
    fc.assert(
      fc.property(fc.array(body, { minLength: 2, maxLength: 6 }), (bodies) => expectSame(bodies)),
      {
        numRuns: 400,
      },
    );
  });

  test("of one body with a few bytes changed, again and again", () => {
    const edit = fc.tuple(fc.nat(), fc.nat(255));
    fc.assert(
      fc.property(body, fc.array(fc.array(edit, { maxLength: 3 }), { minLength: 1, maxLength: 5 }), (first, edits) => {
        const bodies = edits.map((changes) => {
          const changed = first.slice();
          if (changed.length > 0) for (const [at, byte] of changes) changed[at % changed.length] = byte;
          return changed;
        });
        expectSame([first, ...bodies, first]);
      }),
      { numRuns: 600 },
    );
  });

  test("of a line whose name was cut off from its labels", () => {
    const sample = `istio_requests_total{${labelsOf("a")},response_code="200"} 5\n`;
    const cut = `istio_requests_tota\n{${labelsOf("a")},response_code="200"} 5\n`;
    expectSame([encoder.encode(sample), encoder.encode(cut), encoder.encode(sample)]);
  });

  test("of what real proxies printed, whole, cut anywhere, and with its lines turned round", () => {
    const folder = "../shared/samples/";
    const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".prom.txt")) : [];
    for (const file of files) {
      const whole = new Uint8Array(readFileSync(`${folder}${file}`));
      const turned = encoder.encode(`${decoder.decode(whole).trimEnd().split("\n").reverse().join("\n")}\n`);
      expectSame([whole, whole, turned, whole.slice(0, whole.length >> 1), whole, turned, turned]);
    }
  });
});

test("a body is read as its lines are, each alone", () => {
  const samplesOf = (bytes: Uint8Array): unknown[] => {
    const told: unknown[] = [];
    scanExposition(
      bytes,
      {
        sample: (start, nameEnd, end, value, atMs) =>
          told.push([decoder.decode(bytes.subarray(start, end)), nameEnd - start, value, atMs]),
        odd: (start, end) => told.push(["odd", decoder.decode(bytes.subarray(start, end))]),
        composite: (start, nameEnd, _end, kind) => told.push([kind, decoder.decode(bytes.subarray(start, nameEnd))]),
      },
      DEFAULT_LIMITS,
    );
    return told;
  };
  fc.assert(
    fc.property(
      fc.array(line, { minLength: 1, maxLength: 30 }),
      fc.array(fc.tuple(fc.nat(), fc.nat(255))),
      (lines, edits) => {
        const bytes = encoder.encode(`good 1\n${lines.map((text) => `${text}\n`).join("")}`);
        for (const [at, byte] of edits.slice(0, 4)) if (byte !== 10) bytes[7 + (at % (bytes.length - 8))] = byte;
        const alone: unknown[] = [];
        for (let at = 0; at < bytes.length; ) {
          const end = bytes.indexOf(10, at) + 1;
          alone.push(
            ...samplesOf(Uint8Array.from([...encoder.encode("good 1\n"), ...bytes.subarray(at, end)])).slice(1),
          );
          at = end;
        }
        expect(samplesOf(bytes)).toEqual(alone);
      },
    ),
    { numRuns: 500 },
  );
});
