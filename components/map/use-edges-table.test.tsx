import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { NuqsTestingAdapter } from "nuqs/adapters/testing";
import { useState } from "react";
import { expect, test } from "vitest";
import { GRAPH_FIXTURE } from "../../lib/query/fixtures/graph-fixture.ts";
import { markupOf } from "../ui/test-markup.ts";
import { useEdgesTable } from "./use-edges-table.ts";

type EdgesTable = ReturnType<typeof useEdgesTable>;

interface TwiceProps {
  readonly matches: ReadonlySet<string> | undefined;
  readonly onDrawn: (table: EdgesTable) => void;
}

function Twice({ matches, onDrawn }: TwiceProps) {
  const [isAgain, setAgain] = useState(false);
  onDrawn(useEdgesTable(GRAPH_FIXTURE, matches));
  if (!isAgain) setAgain(true);
  return null;
}

/** The table of an address as it is drawn the first time, and again without anything having changed. */
function drawings(address: string, matches?: ReadonlySet<string>): readonly [EdgesTable, EdgesTable] {
  const seen: EdgesTable[] = [];
  markupOf(
    <QueryClientProvider client={new QueryClient()}>
      <NuqsTestingAdapter searchParams={address}>
        <Twice matches={matches} onDrawn={(table) => seen.push(table)} />
      </NuqsTestingAdapter>
    </QueryClientProvider>,
  );
  const [first, again] = seen;
  if (first === undefined || again === undefined) throw new Error("drawn less than twice");
  return [first, again];
}

test("a table of which nothing changed is not filtered and sorted again when it is drawn again", () => {
  const matches = new Set(GRAPH_FIXTURE.edges.slice(1).map(({ id }) => id));
  for (const address of ["", "?columns=source,target,p90", "?sort=source.asc&where=protocol:http"]) {
    const [first, again] = drawings(address, matches);
    expect(again.rows).toBe(first.rows);
    expect(again.columns).toBe(first.columns);
    expect(again.state).toBe(first.state);
    expect(first.rows).toHaveLength(GRAPH_FIXTURE.edges.length - 1);
  }
});
