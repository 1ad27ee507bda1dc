/** What the map owes everybody: broken members of an answer, another zoom, the keyboard, files to take away, the palette. */
import { readFile } from "node:fs/promises";
import { expect, type Page, test } from "playwright/test";
import { z } from "zod";
import { type Graph, graphSchema } from "../lib/query/schema/graph.ts";
import { apiJson, axeViolations, edgeBetween, openMap, uiUrl, whenEstateIsThere } from "./support/page.ts";
import { chooseInPalette } from "./support/palette.ts";

test.beforeAll(whenEstateIsThere);

const panel = (page: Page) => page.getByRole("complementary");
const canvas = (page: Page) => page.locator("canvas[role=application]");

const ODD_NAMES = ["תשלומים", "👨‍👩‍👧‍👦".repeat(20), "n".repeat(500)];
const PARALLEL = 3_000;

/** The estate's graph with members that no collector of ours sends. */
function withOddities({ nodes, edges, ...rest }: Graph) {
  const [node] = nodes;
  const [edge] = edges;
  if (node === undefined || edge === undefined) throw new Error("the estate has a graph");
  const odd = ODD_NAMES.map((name, i) => ({ ...node, id: `odd-${i}`, kind: "workload", name, version: undefined }));
  const call = (id: string, source: string, target: string) => ({ ...edge, id, source, target });
  return {
    ...rest,
    nodes: [...nodes, ...odd, { id: "bare" }, {}, null],
    edges: [
      ...edges,
      ...Array.from({ length: PARALLEL }, (_, i) => call(`many-${i}`, "odd-0", "odd-1")),
      call("self", "odd-2", "odd-2"),
      call("ring-1", "odd-1", "odd-2"),
      call("ring-2", "odd-2", "odd-0"),
      {
        ...call("negative", "odd-0", "bare"),
        requestsPerSec: -5,
        errorRatio: 7,
        latencyMs: { p50: null, p95: -1, p99: 2 },
      },
      { id: "no-ends" },
      {},
    ],
  };
}

test("an answer with broken and absurd members is drawn, the odd ones marked, and the rest is right", async ({
  page,
}) => {
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(error.message));
  const { edge, source, target } = await edgeBetween("cart-v1", "payments-v1");
  const whole = await apiJson("/graph", graphSchema);
  const json = withOddities(whole);
  await page.route(/\/api\/v1\/graph\?/, (route) => route.fulfill({ json }));
  const { start, end } = whole.window;
  await page.goto(uiUrl(`/?start=${start}&end=${end}&fold=none&edge=${edge.id}`));
  await expect(page.locator("[data-graph=drawn]")).toBeVisible();
  await expect(panel(page).getByRole("heading", { level: 2 })).toContainText(`${source.name} → ${target.name}`);
  await expect(canvas(page)).toHaveAccessibleName(/1 not known/);
  await expect(page.getByText(/The most important are drawn/)).toBeVisible();
  await page.getByRole("button", { name: /items left out/ }).click();
  await expect(page.getByText("not_readable")).toBeVisible();
  // In the table each is a row, and the one with absurd figures is among what is not known.
  const table = (query: string) => page.goto(uiUrl(`/?start=${start}&end=${end}&fold=none&show=table&${query}`));
  await table(`tab=nodes&find=${encodeURIComponent(ODD_NAMES[0] ?? "")}`);
  await expect(page.getByRole("row").filter({ hasText: ODD_NAMES[0] ?? "" })).toHaveCount(1);
  await table("find=unknown");
  await expect(page.getByRole("row").filter({ hasText: ODD_NAMES[0] ?? "" })).toHaveCount(1);
  expect(await axeViolations(page)).toEqual([]);
  expect(faults).toEqual([]);
});

