import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { base64url, hex } from "./encoding.ts";
import { rng } from "./rng.ts";
import { sha256 } from "./sha256.ts";

describe("sha256 and encodings", () => {
  test("equal node:crypto for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const oracle = createHash("sha256").update(bytes).digest();
        expect(hex(sha256(bytes))).toBe(oracle.toString("hex"));
        expect(base64url(bytes)).toBe(Buffer.from(bytes).toString("base64url"));
      }),
    );
  });
});

describe("rng", () => {
  test("repeats from its seed and differs between seeds", () => {
    const a = rng(7);
    const b = rng(7);
    const c = rng(8);
    const first = Array.from({ length: 20 }, () => a.next());
    expect(Array.from({ length: 20 }, () => b.next())).toEqual(first);
    expect(Array.from({ length: 20 }, () => c.next())).not.toEqual(first);
  });

  test("is uniform enough to balance a coin and stays in range", () => {
    const r = rng(1);
    let heads = 0;
    for (let i = 0; i < 10_000; i++) heads += r.int(2);
    expect(heads).toBeGreaterThan(4_800);
    expect(heads).toBeLessThan(5_200);
  });
});
