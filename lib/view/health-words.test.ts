import { expect, test } from "vitest";
import { healthReasons } from "./health-words.ts";

test("a reason says of how many requests its share is, and whose count that is where it is not all of them", () => {
  const words = (of?: string) =>
    healthReasons({
      state: "degraded",
      reasons: [{ code: "errors", ratio: 0.0118, requests: 11_110, ...(of === undefined ? {} : { of }) }],
      requests: 11_110,
    });
  expect(words()).toEqual(["1.18 % of 11,110 requests failed"]);
  expect(words("caller")).toEqual(["1.18 % of 11,110 requests failed, as the caller saw it"]);
  expect(words("callee")).toEqual(["1.18 % of 11,110 requests failed, as the called side saw it"]);
  expect(words("grpc")).toEqual(["1.18 % of 11,110 requests failed, of its gRPC requests"]);
});
