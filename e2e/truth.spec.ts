/** The numbers on the screen are those of the API, and those of the API are what the simulated estate really sent. */
import { expect, test } from "playwright/test";
import { z } from "zod";
import { sourceListSchema } from "../lib/query/schema/estate.ts";
import { graphSchema } from "../lib/query/schema/graph.ts";
import { apiJson, controlUrl, edgeBetween, namedEdges, openMap, uiUrl, whenEstateIsThere } from "./support/page.ts";

test.beforeAll(async () => {
  test.setTimeout(90_000);
  await whenEstateIsThere();
});

const truthSchema = z.object({
  edges: z.array(
    z.looseObject({
      source: z.looseObject({ name: z.string() }),
      target: z.looseObject({ name: z.string() }),
      requests: z.number(),
    }),
  ),
});

test("the rates of the graph are the rates of the estate within 5 %", async () => {
  const read = async () => {
    const answer = await fetch(controlUrl("/truth"));
    return { atMs: Date.now(), truth: truthSchema.parse(await answer.json()) };
  };
  const before = await read();
  await new Promise((resolve) => setTimeout(resolve, 40_000));
  const after = await read();
  const graph = await apiJson(`/graph?start=${before.atMs}&end=${after.atMs}`, graphSchema);
  const seconds = (after.atMs - before.atMs) / 1000;
  let compared = 0;
  for (const { edge, source, target } of namedEdges(graph)) {
    const match = (edges: z.infer<typeof truthSchema>["edges"]) =>
      edges
        .filter((e) => e.source.name === source.name && e.target.name === target.name)
        .reduce((sum, e) => sum + e.requests, 0);
    const real = (match(after.truth.edges) - match(before.truth.edges)) / seconds;
    if (real < 20 || edge.requestsPerSec === null) continue;
    compared++;
    expect(Math.abs(edge.requestsPerSec - real) / real, `${source.name} → ${target.name}`).toBeLessThan(0.05);
  }
  expect(compared).toBeGreaterThan(8);
});

test("the table says what the graph says, sorts, and is copied as CSV", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await openMap(page);
  await page.getByRole("radio", { name: "Table" }).click();
  await expect(page).toHaveURL(/show=table/);
  const { target } = await edgeBetween("catalog-v1", "pricing-v1");
  const row = page.getByRole("row").filter({ hasText: target.name }).first();
  await expect(row).toContainText("grpc");
  await page.getByRole("columnheader", { name: "Requests" }).getByRole("button").first().click();
  await expect(page.getByRole("row").nth(1)).toContainText(/\/s/);
  await page.getByRole("button", { name: "Copy as CSV" }).click();
  const csv = await page.evaluate(() => navigator.clipboard.readText());
  const graph = await apiJson("/graph", graphSchema);
  expect(Math.abs(csv.trim().split("\n").length - 1 - graph.edges.length)).toBeLessThanOrEqual(1);
  expect(csv.split("\n")[0]?.toLowerCase()).toContain("p95");
});

test("the sources page shows every source, and services lead to their pages and on to the map", async ({ page }) => {
  await page.goto(uiUrl("/sources"));
  const { total } = await apiJson("/sources", sourceListSchema);
  await expect(page.getByText(`${total} rows`)).toBeVisible();
  await expect(page.getByText(/\d+ targets, all up/)).toBeVisible();
  await page.goto(uiUrl("/services"));
  await page.getByRole("row").filter({ hasText: "payments" }).getByRole("link").first().click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("payments");
  await page.getByRole("link", { name: "On the map" }).click();
  await expect(page).toHaveURL(/view=service/);
  await expect(page.getByRole("complementary").getByRole("heading", { level: 2 })).toContainText("payments");
});

test("scope, find and time are in the URL and survive a reload", async ({ page }) => {
  await openMap(page);
  await page.keyboard.press("/");
  await page.keyboard.type("payments");
  await expect(page.getByRole("search")).toContainText(/2/);
  await expect(page).toHaveURL(/find=payments/);
  await page.reload();
  await expect(page.getByRole("combobox", { name: /^Find/ })).toHaveValue("payments");
  await page.getByRole("button", { name: "Pause" }).click();
  const paused = page.url();
  await page.reload();
  await expect(page.locator("[data-graph=drawn]")).toBeVisible();
  expect(page.url()).toBe(paused);
});
