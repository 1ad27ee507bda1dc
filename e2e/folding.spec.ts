/** Boxes folded and unfolded, a focus, and idle nodes, by pointer and by keyboard, on the demo's estate. */
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

test("a node in focus is drawn with what lies about it, hop by hop, and the way back shows all", async ({ page }) => {
  const { id, name } = await aNode();
  await openMap(page, `?node=${id}`);
  await page.locator("canvas[role=application]").focus();
  await page.keyboard.press("f");
  const focus = page.getByRole("region", { name: "Focus" });
  await expect(focus).toContainText(`Around ${name}`);
  const sizeOf = async (query: string) => (await apiJson(`/graph?focus=${id}&${query}`, graphSchema)).nodes.length;
  const said = async () => (await page.locator("canvas[role=application]").getAttribute("aria-label")) ?? "";
  await expect.poll(said).toContain(`${await sizeOf("hops=1")} nodes`);
  await page.locator("canvas[role=application]").focus();
  await page.keyboard.press(">");
  await expect.poll(() => parameter(page, "hops")).toBe("2");
  await expect.poll(said).toContain(`${await sizeOf("hops=2")} nodes`);
  await focus.getByRole("radio", { name: "Callers" }).click();
  await expect.poll(() => parameter(page, "way")).toBe("up");
  expect(await axeViolations(page)).toEqual([]);
  await focus.getByRole("button", { name: "Show everything" }).click();
  await expect(focus).toHaveCount(0);
  await expect.poll(() => parameter(page, "focus")).toBeNull();
});

test("the versions of a node, with whom each talks", async ({ page }) => {
  const { id } = await aNode();
  await openMap(page, `?node=${id}`);
  await page.getByRole("button", { name: "Its versions" }).click();
  await expect.poll(() => parameter(page, "view")).toBe("version");
  await expect(page.locator("[data-graph=drawn]")).toBeVisible();
  const { nodes } = await apiJson(`/graph?view=version&focus=${id}`, graphSchema);
  expect(nodes.length).toBeGreaterThan(1);
});

test("idle nodes are shown when asked for", async ({ page }) => {
  await openMap(page);
  await page.getByRole("button", { name: "Idle" }).click();
  await expect.poll(() => parameter(page, "idle")).toBe("1");
  await expect(page.locator("[data-graph=drawn]")).toBeVisible();
});
