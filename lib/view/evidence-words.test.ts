import { describe, expect, it } from "vitest";
import { mutualFigure } from "./evidence-words.ts";
import { plain } from "./format.ts";

const MTLS = {
  mutual: 0.5,
  tls: 0,
  plaintext: 0.5,
  unknown: 0,
  total: 8,
  unit: "requests",
  evidence: { family: "istio_requests_total", reporter: "destination" },
} as const;

describe("the mutual share of an edge", () => {
  it("is the share where there is one", () => {
    expect(plain(mutualFigure({ mtls: MTLS, requestsPerSec: 2 }))).toBe("50 %");
  });

  it("has the answer's own reason where it gives one", () => {
    const absent = { mtls: "notCollected" } as const;
    expect(plain(mutualFigure({ mtls: null, requestsPerSec: 0, absent }))).toBe("not collected");
  });

  it("is no riddle where nothing ran on the edge", () => {
    expect(mutualFigure({ mtls: null, requestsPerSec: 0 })).toMatchObject({
      text: "no traffic seen",
      absent: "notApplicable",
    });
    const tcp = { openedPerSec: 0, closedPerSec: 0, requestBytesPerSec: 0, responseBytesPerSec: 0 };
    expect(plain(mutualFigure({ mtls: null, requestsPerSec: null, tcp }))).toBe("no traffic seen");
  });

  it("is unknown where traffic ran, and where nobody looked", () => {
    expect(plain(mutualFigure({ mtls: null, requestsPerSec: 3 }))).toBe("unknown");
    expect(plain(mutualFigure({ mtls: null, requestsPerSec: null }))).toBe("unknown");
    const tcp = { openedPerSec: 0, closedPerSec: 0, requestBytesPerSec: 0, responseBytesPerSec: 0, active: 2 };
    expect(plain(mutualFigure({ mtls: null, requestsPerSec: null, tcp }))).toBe("unknown");
  });
});
