/** Latency over time: from the map to the picture, its cells by mouse and keyboard, their traces, the table, both themes. */
import { expect, type Page, test } from "playwright/test";
import { edgeAnswerSchema } from "../lib/query/schema/graph.ts";
import { type Heatmap, heatmapSchema } from "../lib/query/schema/heatmap.ts";
import { traceListSchema } from "../lib/query/schema/traces.ts";
import { apiJson, axeViolations, edgeBetween, openMap, uiUrl, whenEstateIsThere } from "./support/page.ts";

/** A window that was observed may first have to pass. */
test.describe.configure({ timeout: 150_000 });

test.beforeAll(async () => {
  test.setTimeout(120_000);
  await whenEstateIsThere();
});

/** A window of the past that was observed, so that the screen and the API speak of the same. */
async function stillWindow(edge: string): Promise<{ start: number; end: number }> {
  const seen: { start: number; end: number }[] = [];
  await expect
    .poll(
      async () => {
        const { xMs, counts } = await apiJson(`/heatmap?edge=${edge}`, heatmapSchema);
        const full = xMs.filter((_, i) => (counts[i] ?? null) !== null);
        // The first and the last may still change.
        const [, first] = full;
        const last = full.at(-2);
        if (first === undefined || last === undefined || last - first < 20_000) return false;
        seen.splice(0, 1, { start: first, end: last });
        return true;
      },
      { timeout: 90_000 },
    )
    .toBe(true);
  const [window] = seen;
  if (window === undefined) throw new Error("no window");
  return window;
}

async function openHeatmap(page: Page, query: string): Promise<void> {
  await page.goto(uiUrl(`/heatmap?${query}`));
  await expect(page.locator("[data-heatmap=drawn]")).toBeVisible();
}

const total = ({ counts }: Heatmap): number => counts.flatMap((column) => column ?? []).reduce((a, b) => a + b, 0);

test("the panel of an edge leads to its heatmap, whose columns add up to what the panel counts", async ({ page }) => {
  const { edge } = await edgeBetween("web-v1", "cart-v1");
  const { start, end } = await stillWindow(edge.id);
  const { latencyMs } = (await apiJson(`/edges/${edge.id}?start=${start}&end=${end}`, edgeAnswerSchema)).edge;
  const heatmap = await apiJson(`/heatmap?edge=${edge.id}&start=${start}&end=${end}`, heatmapSchema);
  expect(Number(total(heatmap).toPrecision(4))).toBe(latencyMs?.count);
  await openMap(page, `?edge=${edge.id}&start=${start}&end=${end}`);
  await page.getByRole("complementary").getByRole("link", { name: "Latency heatmap" }).click();
  await expect(page.locator("[data-heatmap=drawn]")).toBeVisible();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("web-v1 → cart-v1");
  await expect(page.getByRole("application")).toHaveAccessibleName(/Latency of web-v1 → cart-v1 over time.*p95/);
  await page.getByRole("complementary").getByRole("link", { name: "This edge on the map" }).click();
  await expect(page).toHaveURL(/edge=/);
});

test("arrow keys read cells aloud, Enter shows the traces of one, and a trace opens", async ({ page }) => {
  const { edge } = await edgeBetween("web-v1", "cart-v1");
  const { start, end } = await stillWindow(edge.id);
  await openHeatmap(page, `edge=${edge.id}&start=${start}&end=${end}`);
  const picture = page.getByRole("application");
  await picture.focus();
  await page.keyboard.press("ArrowLeft");
  const spoken = page.locator("[aria-live=polite]").filter({ hasText: "request" });
  await expect(spoken).toContainText(/\d\d:\d\d:\d\d–\d\d:\d\d:\d\d, .*ms.*, [\d,]+ requests?/);
  const before = await spoken.textContent();
  await page.keyboard.press("ArrowDown");
  await expect(spoken).not.toHaveText(before ?? "");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/area=/);
  const panel = page.getByRole("complementary", { name: "Chosen part" });
  await expect(panel).toBeFocused();
  await expect(panel.getByRole("link", { name: "Traces in this range" })).toBeVisible();
  await panel.locator("a[href*='/traces/']").first().click();
  await expect(page.getByRole("treegrid", { name: "Spans" })).toBeVisible();
});

test("Shift widens the choice, Escape clears it", async ({ page }) => {
  const { edge } = await edgeBetween("web-v1", "cart-v1");
  const { start, end } = await stillWindow(edge.id);
  await openHeatmap(page, `edge=${edge.id}&start=${start}&end=${end}`);
  await page.getByRole("application").focus();
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Shift+ArrowLeft");
  await page.keyboard.press("Shift+ArrowDown");
  await expect(page).toHaveURL(/area=/);
  await page.keyboard.press("Escape");
  await expect(page).not.toHaveURL(/area=/);
});

