import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { NuqsTestingAdapter } from "nuqs/adapters/testing";
import { useState } from "react";
import { expect, test } from "vitest";
import { GRAPH_FIXTURE } from "../../lib/query/fixtures/graph-fixture.ts";
import { ApiFailure } from "../data/api.ts";
import { arrange } from "../ui/table-column.ts";
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
function drawings(
  address: string,
  matches?: ReadonlySet<string>,
  client = new QueryClient(),
): readonly [EdgesTable, EdgesTable] {
  const seen: EdgesTable[] = [];
  markupOf(
    <QueryClientProvider client={client}>
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
    expect(again.drawn).toBe(first.drawn);
    expect(again.state).toBe(first.state);
    expect(first.rows).toHaveLength(GRAPH_FIXTURE.edges.length - 1);
  }
});

test("the table is in its order, and filtered, also where the column of that is not drawn", () => {
  const address = "?columns=source,target&sort=errors.desc&where=protocol:http";
  const [{ rows, columns, drawn, state }] = drawings(address);
  expect(drawn.map(({ id }) => id)).toEqual(["source", "target"]);
  const arranged = arrange(rows, columns, state);
  expect(new Set(arranged.map(({ protocol }) => protocol))).toEqual(new Set(["http"]));
  const ratios = arranged.map(({ errorRatio }) => errorRatio ?? -1);
  expect(ratios).toEqual(ratios.toSorted((a, b) => b - a));
  expect(new Set(ratios).size).toBeGreaterThan(2);
});

/** Whether the records of edges are asked for at this address. */
function isAsked(address: string): unknown {
  const client = new QueryClient();
  drawings(address, undefined, client);
  const [query] = client.getQueryCache().findAll({ queryKey: ["edge-records"] });
  return query === undefined ? null : new Map<string, unknown>(Object.entries(query.options)).get("enabled");
}

test("the records are asked for where only they tell what is drawn, the order, or what is filtered by", () => {
  expect(isAsked("?columns=source&sort=source.asc")).toBe(false);
  expect(isAsked("?columns=source,p90")).toBe(true);
  expect(isAsked("?columns=source&sort=p90.desc")).toBe(true);
  expect(isAsked("?columns=source&where=codes:200")).toBe(true);
});

test("operations have no records: none are asked for, and none are waited for", () => {
  expect(isAsked("?columns=p90&ops=1&focus=a")).toBe(false);
  expect(p90("?columns=p90&ops=1&focus=a")).toContain("The window has no record of this edge");
});

/** What the p90 of the first edge says. */
function p90(address: string, client = new QueryClient()): string {
  const [{ columns, rows }] = drawings(address, undefined, client);
  const [edge] = rows;
  return markupOf(edge === undefined ? null : columns.find(({ id }) => id === "p90")?.cell?.(edge));
}

test("records that are on their way are waited for until their answer is there, or has failed", () => {
  // A failure stays until it is asked again.
  const client = new QueryClient({ defaultOptions: { queries: { retryOnMount: false } } });
  expect(p90("?columns=p90", client)).toContain("…");
  const [query] = client.getQueryCache().findAll({ queryKey: ["edge-records"] });
  query?.setState({ status: "error", error: new ApiFailure("no_answer", "no answer within 30 s", 0) });
  expect(p90("?columns=p90", client)).toContain("Not read: no answer within 30 s");
  query?.setState({ status: "success", error: null, data: { edges: new Map() } });
  expect(p90("?columns=p90", client)).toContain("The window has no record of this edge");
});
