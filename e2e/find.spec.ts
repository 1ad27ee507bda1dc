/** The find language on the map: highlight, show only, hide, the list of what can stand, errors, presets, the table, the API. */
import { expect, type Page, test } from "playwright/test";
import { graphSchema } from "../lib/query/schema/graph.ts";
import { apiJson, axeViolations, openMap, uiUrl, whenEstateIsThere } from "./support/page.ts";

test.beforeAll(whenEstateIsThere);

const box = (page: Page) => page.getByRole("combobox", { name: /^Find/ });
const matches = (page: Page) => page.getByRole("search").getByRole("status");

test("an expression counts nodes and edges together, steps through them and survives a reload", async ({ page }) => {
  await openMap(page);
  await box(page).fill("namespace = shop and protocol = http and not idle");
  await expect(matches(page)).toContainText(/\d+ matches/);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/node=/);
  await page.getByRole("button", { name: "Previous match" }).click();
  await expect(page).toHaveURL(/edge=/);
  await page.reload();
  await expect(box(page)).toHaveValue("namespace = shop and protocol = http and not idle");
});

test("what can stand at the cursor is offered, by keyboard alone", async ({ page }) => {
  await openMap(page);
  await page.keyboard.press("/");
  await page.keyboard.type("namesp");
  await expect(page.getByRole("option", { name: /^namespace/ })).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("option", { name: /^= / })).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("option", { name: "shop" })).toBeVisible();
  expect(await axeViolations(page)).toEqual([]);
  await page.keyboard.type("sho");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(box(page)).toHaveValue("namespace = shop ");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("listbox")).toHaveCount(0);
  await expect(matches(page)).toContainText(/matches/);
});

test("what cannot be read is underlined and said, and hides nothing", async ({ page }) => {
  await openMap(page, "?findMode=only");
  await box(page).fill("error > 1");
  await expect(page.getByText("write the unit: error is compared with 1%")).toBeVisible();
  await expect(box(page)).toHaveAttribute("aria-invalid", "true");
  await expect(page.locator("[data-graph=drawn]")).toBeVisible();
  await box(page).fill("error > 1%");
  await expect(page.getByText("write the unit")).toHaveCount(0);
});

const LONG = "error > 1% and (namespace = shop or mtls < 100%) and not idle";
const PAUSED = "start=1790000000000&end=1790000300000";
/** What an expression can be read and mended in, px. */
const LEAST = 160;

test("the field keeps its room on every width, and nothing is pushed off the page", async ({ page }) => {
  const find = (text: string): string => `/?find=${encodeURIComponent(text)}`;
  for (const path of [find(LONG), `${find(LONG)}&${PAUSED}`, `${find("error >")}&${PAUSED}`, `/?${PAUSED}`, "/"]) {
    await page.goto(uiUrl(path));
    for (const width of [390, 768, 1024, 1280, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      const at = `${width} px, ${path}`;
      await expect.poll(async () => (await box(page).boundingBox())?.width ?? 0, at).toBeGreaterThan(LEAST);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(wide, at).toBeLessThanOrEqual(width);
      expect(await page.getByRole("banner").evaluate(drawnOver), at).toEqual([]);
    }
  }
});

/** Names of what of the bar lies on another part of it, or outside of it. */
function drawnOver(bar: Element): string[] {
  const parts = [...bar.querySelectorAll("button, input")];
  const boxes = parts.map((part) => ({ part, box: part.getBoundingClientRect() }));
  const edge = bar.getBoundingClientRect().right;
  const name = (part: Element): string => part.getAttribute("aria-label") ?? part.textContent ?? "";
  return boxes.flatMap(({ part, box }, i) => {
    if (box.right > edge + 1) return [`${name(part)} outside`];
    const under = boxes.slice(i + 1).find(({ box: other }) => {
      const across = Math.min(box.right, other.right) - Math.max(box.left, other.left);
      return across > 1 && Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top) > 1;
    });
    return under === undefined ? [] : [`${name(part)} on ${name(under.part)}`];
  });
}

test("show only and hide leave what the API's filter leaves, and say how much that is", async ({ page }) => {
  await openMap(page, `?find=${encodeURIComponent("namespace = shop")}&findMode=only`);
  const said = page.getByText(/^\d+ of \d+ nodes, \d+ of \d+ edges$/);
  await expect(said).toBeVisible();
  const agree = async (filter: string): Promise<boolean> => {
    const answer = await apiJson(`/graph?filter=${encodeURIComponent(filter)}`, graphSchema);
    const text = (await said.textContent()) ?? "";
    return text.startsWith(`${answer.nodes.length} of`) && text.includes(`, ${answer.edges.length} of`);
  };
  await expect.poll(() => agree("namespace = shop"), { timeout: 15_000 }).toBe(true);
  await page.getByRole("combobox", { name: "matches" }).click();
  await page.getByRole("option", { name: "hide" }).click();
  await expect(page).toHaveURL(/findMode=hide/);
  await expect.poll(() => agree("not (namespace = shop)"), { timeout: 15_000 }).toBe(true);
  await page.getByRole("button", { name: "Show all" }).click();
  await expect(said).toHaveCount(0);
});

test("a preset fills the box, and the table shows the rows that match", async ({ page }) => {
  await openMap(page);
  await page.getByRole("button", { name: "Presets and the find language" }).click();
  await page.getByRole("button", { name: /^TCP/ }).click();
  await expect(box(page)).toHaveValue("protocol = tcp");
  await page.getByRole("radio", { name: "Table", exact: true }).click();
  const rows = page.getByRole("table", { name: "Edges" }).locator("tbody tr");
  const agree = async (): Promise<boolean> => {
    const { edges } = await apiJson("/graph", graphSchema);
    const expected = edges.filter(({ protocol }) => protocol === "tcp").length;
    return expected > 0 && (await rows.count()) === expected;
  };
  await expect.poll(agree, { timeout: 30_000 }).toBe(true);
});
