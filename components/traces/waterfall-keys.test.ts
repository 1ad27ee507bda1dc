import { describe, expect, test } from "vitest";
import { TRACE_FIXTURE } from "../../lib/query/fixtures/trace-fixture.ts";
import { buildTrace } from "../../lib/view/trace/build-trace.ts";
import { ALL_OPEN, type Fold, foldToText, reveal, visibleRows } from "../../lib/view/trace/fold.ts";
import { type TimeRange, wholeRange } from "../../lib/view/trace/time-axis.ts";
import type { TraceState } from "./use-trace-state.ts";
import { waterfallKey } from "./waterfall-keys.ts";

const TREE = buildTrace(TRACE_FIXTURE);

/** The state as the hook keeps it, without React. */
class Screen {
  fold: Fold = ALL_OPEN;
  active = 0;
  selected: number | undefined;
  range: TimeRange = wholeRange(TREE.durationUs);

  state(): TraceState {
    return {
      rows: visibleRows(TREE, this.fold, "all"),
      fold: this.fold,
      foldsLeftOut: 0,
      filter: "all",
      range: this.range,
      active: this.active,
      selected: this.selected,
      setFold: (fold) => {
        this.fold = fold;
      },
      setFilter: () => {},
      setRange: (range) => {
        this.range = range;
      },
      goTo: (row) => {
        this.fold = reveal(TREE, this.fold, row);
        this.active = row;
      },
      open: (row) => {
        this.active = row;
        this.selected = row;
      },
      close: () => {
        this.selected = undefined;
      },
    };
  }

  press(...keys: string[]): this {
    for (const key of keys) expect(waterfallKey(key, false, TREE, this.state()), key).toBe(true);
    return this;
  }
}

describe("keys in the waterfall", () => {
  test("move between visible rows and stop at the ends", () => {
    expect(new Screen().press("ArrowUp").active).toBe(0);
    expect(new Screen().press("ArrowDown", "ArrowDown").active).toBe(2);
    expect(new Screen().press("End", "ArrowDown").active).toBe(TREE.count - 1);
    expect(new Screen().press("End", "Home").active).toBe(0);
    expect(new Screen().press("PageDown").active).toBe(20);
  });

  test("left closes, then goes to the parent; right opens, then goes to the first child", () => {
    const screen = new Screen().press("ArrowDown", "ArrowDown", "ArrowLeft");
    expect(foldToText(TREE, screen.fold).text).toBe("aaaaaaaaaaaaaaa3");
    expect(screen.press("ArrowLeft").active).toBe(1);
    expect(screen.press("ArrowDown", "ArrowRight").active).toBe(2);
    expect(foldToText(TREE, screen.fold).text).toBe("");
    expect(screen.press("ArrowRight").active).toBe(3);
  });

  test("down after closing skips what was closed", () => {
    const screen = new Screen().press("ArrowLeft", "ArrowDown");
    expect(TREE.parent[screen.active]).toBe(-1);
  });

  test("e goes to the next error, also inside a closed row, and round the end; shift goes back", () => {
    const screen = new Screen().press("ArrowLeft", "e");
    expect(TREE.spans[screen.active]?.service).toBe("payments");
    expect(visibleRows(TREE, screen.fold, "all")).toContain(screen.active);
    expect(screen.press("e", "e", "e", "e", "e").active).toBe(0);
    waterfallKey("E", true, TREE, screen.state());
    expect(screen.active).toBe(TREE.errorRows.at(-1));
  });

  test("enter opens and escape closes; escape with nothing open is left to others", () => {
    const screen = new Screen().press("ArrowDown", "Enter");
    expect(screen.selected).toBe(1);
    expect(screen.press("Escape").selected).toBeUndefined();
    expect(waterfallKey("Escape", false, TREE, screen.state())).toBe(false);
    expect(waterfallKey("x", false, TREE, screen.state())).toBe(false);
  });

  test("plus and minus zoom about the middle, zero shows all", () => {
    const screen = new Screen().press("+");
    expect(screen.range).toEqual({ startUs: TREE.durationUs / 4, endUs: (TREE.durationUs * 3) / 4 });
    expect(screen.press("-").range).toEqual(wholeRange(TREE.durationUs));
    expect(screen.press("+", "+", "0").range).toEqual(wholeRange(TREE.durationUs));
  });
});
