import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { claimedSize, inflateWhole } from "./inflate-whole.ts";

test.each([0, 1, 63, 64, 5_000, 32_768, 32_769, 400_000])("%i bytes come out as they went in", async (length) => {
  const bytes = Buffer.from(Array.from({ length }, (_, i) => (i * 31) & 0xff));
  const packed = gzipSync(bytes);
  expect(claimedSize(packed)).toBe(length);
  const inflated = await inflateWhole(packed, length);
  expect(inflated === "other" ? inflated : Buffer.compare(inflated, bytes)).toBe(0);
});

test("a body of two members is not taken for its last one", async () => {
  const packed = Buffer.concat([gzipSync(Buffer.alloc(9_000, "a")), gzipSync(Buffer.alloc(100, "b"))]);
  expect(await inflateWhole(packed, claimedSize(packed) ?? -1)).toBe("other");
});

test("a claim that deflate cannot keep is none, and one that is too small makes nothing longer", async () => {
  const packed = gzipSync(Buffer.alloc(200_000, "#"));
  const claiming = (size: number): Buffer => {
    const copy = Buffer.from(packed);
    copy.writeUInt32LE(size, copy.length - 4);
    return copy;
  };
  expect(claimedSize(claiming(0xffff_ffff))).toBeUndefined();
  expect(claimedSize(Buffer.from("short"))).toBeUndefined();
  for (const size of [10, 40_000]) expect(await inflateWhole(claiming(size), size)).toBe("other");
});

test("what is damaged is not told apart here", async () => {
  const packed = gzipSync(Buffer.alloc(2_000, "#"));
  packed[12] = (packed[12] ?? 0) ^ 0xff;
  expect(await inflateWhole(packed, 2_000)).toBe("other");
});
