/** Boxes folded and unfolded, a focus, and idle nodes, by pointer and by keyboard, on the demo's estate. */
import { expect, type Page, test } from "playwright/test";
import { graphSchema } from "../lib/query/schema/graph.ts";
import { operationsSchema } from "../lib/query/schema/operations.ts";
import { apiJson, axeViolations, openMap, whenEstateIsThere } from "./support/page.ts";

test.beforeAll(whenEstateIsThere);

const parameter = (page: Page, name: string): string | null => new URL(page.url()).searchParams.get(name);
/** What the picture says of itself. */
const said = async (page: Page) => (await page.locator("canvas[role=application]").getAttribute("aria-label")) ?? "";
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
  await expect.poll(() => said(page)).toContain(`${await sizeOf("hops=1")} nodes`);
  await page.locator("canvas[role=application]").focus();
  await page.keyboard.press(">");
  await expect.poll(() => parameter(page, "hops")).toBe("2");
  await expect.poll(() => said(page)).toContain(`${await sizeOf("hops=2")} nodes`);
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

test("a node by its operations, from traces: who calls each, what it calls, how many traces were read", async ({
  page,
}) => {
  const { edges, nodes } = await apiJson("/graph", graphSchema);
  const traced = (id: string) => apiJson(`/operations?node=${id}&traces=10`, operationsSchema);
  const called = nodes.filter(({ id, kind }) => kind === "workload" && edges.some(({ target }) => target === id));
  let node = called[0];
  await expect
    .poll(async () => {
      for (const one of called) {
        node = one;
        if ((await traced(one.id)).edges.length > 1) return true;
      }
      return false;
    })
    .toBe(true);
  await openMap(page, `?node=${node?.id}`);
  await page.getByRole("button", { name: "Its operations" }).click();
  await expect.poll(() => parameter(page, "ops")).toBe("1");
  const focus = page.getByRole("region", { name: "Focus" });
  await expect(focus).toContainText(/from [\d,]+( of (at least )?[\d,.k ]+)? traces/);
  const answer = await traced(node?.id ?? "");
  const operation = answer.nodes.find((one) => one.kind === "operation");
  await openMap(page, `?focus=${node?.id}&ops=1&node=${operation?.id}`);
  await expect(panel(page).getByRole("heading", { name: operation?.name ?? "" })).toBeVisible();
  await expect(panel(page)).toContainText("what was not traced is not counted");
  expect(await axeViolations(page)).toEqual([]);
  await focus.getByRole("button", { name: "Without operations" }).click();
  await expect.poll(() => parameter(page, "ops")).toBeNull();
});

/** A few words of what the panel says of each kind. */
const WORDS_OF: Readonly<Record<string, string>> = {
  external: "A host outside the mesh",
  unknown: "without a name",
  passthrough: "no entry for",
  blackhole: "arrived nowhere",
  gateway: "at the rim of the mesh",
  ingress: "enters the mesh",
  waypoint: "ambient mode",
};

test("a node that is no workload says what it is, why it is there and what to do", async ({ page }) => {
  const { nodes } = await apiJson("/graph", graphSchema);
  const kinds = Object.keys(WORDS_OF).filter((kind) => nodes.some((node) => node.kind === kind));
  expect(kinds.length).toBeGreaterThan(1);
  for (const kind of kinds) {
    await openMap(page, `?node=${nodes.find((node) => node.kind === kind)?.id}`);
    const about = panel(page).getByRole("region", { name: "What this node is" });
    await expect(about).toContainText(WORDS_OF[kind] ?? "no words");
    await expect(about).toContainText("What to do:");
  }
});

test("frames of meshes, asked for with one click, are in the address, and a panel tells of one", async ({ page }) => {
  await openMap(page);
  await page.getByRole("button", { name: "Mesh frames" }).click();
  await expect.poll(() => parameter(page, "boxes")).toBe("mesh");
  await openMap(page, "?boxes=mesh&box=mesh:istio");
  await expect(panel(page).getByRole("heading", { name: "istio" })).toBeVisible();
  await expect(panel(page)).toContainText("mesh,");
});
