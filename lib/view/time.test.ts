import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clock, instant, localInput, parseLocalInput, span, zoneText } from "./time.ts";

const AT = Date.UTC(2026, 2, 1, 13, 5, 0);

describe("times", () => {
  it("shows an instant in its zone, and the zone", () => {
    expect(clock(AT, 60)).toBe("14:05:00");
    expect(clock(AT, 60, false)).toBe("14:05");
    expect(instant(AT, -210)).toBe("2026-03-01 09:35:00 −03:30");
    expect(zoneText(0)).toBe("+00:00");
  });

  it("leaves the day out of a window of today and shows it otherwise", () => {
    expect(span(AT, AT + 300_000, AT, 60)).toBe("14:05:00–14:10:00 +01:00");
    expect(span(AT, AT + 300_000, AT + 86_400_000, 60)).toBe("2026-03-01 14:05:00–14:10:00 +01:00");
    expect(span(AT, AT + 86_400_000, AT, 60)).toBe("14:05:00–2026-03-02 14:05:00 +01:00");
  });

  it("reads back what it wrote into a date input", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e9 }), fc.integer({ min: -720, max: 840 }), (seconds, zone) => {
        expect(parseLocalInput(localInput(seconds * 1000, zone), zone)).toBe(seconds * 1000);
      }),
    );
    expect(parseLocalInput("yesterday", 0)).toBeUndefined();
  });
});
