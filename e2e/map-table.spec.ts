/** The table that stands for the map: what the marks of the picture say, and what only the panel says where it is asked for. */
import { expect, type Locator, test } from "playwright/test";
import { axeViolations, namedEdges, uiUrl, whenEstateIsThere } from "./support/page.ts";
import { type FullGraph, restingWindow } from "./support/resting.ts";

test.beforeAll(whenEstateIsThere);

const MARKS = ["Of caller", "Marks", "Canary", "Layer", "Warnings", "Caller namespace", "Destination cluster"];

/** Text of each cell by its column's head. */
async function cellsOf(row: Locator): Promise<ReadonlyMap<string, string>> {
  const heads = await row.locator("xpath=ancestor::table").locator("thead th").allTextContents();
  const cells = await row.locator("td").allTextContents();
  return new Map(heads.map((head, i) => [head, cells[i] ?? ""]));
}

/** The exact figure of the cell in that column. */
async function titleIn(row: Locator, head: string): Promise<string | null> {
  const heads = await row.locator("xpath=ancestor::table").locator("thead th").allTextContents();
  return row.locator("td").nth(heads.indexOf(head)).locator("[title]").first().getAttribute("title");
}

/** The edge, its ends, and all that is known of it. */
function webToCart(graph: FullGraph) {
  const named = namedEdges(graph).find(({ source, target }) => source.name === "web-v1" && target.name === "cart-v1");
  const record = graph.edges.find(({ id }) => id === named?.edge.id);
  return named === undefined || record === undefined ? undefined : { ...named, record };
}

test("an edge's row has its ends' places, its share, marks, canary, layer and warnings, and p90 where it is asked for", async ({
  page,
}) => {
  const { at, graph } = await restingWindow((full) => webToCart(full)?.record.latencyMs?.p90 !== undefined);
  const found = webToCart(graph);
  if (found === undefined) throw new Error("no edge web-v1 → cart-v1");
  const { source, target, record } = found;
  await page.goto(uiUrl(`/?show=table&where=${encodeURIComponent("source:web-v1")}&${at}`));
  const table = page.getByRole("table", { name: "Edges" });
  for (const name of MARKS) await expect(table.getByRole("columnheader", { name, exact: true })).toBeVisible();
  const row = table.getByRole("row").filter({ hasText: "web-v1" }).filter({ hasText: "cart-v1" });
  await expect(row).toHaveCount(1);
  const before = await cellsOf(row);
  expect(before.get("Caller")).toBe(`web-v1 ${source.namespace} · ${source.cluster}`);
  expect(before.get("Caller namespace")).toBe(source.namespace);
  expect(before.get("Destination cluster")).toBe(target.cluster);
  expect(before.get("Layer")).toBe("L7");
  expect(before.get("Of caller")).toMatch(/^[\d.]+ %$/);
  expect(await axeViolations(page)).toEqual([]);
  await page.getByRole("button", { name: "Columns" }).click();
  for (const name of ["p90", "Average", "Status codes"])
    await page.getByRole("checkbox", { name, exact: true }).check();
  await page.keyboard.press("Escape");
  await expect.poll(async () => (await cellsOf(row)).get("Status codes")).toContain("200 ");
  // Rounded on screen, exact on hover: a quantile also says between what it is known to lie.
  expect((await titleIn(row, "p90"))?.split(", known to lie in ")[0]).toBe(`${record.latencyMs?.p90} ms`);
  expect(await titleIn(row, "Average")).toBe(`${record.latencyMs?.avg} ms`);
  await expect(page).toHaveURL(/columns=/);
});

test("a node's row has the slowest of what comes in, its mutual TLS and its warnings", async ({ page }) => {
  await page.goto(uiUrl("/?show=table&tab=nodes"));
  const table = page.getByRole("table", { name: "Nodes" });
  const row = table.getByRole("row").filter({ hasText: "mailer-v1" });
  await expect.poll(async () => (await cellsOf(row)).get("Warnings")).toBe("takes plaintext");
  const cells = await cellsOf(row);
  expect(cells.get("Slowest p95 in")).toMatch(/^[\d.]+ m?s$/);
  expect(cells.get("Mutual TLS in")).toMatch(/^[\d.]+ %$/);
  expect(await axeViolations(page)).toEqual([]);
});
