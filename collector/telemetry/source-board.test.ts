import { Registry } from "prom-client";
import { describe, expect, test } from "vitest";
import { SourceBoard } from "./source-board.ts";

function boardAt(startMs: number) {
  const now = { ms: startMs };
  const registry = new Registry();
  return { board: new SourceBoard(registry, { nowMs: () => now.ms }), now, registry };
}

describe("the source board", () => {
  test("a target is down until its first scrape, up after it, and down again when one fails", () => {
    const { board, now } = boardAt(1_000);
    const target = board.open({ id: "t", kind: "scrape", address: "http://a/", unit: "series", intervalMs: 1000 });
    expect(board.targets()).toEqual({ up: 0, down: 1 });
    expect(target.view()).toMatchObject({
      ageMs: null,
      lastDurationMs: null,
      absent: { ageMs: "unknown", lastDurationMs: "unknown" },
      items: { perSec: null, absent: { perSec: "notApplicable" } },
    });
    target.succeeded(70, 12);
    now.ms += 400;
    expect(target.view()).toMatchObject({
      up: true,
      ageMs: 400,
      lastDurationMs: 12,
      items: { count: 70, perSec: null },
    });
    target.failed("http_404", "http://a/ answered 404");
    expect(board.targets()).toEqual({ up: 0, down: 1 });
    expect(target.view().lastError).toEqual({ code: "http_404", message: "http://a/ answered 404", atMs: 1_400 });
  });

  test("spans add up, and their rate is over the last minute or since the start", () => {
    const { board, now } = boardAt(0);
    const receiver = board.open({ id: "r", kind: "otlpHttp", address: "127.0.0.1:4318", unit: "spans" });
    now.ms = 10_000;
    receiver.succeeded(300);
    expect(receiver.view().items).toEqual({ unit: "spans", count: 300, perSec: 30 });
    now.ms = 60_000;
    receiver.succeeded(300);
    expect(receiver.view().items.perSec).toBe(10);
    now.ms = 90_000;
    expect(receiver.view().items).toEqual({ unit: "spans", count: 600, perSec: 5 });
  });

  test("drops and failures are the same figures on the board and in the metrics", async () => {
    const { board, registry } = boardAt(0);
    const receiver = board.open({ id: "z", kind: "zipkin", address: "127.0.0.1:9411", unit: "spans" });
    receiver.dropped("bad_id", 3, "span 0: id");
    receiver.dropped("bad_id", 2);
    receiver.dropped("bad_id", 0);
    receiver.failed("too_large", "a body of 30 MiB");
    expect(receiver.view().drops).toEqual({ bad_id: 5 });
    const text = await registry.metrics();
    expect(text).toContain('meshscope_source_dropped_items_total{kind="zipkin",job="",code="bad_id"} 5');
    expect(text).toContain('meshscope_source_failures_total{kind="zipkin",job="",code="too_large"} 1');
  });
});
