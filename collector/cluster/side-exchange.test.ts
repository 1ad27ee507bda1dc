import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { readSpan } from "../../lib/mesh/spans/read-span.ts";
import type { SpanSide } from "../../lib/model/span-side.ts";
import { batchOf } from "../../lib/rollup/side-batch.ts";
import type { LoggedSides } from "../pipeline/fold-queue.ts";
import { freshId, spanOf } from "../pipeline/span-rig.ts";
import { silentLog } from "../telemetry/log.ts";
import { LogWriter } from "../wal/log-writer.ts";
import { recoverLog } from "../wal/recover.ts";
import { memberOf } from "./internal-routes.ts";
import { Members } from "./members.ts";
import { MEMBER_HEADER } from "./peer-client.ts";
import { SideExchange } from "./side-exchange.ts";

const folder = mkdtempSync(join(tmpdir(), "meshscope-exchange-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const open: SideExchange[] = [];
afterEach(async () => {
  for (const exchange of open.splice(0)) await exchange.stop();
});

/** One member; frames that it sends go to `post`. */
async function memberNamed(self: string, post: (member: string, frame: Uint8Array) => Promise<boolean>) {
  const now = { ms: 1_000_000 };
  const clock = { nowMs: () => now.ms };
  const names = ["a", "b"].map((name) => ({ name, url: "http://127.0.0.1:1" }));
  const members = new Members({ members: names, self, control: "a", takeoverAfterMs: 10_000 }, clock);
  const own = join(folder, `${self}-${freshId()}`);
  await recoverLog(own, "0", join(own, "quarantine"));
  const log = new LogWriter({ folder: own, log: "0", segments: [], beyond: 0, maxBytes: 1e9, clock });
  const folded: string[] = [];
  const queue = {
    push: async ({ sides }: LoggedSides) => {
      folded.push(...sides.all().map(({ spanId }) => spanId));
      return new Map();
    },
  };
  const exchange = new SideExchange({
    ...{ members, epoch: "e", queue, own: log, appended: () => {}, folder: own, post, clock, log: silentLog },
  });
  open.push(exchange);
  exchange.restore(undefined, new Map());
  exchange.start(new Map());
  return { members, exchange, folded, now };
}

/** Spans of a trace that is at home with a member. */
function sidesAt(home: string, members: Members, count: number) {
  const found = [];
  while (found.length < count) {
    const side = readSpan(spanOf(freshId(), "client", "web", { trace: freshId() }));
    if (side !== undefined && members.homeOf(side.traceId) === home) found.push(side);
  }
  return found;
}

const ids = (sides: readonly { readonly spanId: string }[]): string[] => sides.map(({ spanId }) => spanId);
const batch = (offset: number, sides: readonly SpanSide[]): LoggedSides => {
  return { log: "1", from: 0, position: { segment: 1, offset }, spans: sides.length, sides: batchOf(sides) };
};

describe("members that share the pairing", () => {
  test("what is at home elsewhere goes there once, though the answer was lost and it is sent again", async () => {
    const b = await memberNamed("b", async () => false);
    let lost = 2;
    const a = await memberNamed("a", async (_member, frame) => {
      const taken = (await b.exchange.take(frame)) === "taken";
      return taken && --lost < 0;
    });
    const [own, others] = [sidesAt("a", a.members, 2), sidesAt("b", a.members, 3)];
    const wanted = (sides: readonly SpanSide[]) => sides.map((_, nth) => a.exchange.wants(batchOf(sides), nth));
    expect(wanted(own)).toEqual([true, true]);
    expect(wanted(others)).toEqual([false, false, false]);
    a.exchange.received(batch(10, [...own, ...others]));
    await vi.waitFor(
      () => expect(a.exchange.save().delivered).toEqual([['["1","b"]', { segment: 1, offset: 10 }]]),
      5_000,
    );
    expect(b.folded).toEqual(ids(others));
    expect(a.folded).toEqual([]);
  });

  test("an owner that was started again knows what it has taken, from its checkpoint and its log", async () => {
    const frames: Uint8Array[] = [];
    const a = await memberNamed("a", async (_member, frame) => frames.push(frame) > 0);
    a.exchange.received(batch(10, sidesAt("b", a.members, 1)));
    await vi.waitFor(() => expect(frames).toHaveLength(1));
    const [frame = new Uint8Array()] = frames;
    const before = await memberNamed("b", async () => false);
    expect(await before.exchange.take(frame)).toBe("taken");
    const [kept, replayed] = [await memberNamed("b", async () => false), await memberNamed("b", async () => false)];
    kept.exchange.restore(before.exchange.save(), new Map());
    replayed.exchange.replayed(frame);
    for (const { exchange, folded } of [kept, replayed]) {
      expect(await exchange.take(frame)).toBe("taken");
      expect(folded).toEqual([]);
    }
    expect(before.folded).toHaveLength(1);
  });

  test("what waits for a member that is down is taken over by the next, from the first that it had not taken", async () => {
    let isThere = true;
    const a = await memberNamed("a", async () => isThere);
    const [first, second] = [sidesAt("b", a.members, 2), sidesAt("b", a.members, 2)];
    a.exchange.received(batch(10, first));
    await vi.waitFor(() => expect(a.exchange.lagOf("b")).toBe(0));
    isThere = false;
    a.exchange.received(batch(20, second));
    await new Promise((resolve) => setImmediate(resolve));
    expect(a.folded).toEqual([]);
    a.now.ms += 10_000;
    a.members.tick();
    await vi.waitFor(() => expect(a.folded).toEqual(ids(second)), 5_000);
    expect(a.exchange.save().delivered[0]?.[1]).toEqual({ segment: 1, offset: 20 });
  });

  test("what an earlier process left undelivered counts as old as can be, and so does all before the replay is over", async () => {
    const a = await memberNamed("a", async () => false);
    a.exchange.start(new Map([["1", { segment: 1, offset: 10 }]]));
    expect(a.exchange.lagOf("b")).toBe(a.now.ms);
    const b = await memberNamed("b", async () => false);
    expect(b.exchange.lagOf("a")).toBe(0);
    await b.exchange.stop();
    expect(b.exchange.lagOf("a")).toBe(b.now.ms);
  });

  test("what is no frame, a stranger's, or comes before the replay is over is not taken", async () => {
    const b = await memberNamed("b", async () => false);
    expect(await b.exchange.take(new Uint8Array([1, 2, 3]))).toBe("malformed");
    await b.exchange.stop();
    expect(await b.exchange.take(new Uint8Array())).toBe("full");
  });

  test("a folder that no member shared before sends nothing of what was paired here", async () => {
    const a = await memberNamed("a", async () => false);
    const end = { segment: 3, offset: 500 };
    a.exchange.restore(undefined, new Map([["0", end]]));
    expect(a.exchange.save().delivered).toEqual([['["0","b"]', end]]);
  });
});

test("a member says who it is, and proves it where there is a secret", () => {
  const isOther = (name: string): boolean => name === "zürich";
  const named = { [MEMBER_HEADER]: encodeURIComponent("zürich") };
  expect(memberOf(named, isOther, undefined)).toBe("zürich");
  expect(memberOf({ [MEMBER_HEADER]: "a" }, isOther, undefined)).toBeUndefined();
  expect(memberOf({ [MEMBER_HEADER]: "%" }, isOther, undefined)).toBeUndefined();
  expect(memberOf(named, isOther, "s3cret")).toBeUndefined();
  expect(memberOf({ ...named, authorization: "Bearer other" }, isOther, "s3cret")).toBeUndefined();
  expect(memberOf({ ...named, authorization: "Bearer s3cret" }, isOther, "s3cret")).toBe("zürich");
});
