/** What a table holds of a body once it has read it: nothing. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import type { TargetLabels } from "../model/meaning.ts";
import { autoAdapter } from "./auto.ts";
import { SeriesTable } from "./series-table.ts";

const target: TargetLabels = { cluster: "c1", namespace: "shop", workload: "web", service: "", version: "", app: "" };
const PAGE = '# TYPE istio_requests_total counter\nistio_requests_total{reporter="source",response_code="200"} 7\n';

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

/** In a function of its own, so that nothing here holds the body. */
function readBody(table: SeriesTable, page: string, atMs: number): WeakRef<ArrayBufferLike> {
  const body = new TextEncoder().encode(page);
  table.read(body, atMs);
  return new WeakRef(body.buffer);
}

test.each([
  ["that is read", PAGE],
  ["that is refused", `${PAGE}istio_requests_total{`],
])("a body %s is let go: the last ones of all targets would be more than all tables", async (_what, page) => {
  const table = new SeriesTable(autoAdapter, target);
  const bodies = [0, 10_000, 20_000].map((ms) => readBody(table, page, 1_700_000_000_000 + ms));
  // A reference that was made in this turn holds until it ends.
  await new Promise((resolve) => setImmediate(resolve));
  collect();
  expect(bodies.map((body) => body.deref())).toEqual([undefined, undefined, undefined]);
  expect(table.memory).toBeGreaterThan(0);
});