test("at 200 % zoom everything is there, without a second bar to scroll; keys walk along edges and say where they are", async ({
  page,
}) => {
  // A window of 1440 × 900 at 200 %.
  await page.setViewportSize({ width: 720, height: 450 });
  await openMap(page);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(wide).toBeLessThanOrEqual(0);
  expect(await axeViolations(page)).toEqual([]);
  await expect(canvas(page)).toHaveAccessibleName(/nodes, \d+ edges/);
  await expect(canvas(page)).toHaveAccessibleDescription(/Arrow keys/);
  await canvas(page).focus();
  await page.keyboard.press("ArrowRight");
  await expect(page).toHaveURL(/node=/);
  await expect(page.getByRole("dialog")).toBeVisible();
  expect(await axeViolations(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await expect(page).not.toHaveURL(/node=/);
  await page.setViewportSize({ width: 1440, height: 900 });
  const { edge, source } = await edgeBetween("cart-v1", "payments-v1");
  await openMap(page, `?edge=${edge.id}`);
  await canvas(page).focus();
  await page.keyboard.press("ArrowLeft");
  await expect(page).toHaveURL(new RegExp(`node=${source.id}`));
  await expect(page.locator("[aria-live=polite]").filter({ hasText: source.name }).first()).toBeAttached();
  await page.keyboard.press("Enter");
  await expect(panel(page)).toBeFocused();
});

test("the picture is taken away as PNG and SVG, the data as JSON and CSV, and a link shows the same window", async ({
  page,
  context,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const { window, edges, nodes } = await apiJson("/graph", graphSchema);
  await openMap(page, `?start=${window.start}&end=${window.end}`);
  await page.getByRole("button", { name: "Take away" }).click();
  const take = async (name: string): Promise<Buffer> => {
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name, exact: true }).click(),
    ]);
    return readFile(await download.path());
  };
  expect([...(await take("Picture (PNG)")).subarray(1, 4)]).toEqual([...Buffer.from("PNG")]);
  const svg = (await take("Picture (SVG)")).toString();
  expect(svg).toContain("<svg");
  // A name without room is left out of the picture.
  const written = nodes.filter(({ name }) => svg.includes(`>${name}<`));
  expect(written.length).toBeGreaterThan(nodes.length / 2);
  const taken = graphSchema.parse(JSON.parse((await take("Everything (JSON)")).toString()));
  expect(taken.window.start).toBe(window.start);
  const lines = (await take("Edges (CSV)")).toString().trim().split(/\r?\n/);
  const rows = lines.filter((line) => !line.startsWith("# "));
  expect(rows).toHaveLength(1 + taken.edges.length);
  const p90 = rows[0]?.split(",").indexOf("p90 ms") ?? -1;
  expect(rows.filter((row) => Number(row.split(",")[p90]) > 0).length).toBeGreaterThan(5);
  expect(taken.edges.length).toBeGreaterThanOrEqual(edges.length);
  expect((await take("Nodes (CSV)")).toString()).toContain("payments-v1");
  await page.getByRole("button", { name: "Copy a link to this window" }).click();
  await expect(page.getByText("Copied.")).toBeVisible();
  const link = new URL(await page.evaluate(() => navigator.clipboard.readText()));
  expect(link.searchParams.get("start")).toBe(`${taken.window.start}`);
});

test("what is taken away of a part of the map says of which part, and of how much", async ({ page }) => {
  const { window } = await apiJson("/graph", graphSchema);
  const time = `start=${window.start}&end=${window.end}`;
  await openMap(page, `?find=${encodeURIComponent("namespace = shop")}&findMode=only&${time}`);
  const counted = page.getByText(/^\d+ of \d+ nodes, \d+ of \d+ edges$/);
  await page.getByRole("button", { name: "Take away" }).click();
  const take = async (name: string): Promise<string> => {
    const button = page.getByRole("button", { name, exact: true });
    const [download] = await Promise.all([page.waitForEvent("download"), button.click()]);
    return (await readFile(await download.path())).toString();
  };
  const files = [await take("Picture (SVG)"), await take("Nodes (CSV)"), await take("Edges (CSV)")];
  const counts = (await counted.textContent()) ?? "no counts on the screen";
  for (const file of files) {
    expect(file).toContain(counts);
    expect(file).toContain("namespace = shop (only what matches");
  }
  const { taken } = z.object({ taken: z.unknown() }).parse(JSON.parse(await take("Everything (JSON)")));
  expect(taken).toMatchObject({ find: { text: "namespace = shop", mode: "only" } });
});

test("the palette goes to a workload, a saved view, a trace, a page and an action, by keyboard", async ({ page }) => {
  const { source } = await edgeBetween("cart-v1", "payments-v1");
  await openMap(page, "?find=pay");
  const kept = new URL(page.url()).search;
  await page.getByRole("button", { name: "Saved views" }).click();
  await page.getByRole("textbox", { name: "Keep this view as" }).fill("Money");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  const choose = (text: string, option: RegExp) => chooseInPalette(page, text, option);
  await choose("sources", /Sources/);
  await expect(page).toHaveURL(/\/sources/);
  await choose("mon", /Money/);
  await expect.poll(() => new URL(page.url()).search).toBe(kept);
  await choose("cart-v1", /cart-v1/);
  await expect(page).toHaveURL(new RegExp(`node=${source.id}`));
  // In a folded picture it is asked for, and shown with what lies about it.
  await page.goto(uiUrl("/?fold=namespace"));
  await expect(page.locator("[data-graph=drawn]")).toBeVisible();
  await choose("cart-v1", /cart-v1.*workload/);
  await expect(page).toHaveURL(new RegExp(`focus=${source.id}`));
  await choose("pause", /Pause/);
  await expect(page).toHaveURL(/start=\d+&end=\d+/);
  await choose("a".repeat(32), /Open trace/);
  await expect(page).toHaveURL(new RegExp(`/traces/${"a".repeat(32)}`));
});
