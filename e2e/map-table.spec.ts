/** The table that stands for the map: what the marks of the picture say, and what only the panel says where it is asked for. */
import { expect, type Locator, test } from "playwright/test";
import { z } from "zod";
import { graphSchema } from "../lib/query/schema/graph.ts";
import { apiJson, axeViolations, edgeBetween, uiUrl, whenEstateIsThere } from "./support/page.ts";

test.beforeAll(whenEstateIsThere);

const MARKS = ["Of caller", "Marks", "Canary", "Layer", "Warnings", "Caller namespace", "Destination cluster"];

/** Text of each cell by its column's head. */
async function cellsOf(row: Locator): Promise<ReadonlyMap<string, string>> {
  const heads = await row.locator("xpath=ancestor::table").locator("thead th").allTextContents();
  const cells = await row.locator("td").allTextContents();
  return new Map(heads.map((head, i) => [head, cells[i] ?? ""]));
}

test("an edge's row has its ends' places, its share, marks, canary, layer and warnings, and p90 where it is asked for", async ({
  page,
}) => {
  const { source, target, edge } = await edgeBetween("web-v1", "cart-v1");
  const { window } = await apiJson("/graph", graphSchema);
  const time = `start=${window.start}&end=${window.end}`;
  await page.goto(uiUrl(`/?show=table&where=${encodeURIComponent("source:web-v1")}&${time}`));
  const table = page.getByRole("table", { name: "Edges" });
  for (const name of MARKS) await expect(table.getByRole("columnheader", { name, exact: true })).toBeVisible();
  const row = table.getByRole("row").filter({ hasText: "web-v1" }).filter({ hasText: "cart-v1" });
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
  const schema = z.object({ edges: z.array(z.looseObject({ id: z.string() })) });
  const { edges } = await apiJson(`/graph?detail=full&${time}`, schema);
  const record = z
    .object({ latencyMs: z.object({ p90: z.number(), avg: z.number() }) })
    .parse(edges.find(({ id }) => id === edge.id));
  const after = await cellsOf(row);
  expect(Number.parseFloat(after.get("p90") ?? "")).toBeCloseTo(record.latencyMs.p90, 0);
  expect(Number.parseFloat(after.get("Average") ?? "")).toBeCloseTo(record.latencyMs.avg, 0);
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
