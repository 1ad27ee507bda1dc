import { expect, it } from "vitest";
import { csv } from "./csv.ts";

it("quotes commas, quotes and line ends, and leaves null empty", () => {
  expect(
    csv(
      ["a", "b"],
      [
        ['x,"y"', 1.5],
        ["line\nend", null],
      ],
    ),
  ).toBe('a,b\r\n"x,""y""",1.5\r\n"line\nend",\r\n');
});

it("disarms text that a spreadsheet would run", () => {
  expect(csv(["a"], [["=1+1"], [-3]])).toBe("a\r\n'=1+1\r\n-3\r\n");
});
