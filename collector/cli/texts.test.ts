import { expect, test } from "vitest";
import { exitOf } from "./exit-codes.ts";
import { percent, plain, table } from "./texts.ts";

test("a name cannot move the cursor or turn the line around", () => {
  expect(plain("a\u001b[2Kb\u202ec\r\td")).toBe("a?[2Kb?c??d");
  expect(table(["A"], [["x\ny\u0007"]])).toBe("A\nx y?\n");
});

test("a table is as wide as its widest cells, without blanks at the end", () => {
  expect(
    table(
      ["ID", "B"],
      [
        ["long", ""],
        ["c", "d"],
      ],
    ),
  ).toBe("ID    B\nlong\nc     d\n");
});

test("a share that is not known is no zero", () => {
  expect([percent(null), percent(0), percent(0.1), percent(0.12345)]).toEqual(["–", "0 %", "10 %", "12.35 %"]);
});

test("an answer that nobody thought of is a failure", () => {
  expect([200, 202, 401, 404, 409, 422, 503, 418, 500].map(exitOf)).toEqual([0, 0, 3, 4, 5, 6, 7, 1, 1]);
});