test("hovering reads a cell, dragging gives the traces of an area, and the search holds them", async ({ page }) => {
  const { edge } = await edgeBetween("web-v1", "cart-v1");
  const { start, end } = await stillWindow(edge.id);
  await openHeatmap(page, `edge=${edge.id}&start=${start}&end=${end}`);
  const box = await page.getByRole("application").boundingBox();
  if (box === null) throw new Error("no picture");
  await page.mouse.move(box.x + box.width * 0.4, box.y + box.height * 0.5);
  await expect(page.getByText("of its column").or(page.getByText("0 requests")).first()).toBeVisible();
  await page.mouse.move(box.x + 4, box.y + box.height - 4);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.move(box.x + box.width - 4, box.y + 4);
  await page.mouse.up();
  const panel = page.getByRole("complementary", { name: "Chosen part" });
  await expect(panel).toContainText("100 %");
  await panel.getByRole("link", { name: "Traces in this range" }).click();
  await expect(page).toHaveURL(/\/traces\?.*edge=/);
  await expect(page.getByRole("row").nth(1)).toBeVisible();
});

test("the traces of a cell took as long as the cell says, on this edge", async () => {
  const { edge } = await edgeBetween("web-v1", "cart-v1");
  const { start, end } = await stillWindow(edge.id);
  const { exemplars, yMs, xMs } = await apiJson(`/heatmap?edge=${edge.id}&start=${start}&end=${end}`, heatmapSchema);
  expect(exemplars.length).toBeGreaterThan(0);
  for (const { row, durationMs, column } of exemplars) {
    expect(durationMs).toBeGreaterThan(yMs[row - 1] ?? -1);
    expect(durationMs).toBeLessThanOrEqual(yMs[row] ?? Number.POSITIVE_INFINITY);
    expect(xMs[column]).toBeDefined();
  }
  const found = await apiJson(`/traces?edge=${edge.id}&start=${start - 10_000}&end=${end}&limit=500`, traceListSchema);
  const held = new Set(found.traces.map(({ traceId }) => traceId));
  if (found.nextCursor === null) expect(exemplars.filter(({ traceId }) => !held.has(traceId))).toEqual([]);
});

test("the same as a table, whose row opens its traces", async ({ page }) => {
  const { edge } = await edgeBetween("web-v1", "cart-v1");
  const { start, end } = await stillWindow(edge.id);
  await openHeatmap(page, `edge=${edge.id}&start=${start}&end=${end}`);
  await page.getByRole("radio", { name: "Table" }).click();
  await expect(page).toHaveURL(/show=table/);
  const table = page.getByRole("table", { name: "Latency over time" });
  await expect(table.getByRole("row").nth(3)).toBeVisible();
  await table.getByRole("row").nth(1).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("complementary", { name: "Chosen part" })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("complementary", { name: "Chosen part" })).toBeVisible();
});

test("without a choice there is a list to choose from; g h goes there, the palette finds it", async ({ page }) => {
  await openMap(page);
  await page.keyboard.press("g");
  await page.keyboard.press("h");
  await expect(page).toHaveURL(/\/heatmap/);
  await page.getByRole("radio", { name: "Nodes" }).click();
  await page.getByRole("row").filter({ hasText: "cart-v1" }).getByRole("link").first().click();
  await expect(page).toHaveURL(/node=/);
  await expect(page.locator("[data-heatmap=drawn]")).toBeVisible();
  await page.keyboard.press("Control+k");
  await page.getByPlaceholder("A service, a workload").fill("heat");
  await expect(page.getByRole("option", { name: "Heatmap" })).toBeVisible();
  await page.keyboard.press("Escape");
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog")).toContainText("Go to the heatmap");
});

test("an edge that is not there is an error with its code", async ({ page }) => {
  await page.goto(uiUrl("/heatmap?edge=AAAAAAAAAAAAAAAA"));
  await expect(page.getByRole("main").getByRole("alert")).toContainText("edge_not_found");
  expect(await axeViolations(page)).toEqual([]);
});

for (const colorScheme of ["light", "dark"] as const) {
  for (const viewport of [
    { width: 1440, height: 900 },
    { width: 768, height: 1024 },
  ]) {
    test.describe(`${colorScheme}, ${viewport.width} px`, () => {
      test.use({ colorScheme, viewport });
      test("nothing in the way of anyone", async ({ page }) => {
        const { edge } = await edgeBetween("web-v1", "cart-v1");
        await stillWindow(edge.id);
        await openHeatmap(page, `edge=${edge.id}`);
        await expect(page.getByRole("region", { name: "Legend" })).toBeVisible();
        expect(await axeViolations(page)).toEqual([]);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect(wide).toBeLessThanOrEqual(0);
        await page.goto(uiUrl(`/heatmap?edge=${edge.id}&show=table`));
        await expect(page.getByRole("row").nth(2)).toBeVisible();
        expect(await axeViolations(page)).toEqual([]);
        await page.goto(uiUrl("/heatmap"));
        await expect(page.getByRole("row").nth(2)).toBeVisible();
        expect(await axeViolations(page)).toEqual([]);
      });
    });
  }
}
