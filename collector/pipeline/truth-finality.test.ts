/** When what is told of a past window is final, where spans come late and where others count a part of it. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { completenessOf, type TargetCounts } from "../../lib/query/completeness.ts";
import { freshId, SpanRig, spanOf } from "./span-rig.ts";
import { istio, Rig, T0 } from "./truth-rig.ts";

const END = T0 + 60_000;
const MINUTE = 60_000;

/** A minute of calls web → cart, one a second, as they come. */
function minute(): SpanRig {
  const rig = new SpanRig();
  for (let at = T0; at < END; at += 1_000) rig.send(at, ...rig.call("web", "cart", at));
  return rig;
}

const left = ({ slots, nowMs }: Rig) => slots.settling(END, nowMs);

/** All that is counted and covered in the window. */
function told({ slots }: Rig): string {
  const { rows, coveredMs } = slots.read(T0, END);
  return JSON.stringify([rows.map(({ values }) => [...values]), [...coveredMs]]);
}

test("spans count for ten minutes and settle after that: what is final stays as it is, however late spans come", () => {
  const late = fc.record({
    endS: fc.integer({ min: -20, max: 59 }),
    lateS: fc.integer({ min: 0, max: 640 }),
    isPair: fc.boolean(),
    from: fc.constantFrom("web", "cart", "late"),
  });
  let changed = 0;
  fc.assert(
    fc.property(fc.array(late, { minLength: 1, maxLength: 6 }), (spans) => {
      const rig = minute();
      rig.at(END + 5_000);
      const early = told(rig);
      const due = spans
        .map((one) => ({ ...one, endMs: T0 + one.endS * 1_000, atMs: T0 + (one.endS + one.lateS) * 1_000 }))
        .sort((a, b) => a.atMs - b.atMs);
      let final: string | undefined;
      for (let at = END + 5_000; at <= END + 700_000; at += 1_000) {
        rig.at(at);
        if (final === undefined && left(rig).services === 0) final = told(rig);
        while ((due[0]?.atMs ?? Number.POSITIVE_INFINITY) <= at) {
          const { from, endMs, isPair } = due.shift() ?? { from: "web", endMs: END, isPair: false };
          if (isPair) rig.send(at, ...rig.call(from, "db", endMs));
          else rig.send(at, spanOf(freshId(), "client", from, { trace: freshId(), endMs }));
        }
      }
      expect(final).toBe(told(rig));
      if (final !== early) changed++;
    }),
    { numRuns: 25 },
  );
  expect(changed).toBeGreaterThan(5);
});

test("the last span that is taken of a window, and a half that waits for another, find it not final", () => {
  const rig = minute();
  const endMs = END - 1;
  rig.at(endMs + 600_000);
  const before = told(rig);
  expect(left(rig)).toEqual({ targets: 0, services: 2 });
  rig.send(endMs + 600_000, spanOf(freshId(), "client", "web", { trace: freshId(), endMs }));
  expect(told(rig)).toBe(before);
  rig.at(endMs + 611_000);
  expect(told(rig)).not.toBe(before);
  expect(left(rig).services).toBeGreaterThan(0);
  rig.at(END + 623_000);
  expect(left(rig)).toEqual({ targets: 0, services: 0 });
});

type Others = NonNullable<TargetCounts["others"]>;

test("another collector that has not handed over since a window ended may change it, until its slots are the store's", async () => {
  const rig = new Rig();
  for (let n = 0; n <= 12; n++) rig.scrape(T0 + n * 10_000, istio(n * 10));
  const window = { start: T0, end: END };
  const snapshot = await rig.snapshot(window);
  const settles = (nowMs: number, ...others: Others) =>
    completenessOf(snapshot, { up: 1, down: 0, nowMs, others }).settlingBy?.members ?? 0;
  const part = (ageMs: number | null, state = "up") => ({ member: "b", state, ageMs });
  const now = rig.nowMs;
  expect(settles(now)).toBe(0);
  expect(settles(now, part(5_000))).toBe(0);
  expect(settles(now, part(null))).toBe(1);
  expect(settles(now, part(now - END + 1), part(5_000))).toBe(1);
  // Silent: spans wait for those that it has.
  expect(settles(now, part(5_000, "silent"), part(now - END + 1, "down"))).toBe(2);
  rig.slots.close(END + 16 * MINUTE);
  expect(rig.slots.horizonMs).toBeGreaterThanOrEqual(END);
  expect(settles(END + 16 * MINUTE, part(null), part(5_000, "silent"))).toBe(0);
});

