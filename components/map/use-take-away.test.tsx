import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { NuqsTestingAdapter } from "nuqs/adapters/testing";
import { expect, test } from "vitest";
import { GRAPH_FIXTURE } from "../../lib/query/fixtures/graph-fixture.ts";
import { caption, graphJson, sheetHead } from "../../lib/view/graph-export.ts";
import type { TakenOf } from "../../lib/view/taken-of.ts";
import type { Range } from "../../lib/view/timeline/range.ts";
import { markupOf } from "../ui/test-markup.ts";
import { useTakenOf } from "./use-take-away.ts";

interface ProbeProps {
  readonly base: Range | null;
  readonly onTaken: (of: TakenOf) => void;
}

function Probe({ base, onTaken }: ProbeProps) {
  onTaken(useTakenOf({ graph: GRAPH_FIXTURE, all: GRAPH_FIXTURE, base }));
  return null;
}

/** What files taken at this address say of themselves: caption, sheet and data. */
function said(address: string, base: Range | null): { readonly words: readonly string[]; readonly data: unknown } {
  const seen: TakenOf[] = [];
  markupOf(
    <QueryClientProvider client={new QueryClient()}>
      <NuqsTestingAdapter searchParams={address}>
        <Probe base={base} onTaken={(of) => seen.push(of)} />
      </NuqsTestingAdapter>
    </QueryClientProvider>,
  );
  const [of] = seen;
  if (of === undefined) throw new Error("nothing was drawn");
  const words = [caption(GRAPH_FIXTURE, of), sheetHead(GRAPH_FIXTURE, of)];
  return { words, data: JSON.parse(graphJson(GRAPH_FIXTURE, of)).taken.comparedWith };
}

test("files name the base of the answer that is drawn, not the one that was asked for", () => {
  // A week earlier only whole hours are kept.
  const base = { startMs: Date.UTC(2026, 2, 6, 11), endMs: Date.UTC(2026, 2, 6, 12) };
  const { words, data } = said("?against=7d", base);
  for (const text of words) expect(text).toMatch(/compared with.*2026-03-06T11:00:00Z to 2026-03-06T12:00:00Z/);
  expect(data).toEqual({ start: base.startMs, end: base.endMs });
});

test("files of what is not compared name no base, also where the address asks for a comparison", () => {
  const { words, data } = said("?against=1h", null);
  for (const text of words) expect(text).not.toContain("compared with");
  expect(data).toBeNull();
});
