import { describe, expect, it } from "vitest";
import type { Source } from "../query/schema/estate.ts";
import { sourceState, sourceTotals } from "./source-words.ts";

const SOURCE: Source = {
  id: "a",
  kind: "scrape",
  address: "http://127.0.0.1:15090/stats/prometheus",
  up: true,
  ageMs: 10,
  items: { unit: "series", count: 5, perSec: null },
  drops: {},
  lastError: null,
  notes: [],
};

describe("sources", () => {
  it("keeps a receiver that waits apart from one that is up and from a target that is down", () => {
    expect(sourceState(SOURCE)).toBe("up");
    expect(sourceState({ ...SOURCE, kind: "zipkin", ageMs: null })).toBe("waiting");
    expect(sourceState({ ...SOURCE, up: false, ageMs: null })).toBe("down");
  });

  it("counts targets and receivers apart and adds what was left out", () => {
    const sources: Source[] = [
      { ...SOURCE, drops: { too_old: 2, malformed: 1 } },
      { ...SOURCE, up: false },
      { ...SOURCE, kind: "otlpHttp" },
    ];
    expect(sourceTotals(sources)).toEqual({ targets: 2, down: 1, receivers: 1, dropped: 3 });
  });
});
