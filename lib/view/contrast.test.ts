import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { contrast } from "./contrast.ts";

const css = readFileSync(new URL("../../app/globals.css", import.meta.url), "utf8");
const darkAt = css.indexOf('[data-theme="dark"]');

function tokens(part: string): Map<string, string> {
  return new Map([...part.matchAll(/--color-([a-z-]+): (#[0-9a-f]{6});/g)].map((m) => [m[1] ?? "", m[2] ?? ""]));
}

const themes = { light: tokens(css.slice(0, darkAt)), dark: tokens(css.slice(darkAt)) };
const GROUNDS = ["bg", "panel", "box", "hover"];
const WORDS = ["text", "quiet", "accent", "healthy-text", "degraded-text", "failing-text", "idle-text", "unknown-text"];
const MARKS = ["healthy", "degraded", "failing", "idle", "unknown", "accent", "line-strong"];

function value(theme: Map<string, string>, name: string): string {
  const found = theme.get(name);
  if (found === undefined) throw new Error(`token ${name} is missing`);
  return found;
}

describe.each(Object.entries(themes))("the %s theme", (_name, theme) => {
  it.each(WORDS)("has %s readable at 4.5:1 on every ground", (word) => {
    for (const ground of GROUNDS)
      expect(contrast(value(theme, word), value(theme, ground)), ground).toBeGreaterThanOrEqual(4.5);
  });

  it.each(MARKS)("has %s visible at 3:1 on every ground but the hover wash", (mark) => {
    for (const ground of GROUNDS.slice(0, 3))
      expect(contrast(value(theme, mark), value(theme, ground)), ground).toBeGreaterThanOrEqual(3);
  });

  it("has readable words on the accent and on its wash", () => {
    expect(contrast(value(theme, "on-accent"), value(theme, "accent"))).toBeGreaterThanOrEqual(4.5);
    expect(contrast(value(theme, "text"), value(theme, "accent-wash"))).toBeGreaterThanOrEqual(4.5);
    expect(contrast(value(theme, "accent"), value(theme, "accent-wash"))).toBeGreaterThanOrEqual(4.5);
  });
});

it("gives 21 for black on white and 1 for a colour on itself", () => {
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 5);
  expect(contrast("#3b5bdb", "#3b5bdb")).toBe(1);
});
