import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { Inflater } from "./inflater.ts";

const LIMIT = 64 * 1024 * 1024;
const body = (size: number, seed: number): Buffer => Buffer.from(`${seed} `.repeat(size));

test("bodies of all sizes come out one after the other, into the buffer of the one before", async () => {
  const inflater = new Inflater();
  const buffers = new Set<ArrayBufferLike>();
  for (const size of [10, 1_000, 400_000, 3, 399_000, 50_000]) {
    const plain = body(size, size);
    const inflated = await inflater.inflate(gzipSync(plain), LIMIT);
    expect(Buffer.compare(inflated?.bytes ?? Buffer.alloc(0), plain)).toBe(0);
    if (inflated !== undefined) buffers.add(inflated.bytes.buffer);
    inflated?.release();
  }
  // One of 1 MiB, and one for the largest.
  expect(buffers.size).toBe(2);
  inflater.close();
});

test("a body is not touched before it is given back", async () => {
  const inflater = new Inflater();
  const first = await inflater.inflate(gzipSync(body(1_000, 1)), LIMIT);
  const second = inflater.inflate(gzipSync(body(1_000, 2)), LIMIT);
  await new Promise(setImmediate);
  expect(Buffer.from(first?.bytes ?? []).toString()).toBe(body(1_000, 1).toString());
  first?.release();
  expect(Buffer.from((await second)?.bytes ?? []).toString()).toBe(body(1_000, 2).toString());
  inflater.close();
});

test("what is cut, broken, of two members, or larger than allowed is left to others, and the next body comes out right", async () => {
  const inflater = new Inflater();
  const plain = body(5_000, 7);
  const whole = gzipSync(plain);
  const broken = Buffer.from(whole);
  broken[whole.length - 6] = (broken[whole.length - 6] ?? 0) ^ 1;
  const odd: Buffer[] = [
    whole.subarray(0, whole.length - 20),
    whole.subarray(0, 30),
    broken,
    Buffer.from("no gzip at all, but long enough"),
  ];
  odd.push(Buffer.concat([gzipSync(body(9, 1)), whole]), Buffer.concat([whole, Buffer.from("tail")]), Buffer.alloc(0));
  for (const bytes of odd) {
    expect(await inflater.inflate(bytes, LIMIT)).toBeUndefined();
    const next = await inflater.inflate(whole, LIMIT);
    expect(Buffer.compare(next?.bytes ?? Buffer.alloc(0), plain)).toBe(0);
    next?.release();
  }
  expect(await inflater.inflate(whole, plain.length - 1)).toBeUndefined();
  inflater.close();
});
