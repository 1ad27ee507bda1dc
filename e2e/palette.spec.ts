/** The map's actions from the palette, by keyboard alone: on the map, and from another page, which leads there first. */
import { readFile } from "node:fs/promises";
import { expect, type Page, test } from "playwright/test";
import { z } from "zod";
import { openMap, uiUrl, whenEstateIsThere } from "./support/page.ts";
import { chooseInPalette } from "./support/palette.ts";

test.beforeAll(whenEstateIsThere);

const canvas = (page: Page) => page.locator("canvas[role=application]");
const countersSchema = z.object({ layouts: z.number(), zoom: z.number(), pinned: z.record(z.string(), z.string()) });

async function counters(page: Page): Promise<z.infer<typeof countersSchema>> {
  const text = await canvas(page).evaluate((element) => {
    element.dispatchEvent(new Event("counters"));
    return element.getAttribute("data-counters");
  });
  return countersSchema.parse(JSON.parse(text ?? "null"));
}

test("the map is shaped, fitted, arranged, explained and compared from the palette", async ({ page }) => {
  await openMap(page);
  const act = (text: string, option: RegExp) => chooseInPalette(page, text, option);
  await act("idle", /^Show what is idle$/);
  await expect(page).toHaveURL(/idle=1/);
  await act("idle", /^Hide what is idle$/);
  await expect(page).not.toHaveURL(/idle=1/);
  await act("mesh frames", /^Mesh frames$/);
  await expect(page).toHaveURL(/boxes=mesh/);
  await act("fold by", /^Fold by namespace$/);
  await expect(page).toHaveURL(/fold=namespace/);
  await act("unfold", /^Unfold all boxes$/);
  await expect(page).toHaveURL(/fold=none/);
  await act("view by", /^View by service$/);
  await expect(page).toHaveURL(/view=service/);
  await expect(page.locator("[data-graph=drawn]")).toBeVisible();
  await act("legend", /^Legend$/);
  await expect(page.getByRole("dialog", { name: "Legend" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog", { name: "Legend" })).toHaveCount(0);
  const fitted = (await counters(page)).zoom;
  await canvas(page).focus();
  await page.keyboard.press("+");
  await expect.poll(async () => (await counters(page)).zoom).toBeGreaterThan(fitted);
  await act("fit", /^Fit all$/);
  await expect.poll(async () => (await counters(page)).zoom).toBeCloseTo(fitted, 2);
  const { layouts } = await counters(page);
  await act("arrange", /^Arrange anew$/);
  await expect.poll(async () => (await counters(page)).layouts).toBeGreaterThan(layouts);
  const pinned = async (): Promise<number> => Object.keys((await counters(page)).pinned).length;
  await canvas(page).focus();
  await page.keyboard.press("ArrowRight");
  await expect(page).toHaveURL(/[?&](node|edge)=/);
  if (!page.url().includes("node=")) await page.keyboard.press("ArrowRight");
  await page.keyboard.press("p");
  await expect.poll(pinned).toBe(1);
  await act("pins", /^Let go of all pins: 1$/);
  await expect.poll(pinned).toBe(0);
  await act("compare", /^Compare: mark as A$/);
  await expect(page.getByText("A is marked: choose B on the strip")).toBeVisible();
  await act("comparing", /^Stop comparing$/);
  await expect(page).not.toHaveURL(/against=/);
  await act("table", /^Show as a table$/);
  await expect(page.getByRole("table", { name: "Edges" })).toBeVisible();
  await act("graph", /^Show as a graph$/);
  await expect(canvas(page)).toBeVisible();
  await act("wall", /^On a wall$/);
  await expect(page.getByRole("region", { name: "The estate at a glance" })).toBeVisible();
  await act("wall", /^Leave the wall$/);
  await expect(page).not.toHaveURL(/wall=/);
});

test("from another page an action of the picture leads to the map and is done there", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto(uiUrl("/sources"));
  await expect(page.getByRole("heading", { name: "Sources" }).first()).toBeVisible();
  const download = page.waitForEvent("download");
  await chooseInPalette(page, "take away", /SVG/);
  const svg = (await readFile(await (await download).path())).toString();
  expect(svg).toContain("Meshscope · ");
  expect(svg).toContain(">web-v1<");
  await expect.poll(() => new URL(page.url()).pathname).toBe("/");
  await chooseInPalette(page, "link", /link to this window/);
  await expect(page.getByText("Copied.")).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/start=\d+&end=\d+/);
  await page.goto(uiUrl("/sources"));
  await chooseInPalette(page, "fold by", /^Fold by namespace$/);
  await expect.poll(() => new URL(page.url()).search).toContain("fold=namespace");
  expect(new URL(page.url()).pathname).toBe("/");
});

/** Of the address, in any order. */
const params = (page: Page): string[] => [...new URL(page.url()).searchParams].map((pair) => pair.join("=")).sort();

async function takenBy(page: Page, option: RegExp): Promise<string> {
  const download = page.waitForEvent("download");
  await chooseInPalette(page, "take away", option);
  return (await download).suggestedFilename();
}

test("what is taken away in the table, or on the wall, is taken there; only a picture leaves the table, and nothing else", async ({
  page,
  context,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const kept = ["against=1h", "columns=source,target,rate", "last=5m"];
  await page.goto(uiUrl(`/?${[...kept, "show=table"].join("&")}`));
  await expect(page.getByRole("row").filter({ hasText: "cart-v1" }).first()).toBeVisible();
  expect(await takenBy(page, /edges \(CSV\)/)).toMatch(/edges.*\.csv$/);
  expect(await takenBy(page, /nodes \(CSV\)/)).toMatch(/nodes.*\.csv$/);
  expect(await takenBy(page, /everything \(JSON\)/)).toMatch(/\.json$/);
  await chooseInPalette(page, "link", /link to this window/);
  await expect(page.getByText("Copied.")).toBeVisible();
  const link = new URL(await page.evaluate(() => navigator.clipboard.readText()));
  expect([...link.searchParams.keys()].sort()).toEqual(["against", "columns", "end", "show", "start"]);
  await expect(page.getByRole("table", { name: "Edges" })).toBeVisible();
  expect(params(page)).toEqual([...kept, "show=table"]);
  expect(await takenBy(page, /picture \(PNG\)/)).toMatch(/\.png$/);
  await expect(canvas(page)).toBeVisible();
  expect(params(page)).toEqual(kept);
  await page.goto(uiUrl("/?last=5m&ns=shop&wall=1"));
  const wall = page.getByRole("region", { name: "The estate at a glance" });
  await expect(wall).toBeVisible();
  await expect(page.locator("[data-graph=drawn]")).toBeVisible();
  await chooseInPalette(page, "fit", /^Fit all$/);
  expect(await takenBy(page, /edges \(CSV\)/)).toMatch(/edges.*\.csv$/);
  expect(await takenBy(page, /picture \(SVG\)/)).toMatch(/\.svg$/);
  await expect(wall).toBeVisible();
  expect(params(page)).toEqual(["last=5m", "ns=shop", "wall=1"]);
  await chooseInPalette(page, "legend", /^Legend$/);
  await expect(page.getByRole("dialog", { name: "Legend" })).toBeVisible();
  expect(params(page)).toEqual(["last=5m", "ns=shop"]);
});
