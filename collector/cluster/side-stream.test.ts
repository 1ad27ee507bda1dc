import { afterEach, describe, expect, test, vi } from "vitest";
import { readSpan } from "../../lib/mesh/spans/read-span.ts";
import type { SpanSide } from "../../lib/model/span-side.ts";
import { comparePositions, LOG_START, type LogPosition } from "../../lib/query/store-engine.ts";
import type { FramedBatch } from "../pipeline/side-frame.ts";
import { freshId, spanOf } from "../pipeline/span-rig.ts";
import { type ReadBatch, SideStream } from "./side-stream.ts";

const at = (offset: number): LogPosition => ({ segment: 1, offset });

function sidesOf(count: number, service = "web"): SpanSide[] {
  return Array.from({ length: count }, () => readSpan(spanOf(freshId(), "client", service))).filter(
    (side) => side !== undefined,
  );
}

class Rig {
  readonly log: ReadBatch[] = [];
  readonly delivered: FramedBatch[] = [];
  reads = 0;
  /** Deliveries that fail before one is taken. */
  failures = 0;
  gate: Promise<void> | undefined;
  readonly stream: SideStream;

  constructor(through = LOG_START, logged: readonly ReadBatch[] = []) {
    this.log.push(...logged);
    const end = logged[logged.length - 1]?.position ?? LOG_START;
    this.stream = new SideStream(
      {
        ...{ log: "0", home: "b", failed: () => {}, nowMs: () => Date.now() },
        belongs: (side) => side.own.name === "web",
        deliver: async (batches) => {
          await this.gate;
          if (this.failures-- > 0) return false;
          this.delivered.push(...batches);
          return true;
        },
        read: async (after, end) => {
          this.reads++;
          const found = this.log.filter(({ position }) => {
            return comparePositions(position, after) > 0 && comparePositions(position, end) <= 0;
          });
          return found.slice(0, 3);
        },
      },
      through,
      end,
    );
  }

  receive(offset: number, sides: readonly SpanSide[]): void {
    this.log.push({ position: at(offset), sides });
    this.stream.received(at(offset), sides);
  }

  get ids(): string[] {
    return this.delivered.flatMap(({ sides }) => sides.map(({ spanId }) => spanId));
  }
}

let rig: Rig;
afterEach(() => rig.stream.stop());

describe("a stream of sides", () => {
  test("delivers what belongs to it, in order, and is past what does not", async () => {
    rig = new Rig();
    const [first, other, second] = [sidesOf(2), sidesOf(3, "cart"), sidesOf(1)];
    rig.receive(10, other);
    expect(rig.stream.deliveredThrough).toEqual(at(10));
    rig.receive(20, [...first, ...other]);
    rig.receive(30, second);
    rig.receive(40, other);
    await vi.waitFor(() => expect(rig.stream.lags).toBe(false));
    expect(rig.ids).toEqual([...first, ...second].map(({ spanId }) => spanId));
    expect(rig.stream.deliveredThrough).toEqual(at(40));
    expect(rig.reads).toBe(0);
  });

  test("repeats what was not taken, and is not past it meanwhile", async () => {
    rig = new Rig();
    rig.failures = 2;
    const sides = sidesOf(2);
    rig.receive(10, sides);
    rig.receive(20, sidesOf(1));
    expect(rig.stream.deliveredThrough).toEqual(LOG_START);
    await vi.waitFor(() => expect(rig.stream.lags).toBe(false), 5_000);
    expect(rig.ids).toHaveLength(3);
    expect(new Set(rig.ids).size).toBe(3);
    expect(rig.ids.slice(0, 2)).toEqual(sides.map(({ spanId }) => spanId));
  });

  test("goes on from the log where an earlier process was", async () => {
    const logged = [10, 20, 30, 40, 50].map((offset) => ({ position: at(offset), sides: sidesOf(1) }));
    rig = new Rig(at(20), logged);
    rig.stream.start();
    const later = sidesOf(1);
    rig.receive(60, later);
    await vi.waitFor(() => expect(rig.stream.lags).toBe(false));
    const expected = [...logged.slice(2).flatMap(({ sides }) => sides), ...later];
    expect(rig.ids).toEqual(expected.map(({ spanId }) => spanId));
  });

  test("leaves in the log what is too much to keep, and delivers it from there once", async () => {
    rig = new Rig();
    let open = (): void => {};
    rig.gate = new Promise((resolve) => {
      open = resolve;
    });
    const many = sidesOf(20_000);
    for (let n = 1; n <= 5; n++) rig.receive(n * 10, n === 1 ? sidesOf(1) : many);
    open();
    await vi.waitFor(() => expect(rig.stream.lags).toBe(false), 10_000);
    expect(rig.reads).toBeGreaterThan(0);
    expect(rig.ids).toHaveLength(80_001);
    const last = sidesOf(1);
    rig.receive(60, last);
    await vi.waitFor(() => expect(rig.ids.at(-1)).toBe(last[0]?.spanId));
    expect(rig.ids).toHaveLength(80_002);
  });
});
