import { expect, test } from "vitest";
import { GRAPH_FIXTURE } from "../../lib/query/fixtures/graph-fixture.ts";
import { nodesById } from "../../lib/view/estate.ts";
import { ApiFailure } from "../data/api.ts";
import { type KnownRecords, NO_RECORDS } from "../data/use-edge-records.ts";
import { markupOf } from "../ui/test-markup.ts";
import { mapEdgeColumns, RECORD_COLUMNS } from "./map-edge-columns.tsx";

const [EDGE] = GRAPH_FIXTURE.edges;

/** What the first edge's cells say, of the columns that only its record tells. */
function cells(known: KnownRecords): readonly string[] {
  const columns = mapEdgeColumns(nodesById(GRAPH_FIXTURE.nodes), known).filter(({ id }) => RECORD_COLUMNS.has(id));
  return columns.map(({ cell }) => markupOf(EDGE === undefined ? null : cell?.(EDGE)));
}

test("of an edge without a record it is told whether that is waited for, is not there, or could not be read", () => {
  const waiting = cells({ ...NO_RECORDS, isWaiting: true });
  const missing = cells(NO_RECORDS);
  const failed = cells({ ...NO_RECORDS, failure: new ApiFailure("no_answer", "No answer.", 0) });
  expect(waiting).toHaveLength(RECORD_COLUMNS.size);
  for (const cell of waiting) expect(cell).toContain("…");
  for (const cell of missing) {
    expect(cell).not.toContain("…");
    expect(cell).toContain("The window has no record of this edge");
  }
  for (const cell of failed) {
    expect(cell).not.toContain("…");
    expect(cell).toContain("Not read: No answer.");
  }
});