test("a window that ends within a slot is as final as the slot", async () => {
  const rig = new Rig();
  for (let n = 0; n <= 6; n++) rig.scrape(T0 + n * 10_000 + 2_000, istio(n * 10));
  rig.nowMs = T0 + 100_000;
  const settling = async (end: number) => {
    const snapshot = await rig.snapshot({ start: T0, end });
    return completenessOf(snapshot, { up: 1, down: 0, nowMs: rig.nowMs }).settling;
  };
  // Read at 62 s: what comes next is spread over the slot from 60 s to 70 s.
  expect(await settling(T0 + 60_000)).toBeUndefined();
  expect(await settling(T0 + 61_000)).toBe(1);
});

test("a window whose end is still to come is not final until it has come and has been told of", async () => {
  const rig = new Rig();
  for (let n = 0; n <= 6; n++) rig.scrape(T0 + n * 10_000 + 2_000, istio(n * 10));
  // Paused by a browser whose clock is half a second ahead.
  const end = T0 + 64_500;
  const ask = async (nowMs: number) => {
    rig.nowMs = nowMs;
    const { window, completeness, edges } = await rig.graph({}, { start: T0, end });
    return { window, by: completeness.settlingBy, requests: edges[0]?.health.requests };
  };
  const first = await ask(T0 + 64_000);
  expect(first.by).toEqual({ targets: 0, services: 0, members: 0, clock: 1 });
  expect(first.window).toMatchObject({ requested: { start: T0, end: T0 + 64_000 }, endToCome: end });
  expect((await ask(end)).by?.clock).toBe(1);
  // The end has come, and nothing was read since: the slot that it is in may still change.
  const second = await ask(end + 1_000);
  expect(second.by).toEqual({ targets: 1, services: 0, members: 0 });
  expect(second.window.requested).toEqual({ start: T0, end });
  expect(second.window.endToCome).toBeUndefined();
  rig.scrape(T0 + 72_000, istio(170));
  rig.scrape(T0 + 82_000, istio(270));
  const third = await ask(T0 + 86_000);
  expect(third.by).toBeUndefined();
  expect(third.requests).toBeGreaterThan(first.requests ?? 0);
  rig.scrape(T0 + 92_000, istio(370));
  expect((await ask(T0 + 96_000)).requests).toBe(third.requests);
});

test("nobody at all is known to tell, and a window whose end is to come is still not final", async () => {
  const rig = new Rig();
  const settling = async (end?: number) => {
    const snapshot = await rig.snapshot(end === undefined ? {} : { start: T0 - MINUTE, end });
    return completenessOf(snapshot, { up: 0, down: 0, nowMs: rig.nowMs }).settling;
  };
  expect(await settling(T0 + MINUTE)).toBe(1);
  expect(await settling()).toBeUndefined();
  rig.nowMs = T0 + MINUTE + 1;
  expect(await settling(T0 + MINUTE)).toBeUndefined();
});

test("a window in which nobody looked has no newest observation, though there are some after it", async () => {
  const rig = new Rig();
  for (let n = 0; n <= 6; n++) rig.scrape(T0 + n * 10_000, istio(n * 10));
  rig.nowMs = END + 4_000;
  const newest = async (start: number, end: number) => {
    const snapshot = await rig.snapshot({ start, end });
    return completenessOf(snapshot, { up: 1, down: 0, nowMs: rig.nowMs });
  };
  expect((await newest(T0, END + 4_000)).newestAgeMs).toBe(4_000);
  expect((await newest(T0, T0 + 30_000)).newestAgeMs).toBe(0);
  const { newestAgeMs, absent } = await newest(T0 - 20 * MINUTE, T0 - 10 * MINUTE);
  expect([newestAgeMs, absent?.["newestAgeMs"]]).toEqual([null, "unknown"]);
});
