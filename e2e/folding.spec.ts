/** Boxes folded and unfolded by keyboard, on the demo's estate. */
import { expect, type Page, test } from "playwright/test";
import { graphSchema } from "../lib/query/schema/graph.ts";
import { apiJson, axeViolations, openMap, whenEstateIsThere } from "./support/page.ts";

test.beforeAll(whenEstateIsThere);

const parameter = (page: Page, name: string): string | null => new URL(page.url()).searchParams.get(name);
const panel = (page: Page) => page.getByRole("complementary");

async function aNode(): Promise<{ id: string; name: string; namespace: string }> {
  const { nodes, edges } = await apiJson("/graph", graphSchema);
  const node = nodes.find(
    ({ id, kind, namespace }) =>
      kind === "workload" &&
      edges.some((edge) => edge.source === id) &&
      edges.some((edge) => edge.target === id) &&
      nodes.filter((other) => other.namespace === namespace).length > 1,
  );
  if (node === undefined) throw new Error("no workload is called and calls");
  return node;
}

test("c folds the box of a node and unfolds it again; the address says so and a reload keeps it", async ({ page }) => {
  const { id, namespace } = await aNode();
  await openMap(page, `?node=${id}`);
  const canvas = page.locator("canvas[role=application]");
  await canvas.focus();
  await page.keyboard.press("c");
  await expect.poll(() => parameter(page, "collapse")).not.toBeNull();
  await expect(panel(page).getByRole("heading", { name: namespace })).toBeVisible();
  await expect(page.getByRole("button", { name: /^Unfold/ })).toBeVisible();
  expect(await axeViolations(page)).toEqual([]);
  await page.reload();
  await expect(page.getByRole("button", { name: /^Unfold/ })).toBeVisible();
  await canvas.focus();
  await page.keyboard.press("c");
  await expect.poll(() => parameter(page, "collapse")).toBeNull();
});
