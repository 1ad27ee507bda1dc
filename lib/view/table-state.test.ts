import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareCells, formatTableState, parseTableState } from "./table-state.ts";

describe("table state", () => {
  it("reads back what it wrote, whatever the values hold", () => {
    const column = fc.constantFrom("name", "rate", "p95");
    const states = fc.record({
      sort: fc.option(fc.record({ column, descending: fc.boolean() })),
      where: fc.dictionary(column, fc.string(), { noNullPrototype: true }),
    });
    fc.assert(
      fc.property(states, (state) => {
        const text = formatTableState(state);
        expect(parseTableState(text.sort, text.where)).toEqual(state);
      }),
    );
  });

  it("leaves malformed parts out", () => {
    expect(parseTableState("rate", "nonsense,:x")).toEqual({ sort: null, where: {} });
  });

  it("puts what is not known last in either order", () => {
    expect([3, null, 1].sort((a, b) => compareCells(a, b, false))).toEqual([1, 3, null]);
    expect([3, null, 1].sort((a, b) => compareCells(a, b, true))).toEqual([3, 1, null]);
  });
});
